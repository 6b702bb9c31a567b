"""Pairs of small templates, and whether the second permits more, less, or cannot be told."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.facts.reading import read
from bidops_cfn.facts.widening import Change, changes

Json = Any
W, N, U = Change.WIDENED, Change.NARROWED, Change.UNKNOWN


def template(kind: str, properties: Json, **sections: Json) -> Json:
    return {"Resources": {"R": {"Type": kind, "Properties": properties}}, **sections}


def verdicts(old: Json, new: Json) -> set[Change]:
    return {one.change for one in changes(read(old), read(new))}


def told(old: Json, new: Json) -> list[str]:
    return [one.told for one in changes(read(old), read(new))]


def statement(**elements: Json) -> Json:
    found = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}
    return {name: value for name, value in found.items() if value is not None}


def role(*statements: Json, **properties: Json) -> Json:
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}
    trust = {"Statement": trusting(Service="ecs-tasks.amazonaws.com")}
    whole = {"AssumeRolePolicyDocument": trust, "Policies": [policy], **properties}
    return template("AWS::IAM::Role", whole)


def trusting(condition: Json = None, action: Json = "sts:AssumeRole", **principal: Json) -> Json:
    found = {"Effect": "Allow", "Action": action, "Principal": principal or "*"}
    return {**found, "Condition": condition} if condition else found


def trusted(*statements: Json) -> Json:
    return role(AssumeRolePolicyDocument={"Statement": list(statements)})


def if_equals(key: str, *values: Json) -> Json:
    return {"StringEquals": {key: list(values)}}


DENY = statement(Effect="Deny", Action="s3:DeleteBucket")
ALL_S3 = statement(Action="s3:*")
ACCOUNT = "aws:SourceAccount"
BUCKET = "arn:aws:s3:::app-logs/*"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Denials count, as far as there is something that they deny.
        (role(ALL_S3, DENY), role(ALL_S3), {W}),
        (role(DENY), role(), {W}),
        (role(ALL_S3, DENY), role(statement()), {N}),
        (role(ALL_S3, DENY), role(statement(NotAction="s3:DeleteBucket", Action=None)), {W}),
        (role(DENY, ALL_S3), role(statement(Action=["s3:Get*", "s3:Put*"])), {N}),
        (role(ALL_S3, DENY), role(ALL_S3, {**DENY, "Action": "s3:Delete*"}), {N}),
        (role(ALL_S3, DENY), role(ALL_S3, {**DENY, "Resource": "arn:aws:s3:::b"}), {W}),
        (role(ALL_S3, DENY), role(ALL_S3, {**DENY, "Condition": if_equals("a", "1")}), {W}),
        (role(ALL_S3, {**DENY, "Condition": if_equals("a", "1")}), role(ALL_S3, DENY), {N}),
        (role(statement(), DENY), role(ALL_S3, {**DENY, "Action": "s3:*"}), {N}),
        (role(ALL_S3, DENY), role(DENY, ALL_S3), set()),
        # Conditions and values are sets.
        (role(statement()), role(statement(Condition=if_equals(ACCOUNT, "1"))), {N}),
        (role(statement(Condition=if_equals(ACCOUNT, "1"))), role(statement()), {W}),
        (
            role(statement(Condition=if_equals(ACCOUNT, "1"))),
            role(statement(Condition=if_equals(ACCOUNT, "1", "2"))),
            {W},
        ),
        (
            role(statement(Condition=if_equals(ACCOUNT, "1", "2"))),
            role(
                statement(Condition=if_equals(ACCOUNT, "2")),
                statement(Condition=if_equals("AWS:sourceaccount", "1")),
            ),
            set(),
        ),
        (
            role(statement(Condition={"StringNotEquals": {ACCOUNT: "1"}})),
            role(statement(Condition={"StringNotEquals": {ACCOUNT: ["1", "2"]}})),
            {N},
        ),
        (
            role(statement(Condition=if_equals(ACCOUNT, "1"))),
            role(statement(Condition=if_equals("aws:SourceArn", "1"))),
            {W, N},
        ),
        # Wildcards are sets of texts, in the middle of a word too.
        (
            role(statement(Resource="arn:aws:s3:::*-logs/*")),
            role(statement(Resource=BUCKET)),
            {N},
        ),
        (
            role(statement(Resource=BUCKET)),
            role(statement(Resource="arn:aws:s3:::app-????/*")),
            {W},
        ),
        (
            role(statement(Resource="arn:aws:s3:::a*")),
            role(statement(Resource="arn:aws:s3:::*a")),
            {W, N},
        ),
        (role(statement(Resource=[BUCKET, "*"])), role(statement(Resource="*")), set()),
        (role(statement(Action="s3:Get*")), role(statement(Action="s3:GetObject*")), {N}),
        (role(statement(NotResource=BUCKET, Resource=None)), role(statement()), {W}),
        (
            role(statement(NotResource=BUCKET, Resource=None)),
            role(statement(NotResource=[BUCKET, "arn:aws:s3:::b"], Resource=None)),
            {N},
        ),
        (
            role(statement(NotResource=BUCKET, Resource=None)),
            role(statement(Resource="arn:aws:s3:::other/*")),
            {N},
        ),
        # Policies by their place: other places say the same.
        (
            role(statement(), ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
            role(statement(), ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
            {W},
        ),
        (
            role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
            role(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
            {N},
        ),
        (role(), role(ManagedPolicyArns=["arn:aws:iam::1:policy/x"]), {W}),
        (role(PermissionsBoundary="arn:a"), role(), {W}),
        (role(), role(PermissionsBoundary="arn:a"), {N}),
        (role(PermissionsBoundary="arn:a"), role(PermissionsBoundary="arn:b"), {W, N}),
        # What cannot be read covers nothing but itself.
        (role(statement(Action={"Ref": "A"})), role(statement(Action="s3:*")), {W, N}),
        (role(statement(Action={"Ref": "A"})), role(statement(Action={"Ref": "A"})), set()),
        # Properties that open nothing, and those that nothing reads.
        (role(Description="a"), role(Description="b"), set()),
        (role(), role(MaxSessionDuration=43200), {U}),
        (role(), role(Tags=[{"Key": "team", "Value": "admin"}]), {U}),
    ],
)  # fmt: skip
def test_permissions_are_sets(old: Json, new: Json, expected: set[Change]) -> None:
    assert verdicts(old, new) == expected


ROOT = "arn:aws:iam::111111111111:root"
ADMIN = "arn:aws:iam::111111111111:role/Admin"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (trusted(trusting(AWS=ROOT)), trusted(trusting(AWS="*")), {W}),
        (trusted(trusting(AWS=ROOT)), trusted(trusting(AWS="111111111111")), set()),
        (trusted(trusting(AWS=ROOT)), trusted(trusting(AWS=ADMIN)), {N}),
        (trusted(trusting()), trusted(trusting(AWS="*")), set()),
        (trusted(trusting(AWS=[ROOT, "222222222222"])), trusted(trusting(AWS=ROOT)), {N}),
        (trusted(trusting(Service="a.b")), trusted(trusting(Service="c.d")), {W, N}),
        (
            trusted(trusting(Service="a.b")),
            trusted(trusting(Service="a.b", action=["sts:AssumeRole", "sts:TagSession"])),
            {W},
        ),
        (
            trusted(trusting(if_equals(ACCOUNT, "1"), Service="a.b")),
            trusted(trusting({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:*:1:*"}}, Service="a.b")),
            {W, N},
        ),
        (
            trusted(trusting({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:*:1:*"}}, Service="a.b")),
            trusted(trusting({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu:1:*"}}, Service="a.b")),
            {N},
        ),
        (
            trusted(trusting(AWS=ROOT), {**trusting(AWS=ADMIN), "Effect": "Deny"}),
            trusted(trusting(AWS=ROOT)),
            {W},
        ),
        (
            trusted({**trusting(), "Principal": None, "NotPrincipal": {"AWS": [ADMIN]}}),
            trusted(trusting()),
            {W},
        ),
    ],
)
def test_trust_is_sets(old: Json, new: Json, expected: set[Change]) -> None:
    assert verdicts(old, new) == expected


def group(*rules: Json, **properties: Json) -> Json:
    out = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}]
    whole = {"SecurityGroupIngress": list(rules), "SecurityGroupEgress": out, **properties}
    return template("AWS::EC2::SecurityGroup", whole)


def rule(first: Json = 443, last: Json = None, protocol: Json = "tcp", **peer: Json) -> Json:
    ports = {"FromPort": first, "ToPort": first if last is None else last}
    return {"IpProtocol": protocol, **ports, **(peer or {"CidrIp": "10.0.0.0/8"})}


SELF = {"SourceSecurityGroupId": {"Fn::GetAtt": ["R", "GroupId"]}}
SIX = {"CidrIpv6": "2001:db8::/32"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Ports are sets.
        ([rule(80), rule(81, 90)], [rule(80, 90)], set()),
        ([rule(80, 90)], [rule(80, 85), rule(86, 90)], set()),
        ([rule(80), rule(82, 90)], [rule(80, 90)], {W}),
        ([rule(0, 65535)], [rule(22)], {N}),
        ([rule(0, 0, "-1")], [rule(22), rule(53, 53, "udp")], {N}),
        ([rule(0, 65535)], [rule(0, 65535, "-1")], {W}),
        ([rule(443, 443, 6)], [rule(443, 443, "TCP")], set()),
        ([rule(443, 443, "udp")], [rule(443)], {W, N}),
        ([rule({"Ref": "Port"})], [rule(22)], {W, N}),
        ([rule(22, 22, {"Ref": "Protocol"})], [rule(22, 22, {"Ref": "Protocol"})], set()),
        ([rule(22, 22, {"Ref": "Protocol"})], [rule(22)], {W, N}),
        # Addresses are sets, and IPv6 is apart.
        ([rule(CidrIp="10.0.0.0/24")], [rule(CidrIp="10.0.0.0/25"),
            rule(CidrIp="10.0.0.128/25")], set()),
        ([rule(CidrIp="10.0.0.0/25")], [rule(CidrIp="10.0.0.0/24")], {W}),
        ([rule(CidrIp="0.0.0.0/1"), rule(CidrIp="128.0.0.0/1")], [rule(CidrIp="0.0.0.0/0")], set()),
        ([rule(CidrIpv6="2001:db8::/33"), rule(CidrIpv6="2001:db8:8000::/33")], [rule(**SIX)],
            set()),
        ([rule(**SIX)], [rule(CidrIpv6="::/0")], {W}),
        ([rule(CidrIp="0.0.0.0/0")], [rule(CidrIpv6="::/0")], {W, N}),
        ([rule(CidrIp="10.0.0.1/8")], [rule(CidrIp="10.0.0.0/8")], set()),
        # The world is every peer's address; a part of it is not.
        ([rule(CidrIp="0.0.0.0/0")], [rule(**SELF)], {N}),
        ([rule(CidrIp="10.0.0.0/8")], [rule(**SELF)], {W, N}),
        ([rule(**SELF)], [rule(SourceSecurityGroupId={"Ref": "R"})], set()),
        ([rule(CidrIp={"Ref": "Range"})], [rule(CidrIp="10.0.0.0/8")], {W, N}),
        (
            [rule(SourceSecurityGroupId="sg-1", SourceSecurityGroupOwnerId="1")],
            [rule(SourceSecurityGroupId="sg-1", SourceSecurityGroupOwnerId="2")],
            {W, N},
        ),
        ([rule(SourcePrefixListId="pl-1")], [rule(SourcePrefixListId="pl-2")], {W, N}),
        # ICMP is type and code.
        ([rule(3, 13, "icmp")], [rule(3, -1, "icmp")], {W}),
        ([rule(-1, -1, "icmp")], [rule(8, 0, "icmp")], {N}),
        ([rule(8, 0, 1)], [rule(8, -1, "icmp")], {W}),
        ([rule(3, 1, "icmp")], [rule(1, 3, "icmp")], {W, N}),
        ([rule(128, 0, "icmpv6", **SIX)], [rule(-1, -1, 58, **SIX)], {W}),
        ([rule(0, 65535, "-1")], [rule(8, 0, "icmp")], {N}),
        # Ports and addresses together.
        (
            [rule(80, 81, CidrIp="10.0.0.0/25"), rule(80, 81, CidrIp="10.0.0.128/25")],
            [rule(80, CidrIp="10.0.0.0/24"), rule(81, CidrIp="10.0.0.0/24")],
            set(),
        ),
        (
            [rule(80, CidrIp="10.0.0.0/25"), rule(81, CidrIp="10.0.0.128/25")],
            [rule(80, 81, CidrIp="10.0.0.0/24")],
            {W},
        ),
    ],
)  # fmt: skip
def test_flows_are_sets(old: Json, new: Json, expected: set[Change]) -> None:
    assert verdicts(group(*old), group(*new)) == expected


def test_a_group_by_its_name_is_the_group() -> None:
    named = group(GroupName="web", VpcId="vpc-1")
    outside = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"}
    by_name, by_id = (
        {"Resources": {**named["Resources"], "I": {"Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {**outside, **which}}}}
        for which in ({"GroupName": "web"}, {"GroupId": {"Fn::GetAtt": "R.GroupId"}})
    )  # fmt: skip
    assert verdicts(by_name, by_id) == set()
    peers = ({"SourceSecurityGroupName": "web"}, {"SourceSecurityGroupId": {"Ref": "R"}})
    one, other = (group(rule(**peer), GroupName="web") for peer in peers)
    assert verdicts(one, other) == set()


def listener_rule(*conditions: Json, priority: Json = 1, **action: Json) -> Json:
    forward = {"Type": "forward", "TargetGroupArn": "arn:tg", **action}
    before = [{"Type": "authenticate-oidc", "Order": 1}] if action.pop("guarded", False) else []
    forward.pop("guarded", None)
    whole = {"ListenerArn": "arn:l", "Priority": priority, "Conditions": list(conditions)}
    return template(
        "AWS::ElasticLoadBalancingV2::ListenerRule", {**whole, "Actions": [*before, forward]}
    )


def when(field: str, *values: Json, config: str = "") -> Json:
    inner = {f"{config}Config": {"Values": list(values)}} if config else {"Values": list(values)}
    return {"Field": field, **inner}


HOST = when("host-header", "a.example")
SOURCE = when("source-ip", "10.0.0.0/8", config="SourceIp")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (listener_rule(HOST, SOURCE), listener_rule(HOST), {W}),
        (listener_rule(HOST), listener_rule(HOST, SOURCE), {N}),
        (listener_rule(SOURCE, HOST), listener_rule(HOST, SOURCE), set()),
        (listener_rule(HOST), listener_rule(when("host-header", "*.example")), {W}),
        (listener_rule(HOST), listener_rule(when("host-header", "A.EXAMPLE")), set()),
        (listener_rule(when("host-header", "a", "b")), listener_rule(when("host-header", "b")),
            {N}),
        (
            listener_rule(HOST),
            listener_rule(when("host-header", "a.example", config="HostHeader")),
            set(),
        ),
        (listener_rule(SOURCE), listener_rule(when("source-ip", "10.0.0.0/9", "10.128.0.0/9",
            config="SourceIp")), set()),
        (listener_rule(when("path-pattern", "/*")), listener_rule(), set()),
        (listener_rule(when("path-pattern", "/api/*")), listener_rule(when("path-pattern", "/*")),
            {W}),
        (listener_rule(HOST), listener_rule(HOST, TargetGroupArn="arn:other"), {W, N}),
        (listener_rule(HOST, priority=5), listener_rule(HOST, priority=2), {W}),
        (listener_rule(HOST, priority=2), listener_rule(HOST, priority=5), {N}),
        (listener_rule(HOST, guarded=True), listener_rule(HOST), {W}),
        (listener_rule(HOST), listener_rule(HOST, guarded=True), {N}),
        (listener_rule(when("query-string", {"Key": "a", "Value": "b"})), listener_rule(HOST),
            {W, N}),
        (
            template("AWS::ElasticLoadBalancingV2::Listener", {"DefaultActions": [{
                "Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}]}),
            template("AWS::ElasticLoadBalancingV2::Listener", {"DefaultActions": [{
                "Type": "forward", "TargetGroupArn": "arn:tg"}]}),
            {W, N},
        ),
    ],
)  # fmt: skip
def test_routes_are_sets(old: Json, new: Json, expected: set[Change]) -> None:
    assert verdicts(old, new) == expected


def policy(kind: str, step: str, **elements: Json) -> Json:
    open_to = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "*", "Resource": "*"}
    return template(kind, {step: {"Statement": [{**open_to, **elements}]}})


OPEN = {"Principal": "*"}
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("AWS::KMS::Key", "KeyPolicy"),
        ("AWS::S3::BucketPolicy", "PolicyDocument"),
        ("AWS::SNS::TopicPolicy", "PolicyDocument"),
        ("AWS::SQS::QueuePolicy", "PolicyDocument"),
        ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy"),
        ("AWS::ECR::Repository", "RepositoryPolicyText"),
        ("AWS::EC2::VPCEndpoint", "PolicyDocument"),
        ("AWS::EFS::FileSystem", "FileSystemPolicy"),
    ],
)
def test_policies_of_resources_are_read_wherever_they_stand(kind: str, step: str) -> None:
    closed = policy(kind, step)
    assert verdicts(closed, policy(kind, step, **OPEN)) == {W}
    assert verdicts(policy(kind, step, **OPEN), closed) == {N}
    assert verdicts(closed, policy(kind, step, Condition=if_equals("a", "1"))) == {N}
    assert verdicts(closed, closed) == set()


def test_a_policy_that_only_denies_permits_more_when_it_goes() -> None:
    bucket = {"Type": "AWS::S3::Bucket"}
    denial = policy("AWS::S3::BucketPolicy", "PolicyDocument", Effect="Deny", Condition=INSECURE)
    old = {"Resources": {"B": bucket, **denial["Resources"]}}
    assert W in verdicts(old, {"Resources": {"B": bucket}})
    weaker = policy("AWS::S3::BucketPolicy", "PolicyDocument", Effect="Deny", Resource="a")
    assert W in verdicts(old, {"Resources": {"B": bucket, **weaker["Resources"]}})


def test_what_is_permitted_without_a_policy_is_known_of_endpoints_alone() -> None:
    for kind, step, expected in (
        ("AWS::EC2::VPCEndpoint", "PolicyDocument", {W, U}),
        ("AWS::KMS::Key", "KeyPolicy", {N, U}),
    ):
        assert verdicts(policy(kind, step, Action="s3:GetObject"), template(kind, {})) == expected


def test_the_version_of_a_policy_with_variables_changes_what_they_mean() -> None:
    home = statement(Resource="arn:aws:s3:::b/${aws:username}/*")

    def versioned(version: str, content: Json) -> Json:
        document = {"Version": version, "Statement": content}
        return template("AWS::IAM::RolePolicy", {"RoleName": "r", "PolicyDocument": document})

    for content, expected in ((home, {U}), (statement(), set())):
        old, new = (versioned(one, content) for one in ("2012-10-17", "2008-10-17"))
        assert verdicts(old, new) == expected


def test_a_policy_as_text_is_read_and_other_text_is_not() -> None:
    open_, closed = (
        template("AWS::Logs::ResourcePolicy", {"PolicyName": "p", "PolicyDocument":
            f'{{"Statement": [{{"Effect": "Allow", "Principal": "{who}", "Action": "logs:*"}}]}}'})
        for who in ("*", "arn:aws:iam::111111111111:root")
    )  # fmt: skip
    assert verdicts(closed, open_) == {W}
    broken = template("AWS::Logs::ResourcePolicy", {"PolicyName": "p", "PolicyDocument": "{"})
    assert U in verdicts(closed, broken)


@pytest.mark.parametrize("kind", ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"])
@pytest.mark.parametrize("step", ["Roles", "Users", "Groups"])
def test_a_policy_for_a_holder_by_name_is_read(kind: str, step: str) -> None:
    few, all_ = (
        template(kind, {step: ["legacy"], "PolicyDocument": {"Statement": statement(Action=one)}})
        for one in ("s3:GetObject", "*")
    )
    assert verdicts(few, all_) == {W}
    other = template(kind, {step: ["x"], "PolicyDocument": {"Statement": statement()}})
    assert verdicts(few, other) >= {W, N}


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("AWS::CloudFormation::Stack", {"TemplateURL": "a"}, {"TemplateURL": "b"}),
        ("AWS::CloudFormation::Stack", {"Parameters": {"A": "1"}}, {"Parameters": {"A": "2"}}),
        ("AWS::KMS::Key", {"EnableKeyRotation": True}, {"EnableKeyRotation": False}),
        ("AWS::S3::Bucket", {"AccessControl": "Private"}, {"AccessControl": "PublicRead"}),
        ("AWS::IAM::User", {"ManagedPolicyArns": ["a"]}, {"ManagedPolicyArns": ["b"]}),
        ("AWS::Lambda::Permission", {"Principal": "a"}, {"Principal": "*"}),
        ("AWS::EC2::SecurityGroup", {"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}),
        ("AWS::ECS::TaskDefinition", {"Volumes": [{"Name": "v"}]},
            {"Volumes": [{"Name": "v", "Host": {"SourcePath": "/"}}]}),
        ("AWS::ECS::Service", {"Cluster": "a"}, {"Cluster": "b"}),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", {"Targets": [{"Id": "10.0.0.1"}]},
            {"Targets": [{"Id": "8.8.8.8"}]}),
        ("My::Own::Thing", {"A": 1}, {"A": 2}),
    ],
)  # fmt: skip
def test_what_nothing_reads_cannot_be_told(kind: str, one: Json, other: Json) -> None:
    old, new = template(kind, one), template(kind, other)
    found = told(old, new)
    assert any(text.startswith("cannot tell: R changed and is not looked into") for text in found)
    assert U in verdicts(new, old)


def test_the_removal_of_what_nothing_reads_cannot_be_told_either() -> None:
    guard = template("AWS::WAFv2::WebACLAssociation", {"ResourceArn": "arn:l"})
    assert verdicts(guard, {"Resources": {}}) == {U}
    assert verdicts({"Resources": {}}, guard) == {W}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Scheme": "internal"}, {}),
        ({"Scheme": "internal"}, {"Scheme": {"Ref": "Scheme"}}),
        ({"Scheme": "internal", "Subnets": ["a"]}, {"Scheme": "internal", "Subnets": ["a", "b"]}),
    ],
)
def test_a_load_balancer_is_internal_only_where_that_is_written(one: Json, other: Json) -> None:
    kind = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    assert verdicts(template(kind, one), template(kind, other)) == {W}


def container(**definition: Json) -> Json:
    own = {"Name": "a", "Image": "x@sha256:1", "ReadonlyRootFilesystem": True, "User": "1000"}
    return template(
        "AWS::ECS::TaskDefinition",
        {"NetworkMode": "awsvpc", "ContainerDefinitions": [{**own, **definition}]},
    )


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"Privileged": True}, {W}),
        ({"User": "0"}, {W, N}),
        ({"Command": ["sh", "-c", "curl x | sh"]}, {W}),
        ({"HealthCheck": {"Command": ["CMD-SHELL", "exit 0"]}}, {W}),
        ({"Secrets": [{"Name": "A", "ValueFrom": "arn:s"}]}, {W}),
        ({"LinuxParameters": {"Tmpfs": [{"ContainerPath": "/app", "Size": 1}]}}, {W}),
        ({"User": "2000"}, {W, N}),
        ({"LinuxParameters": {"Capabilities": {"Add": ["SYS_ADMIN"]}}}, {W}),
        ({"LinuxParameters": {"Capabilities": {"Drop": ["ALL"]}}}, {N, U}),
        ({"Memory": 512, "StopTimeout": 5}, set()),
        ({"PortMappings": [{"ContainerPort": 22, "HostPort": 22}]}, {U}),
        ({"MountPoints": [{"SourceVolume": "v", "ContainerPath": "/"}]}, {U}),
        ({"ResourceRequirements": [{"Type": "GPU", "Value": "1"}]}, {U}),
    ],
)
def test_a_task_definition_that_no_service_here_runs_is_read(
    definition: Json, expected: set[Change]
) -> None:
    assert verdicts(container(), container(**definition)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("LOG_LEVEL", set()), ("NODE_OPTIONS", {W, N}), ("HTTPS_PROXY", {W, N})],
)
def test_the_value_of_a_variable_counts_where_it_changes_the_runtime(
    name: str, expected: set[Change]
) -> None:
    one, other = (container(Environment=[{"Name": name, "Value": value}]) for value in "ab")
    assert verdicts(one, other) == expected


def mapped(values: Json, *keys: Json, **sections: Json) -> Json:
    found = group(rule(CidrIp={"Fn::FindInMap": ["M", *(keys or ("prod", "cidr"))]}))
    return {**found, "Mappings": {"M": values}, **sections}


INNER, OUTER = {"cidr": "10.0.0.0/8"}, {"cidr": "0.0.0.0/0"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (mapped({"prod": INNER}), mapped({"prod": OUTER}), {W}),
        (mapped({"prod": OUTER}), mapped({"prod": INNER}), {N}),
        (mapped({"prod": INNER}), group(rule()), set()),
        (mapped({"prod": INNER}), mapped({"prod": INNER, "dev": OUTER}), set()),
        (mapped({"prod": INNER}), mapped({"prod": INNER, "dev": OUTER}, "dev", "cidr"), {W}),
        # The region is not known: each of its keys may be it.
        (
            mapped({"us": INNER}, {"Ref": "AWS::Region"}, "cidr"),
            mapped({"us": INNER, "eu": OUTER}, {"Ref": "AWS::Region"}, "cidr"),
            {W},
        ),
        (
            mapped({"us": INNER, "eu": OUTER}, {"Ref": "AWS::Region"}, "cidr"),
            mapped({"eu": OUTER, "us": INNER}, {"Ref": "AWS::Region"}, "cidr"),
            set(),
        ),
        (
            mapped({"dev": INNER, "prod": INNER}, {"Ref": "Stage"}, "cidr",
                Parameters={"Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]}}),
            mapped({"dev": OUTER, "prod": INNER}, {"Ref": "Stage"}, "cidr",
                Parameters={"Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]}}),
            {W},
        ),
    ],
)  # fmt: skip
def test_values_of_mappings_stand_in_the_template(
    old: Json, new: Json, expected: set[Change]
) -> None:
    assert verdicts(old, new) == expected


def by_parameter(value: Json, **declared: Json) -> Json:
    return {**value, "Parameters": {"P": {"Type": "String", **declared}}}


RANGE = group(rule(CidrIp={"Ref": "P"}))
INSIDE = group(rule(CidrIp={"Fn::Sub": "10.${P}.0.0/16"}))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (by_parameter(RANGE, Default="10.0.0.0/8"), by_parameter(RANGE, Default="0.0.0.0/0"), {W}),
        (by_parameter(RANGE, Default="0.0.0.0/0"), by_parameter(RANGE, Default="10.0.0.0/8"), {N}),
        (by_parameter(INSIDE, Default="1"), by_parameter(INSIDE, Default=2), {W, N}),
        (
            by_parameter(RANGE, AllowedValues=["10.0.0.0/8"]),
            by_parameter(RANGE, AllowedValues=["10.0.0.0/8", "0.0.0.0/0"]),
            {W},
        ),
        (
            by_parameter(RANGE, AllowedPattern="10.*"),
            by_parameter(RANGE, AllowedPattern=".*"),
            {U},
        ),
        (
            by_parameter(RANGE, Type="AWS::SSM::Parameter::Value<String>", Default="/a"),
            by_parameter(RANGE, Type="AWS::SSM::Parameter::Value<String>", Default="/b"),
            {U},
        ),
        (by_parameter(RANGE, Description="a"), by_parameter(RANGE, Description="b"), set()),
        (
            by_parameter(template("AWS::ECS::Service", {"DesiredCount": {"Ref": "P"}}), MaxValue=2),
            by_parameter(template("AWS::ECS::Service", {"DesiredCount": {"Ref": "P"}}), MaxValue=9),
            set(),
        ),
    ],
)
def test_defaults_and_listed_values_are_looked_into(
    old: Json, new: Json, expected: set[Change]
) -> None:
    assert verdicts(old, new) == expected


def conditional(definition: Json, name: str = "C", **sections: Json) -> Json:
    peer = {"Fn::If": [name, "0.0.0.0/0", "10.0.0.0/8"]}
    return {**group(rule(CidrIp=peer)), "Conditions": {name: definition}, **sections}


def equal(*sides: Json) -> Json:
    return {"Fn::Equals": list(sides)}


STAGE = {"Ref": "Stage"}
OPENNESS: Json = {"Mappings": {"M": {"dev": {"open": "true"}, "prod": {"open": "false"}}}}
LOOKED_UP = equal({"Fn::FindInMap": ["M", "prod", "open"]}, "true")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (conditional(equal(STAGE, "a")), conditional(equal(STAGE, "a"), "D"), set()),
        (conditional(equal(STAGE, "a")), conditional(equal("a", STAGE)), set()),
        (conditional(equal(STAGE, "a")), conditional({"Fn::Not": [equal(STAGE, "a")]}), {W, N}),
        (conditional(equal(STAGE, "a")), conditional(equal(STAGE, "b")), {W, N}),
        (conditional(equal("a", "b")), conditional(equal("a", "a")), {W}),
        (group(rule()), conditional(equal(STAGE, "a")), {W}),
        (conditional(equal(STAGE, "a")), group(rule()), {N}),
        (
            conditional(LOOKED_UP, **OPENNESS),
            conditional(LOOKED_UP, Mappings={"M": {"prod": {"open": "true"}}}),
            {W},
        ),
        (
            conditional(equal(STAGE, "a"), Parameters={"Stage": {"Type": "String", "Default": 1}}),
            conditional(equal(STAGE, "a"), Parameters={"Stage": {"Type": "String",
                "Default": "a"}}),
            {W},
        ),
    ],
)  # fmt: skip
def test_templates_are_compared_case_by_case(old: Json, new: Json, expected: set[Change]) -> None:
    assert verdicts(old, new) == expected


LOOP = {"Fn::ForEach::G": ["X", ["A"], {"G${X}": {"Type": "AWS::SNS::Topic"}}]}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"Transform": "AWS::LanguageExtensions"}, "AWS::LanguageExtensions"),
        ({"Transform": ["My::Macro", "AWS::Serverless-2016-10-31"]}, "My::Macro"),
        ({"Resources": LOOP}, "Fn::ForEach::G"),
        ({"Outputs": {"Fn::ForEach::O": ["X", ["A"], {}]}}, "Fn::ForEach::O"),
        (
            {"Resources": {"R": {"Type": "AWS::SNS::Topic", "Properties": {
                "Fn::Transform": {"Name": "AWS::Include"}}}}},
            "AWS::Include",
        ),
        ({"Resources": {"M": {"Type": "My::Own::Net::MODULE"}}}, "My::Own::Net::MODULE"),
    ],
)  # fmt: skip
def test_what_cloudformation_expands_cannot_be_told(change: Json, name: str) -> None:
    plain = {"Resources": {"R": {"Type": "AWS::SNS::Topic"}}}
    new = {**plain, **change}
    assert U in verdicts(plain, new)
    assert U in verdicts(new, plain)
    assert any(text.startswith("cannot tell: CloudFormation expands ") for text in told(plain, new))
    assert any(name in text for text in told(plain, new))


@pytest.mark.parametrize("section", ["Hooks", "Invented"])
def test_a_section_that_nothing_reads_cannot_be_told(section: str) -> None:
    plain = {"Resources": {"R": {"Type": "AWS::SNS::Topic"}}}
    assert told(plain, {**plain, section: {"A": 1}}) == [
        f"cannot tell: {section} changed and is not looked into"
    ]


def test_equal_templates_are_equal_however_many_cases_they_have() -> None:
    names = [f"C{number}" for number in range(40)]
    many = {
        "Conditions": {name: equal({"Ref": name}, "x") for name in names},
        "Resources": {
            name: {"Type": "AWS::SNS::Topic", "Condition": name} for name in reversed(names)
        },
    }
    turned = {key: dict(reversed(value.items())) for key, value in reversed(many.items())}
    assert told(many, turned) == []
    assert told(many, {**many, "Resources": {}}) != []


def many_cases(**resources: Json) -> Json:
    names = [f"C{number}" for number in range(30)]
    topics = {name: {"Type": "AWS::Logs::LogGroup", "Condition": name} for name in names}
    conditions = {name: equal({"Ref": name}, "x") for name in names}
    return {"Conditions": conditions, "Resources": {**topics, **resources}}


OWN: Json
OTHER: Json
OWN, OTHER = (
    {"Type": "AWS::IAM::RolePolicy", "Properties": {"RoleName": "legacy", "PolicyName": name,
        "PolicyDocument": {"Statement": statement()}}}
    for name in ("own", "other")
)  # fmt: skip
DENIAL = {**OWN, "Properties": {**OWN["Properties"], "PolicyDocument": {"Statement": DENY}}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"G": group(rule())["Resources"]["R"]}, {"G": group()["Resources"]["R"]}, {N}),
        ({}, {"C3": {"Type": "AWS::Logs::LogGroup", "Condition": "C3", "Properties": {
            "RetentionInDays": 7}}}, set()),
        ({}, {"C3": {"Type": "AWS::SNS::Topic", "Condition": "C3"}}, {W, U}),
        # Two policies for one role are one holder, however they are linked.
        ({"A": OWN}, {"A": OWN, "B": OTHER}, set()),
        ({"A": OWN, "B": DENIAL}, {"A": OWN}, {W}),
    ],
)  # fmt: skip
def test_only_what_a_change_can_reach_has_cases(
    old: Json, new: Json, expected: set[Change]
) -> None:
    assert verdicts(many_cases(**old), many_cases(**new)) == expected


def test_cases_that_have_nothing_in_common_are_compared_in_time() -> None:
    def guarded(prefix: str) -> Json:
        names = [f"{prefix}{number}" for number in range(6)]
        rules = [
            {**group(rule())["Resources"]["R"], "Condition": names[number % 6]}
            for number in range(60)
        ]
        return {
            "Conditions": {name: equal({"Ref": name}, "x") for name in names},
            "Resources": {f"G{number}": one for number, one in enumerate(rules)},
        }

    found = told(guarded("C"), guarded("D"))
    assert "cannot tell: conditions that only one of the templates has make too many cases" in found


def test_a_change_of_what_decides_about_all_is_a_change_of_all() -> None:
    new = many_cases()
    new["Conditions"]["C0"] = equal("a", "b")
    assert verdicts(many_cases(), new) == {U}


def test_a_change_of_hundreds_of_statements_is_compared_in_time() -> None:
    many = [
        statement(Resource=f"arn:aws:s3:::b{n}-*/x*y?z", Condition=if_equals("a", *"12345"))
        for n in range(60)
    ]
    assert verdicts(role(*many), role(*many[1:], DENY)) == {N}


def test_more_grants_than_a_policy_can_hold_are_compared_in_time() -> None:
    one, other = (
        role(statement(Resource=[f"arn:aws:s3:::{name}{n}-*/x*y" for n in range(2000)]))
        for name in ("a", "b")
    )
    assert verdicts(one, other) == {W, N}
    assert verdicts(one, one) == set()


def test_no_resource_of_a_statement_is_left_out() -> None:
    names = [f"arn:aws:s3:::b{number}" for number in range(20)]
    found = told(role(), role(statement(Resource=names)))
    assert found == [f"R: s3:GetObject on {name}" for name in names]


def test_a_user_and_a_permission_set_hold_what_they_may_do() -> None:
    for kind, step in (("AWS::IAM::User", "Policies"), ("AWS::SSO::PermissionSet", "InlinePolicy")):
        few, all_ = (
            template(kind, {step: {"PolicyDocument": {"Statement": [statement(Action=one)]}}})
            for one in ("s3:GetObject", "s3:*")
        )
        assert verdicts(few, all_) == {W}
        assert verdicts(all_, few) == {N}
