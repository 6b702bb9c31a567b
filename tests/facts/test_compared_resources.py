"""Pairs of resources with and without policies of their own, and what nothing reads."""

from __future__ import annotations

import json

import pytest

from bidops_cfn.facts import symbols
from bidops_cfn.facts.changes import GONE, Difference, differences
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.widening import Change, changes
from tests.facts.pairs import (
    Json,
    N,
    U,
    W,
    container,
    if_equals,
    policy,
    role,
    statement,
    template,
    told,
    verdicts,
)

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


def test_a_policy_is_spelled_as_properties_too() -> None:
    one, other = (
        template("AWS::Lambda::Permission", {"Action": "lambda:InvokeFunction", "Principal": who})
        for who in ("s3.amazonaws.com", "*")
    )
    assert "R: every principal may lambda:InvokeFunction on *" in told(one, other)


def test_what_is_permitted_without_a_policy_is_known_of_endpoints_alone() -> None:
    for kind, step, expected in (
        ("AWS::EC2::VPCEndpoint", "PolicyDocument", {W, U}),
        ("AWS::KMS::Key", "KeyPolicy", {N, U}),
    ):
        assert verdicts(policy(kind, step, Action="s3:GetObject"), template(kind, {})) == expected


def test_the_version_of_a_policy_with_variables_changes_what_they_mean() -> None:
    home = statement(Resource="arn:aws:s3:::b/${aws:username}/*")

    for content, expected in ((home, {U}), (statement(), set())):
        old, new = ({"Version": one, "Statement": content} for one in ("2012-10-17", "2008-10-17"))
        kinds: Json = [("AWS::IAM::RolePolicy", dict), ("AWS::Logs::ResourcePolicy", json.dumps)]
        for kind, written in kinds:
            one, other = (template(kind, {"PolicyDocument": written(of)}) for of in (old, new))
            assert verdicts(one, other) == expected


def test_a_policy_as_text_is_read_and_other_text_is_not() -> None:
    open_, closed = (
        template("AWS::Logs::ResourcePolicy", {"PolicyName": "p", "PolicyDocument":
            f'{{"Statement": [{{"Effect": "Allow", "Principal": "{who}", "Action": "logs:*"}}]}}'})
        for who in ("*", "arn:aws:iam::111111111111:root")
    )  # fmt: skip
    assert verdicts(closed, open_) == {W}
    put_together = template("AWS::Logs::ResourcePolicy", {"PolicyName": "p", "PolicyDocument": {
        "Fn::Sub": '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "${AWS::AccountId}"},'
        '"Action": "logs:*", "Resource": "${L.Arn}:*"}]}'}})  # fmt: skip
    assert verdicts(put_together, open_) == {W}
    gained, _ = told(closed, put_together)
    assert gained == "R: AWS ${AWS::AccountId} may logs:* on ${L.Arn}:*"
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
    ("holder", "subjects"),
    [
        ({"Roles": [{"Ref": "R"}]}, ["R"]),
        ({"Roles": [{"Fn::Sub": "${R}"}, "named"]}, ["R"]),
        ({"Roles": ["named"], "Users": ["bob"]}, ["R", "user bob"]),
        ({"Roles": ["another"]}, ["role another"]),
        ({"Groups": [{"Ref": "G"}]}, ["group ${G}"]),
        ({}, ["P"]),
        (None, ["R"]),
    ],
    ids=["by reference", "by both", "by name", "another", "a group", "nobody", "by the role"],
)
def test_a_policy_is_told_of_everyone_who_holds_it_and_of_nobody_else(
    holder: dict[str, Json] | None, subjects: list[str]
) -> None:
    def attached(action: str) -> Json:
        listed = {"ManagedPolicyArns": [{"Ref": "P"}]} if holder is None else {}
        found = role(RoleName="named", **listed)
        policy = {"PolicyDocument": {"Statement": statement(Action=action)}, **(holder or {})}
        found["Resources"]["P"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy}
        return found

    found = told(attached("s3:GetObject"), attached("s3:PutObject"))
    assert found == [f"{one}: s3:{what}Object on *" for what in ("Put", "Get") for one in subjects]


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


def test_a_new_resource_with_a_property_that_nothing_reads_cannot_be_told() -> None:
    group = template("AWS::Logs::LogGroup", {"ResourcePolicyDocument": {"Fn::Base64": "e30="}})
    (found,) = told({"Resources": {}}, group)
    assert "R is new and not looked into (AWS::Logs::LogGroup: ResourcePolicyDocument)" in found


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


GUARDED = ["noexec", "nosuid", "nodev", "mode=1777"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (GUARDED[::-1], set()),
        ([*GUARDED[:3], "mode=0700", "rw"], set()),
        (GUARDED[1:], {W}),
        ([*GUARDED, "exec"], {W}),
        ([*GUARDED, {"Ref": "Option"}], {W}),
        (None, {W}),
    ],
)
def test_what_a_mount_in_memory_permits_is_told(options: object, expected: set[Change]) -> None:
    def mounted(options: object) -> Json:
        return container(
            LinuxParameters={"Tmpfs": [{"ContainerPath": "/", "MountOptions": options}]}
        )

    assert verdicts(mounted(GUARDED), mounted(options)) == expected
    assert verdicts(mounted(options), mounted(GUARDED)) == ({N} if expected else set())


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


@pytest.mark.parametrize("section", ["Hooks", "Invented", "Rules"])
def test_a_section_that_nothing_reads_cannot_be_told(section: str) -> None:
    plain = {"Resources": {"R": {"Type": "AWS::SNS::Topic"}}}
    assert told(plain, {**plain, section: {"A": 1}}) == [
        f"cannot tell: {section} changed and is not looked into"
    ]


KEY = template("AWS::IAM::AccessKey", {"UserName": "x"})
HIDDEN = template("AWS::Logs::LogGroup", {}, Parameters={"P": {"Type": "String", "NoEcho": True}})


@pytest.mark.parametrize(
    ("known", "value", "expected"),
    [
        (HIDDEN, {"Ref": "P"}, {W}),
        (HIDDEN, {"Fn::Sub": "of ${P}"}, {W}),
        (KEY, {"Fn::GetAtt": "R.SecretAccessKey"}, {W}),
        (HIDDEN, {"Ref": "R"}, set()),
        (HIDDEN, {"Fn::GetAtt": "R.Arn"}, set()),
    ],
)
def test_an_output_tells_what_may_be_a_secret(
    known: Json, value: Json, expected: set[Change]
) -> None:
    found = changes(read(known), read({**known, "Outputs": {"O": {"Value": value}}}))
    assert {one.change for one in found} == expected
    for one in found:
        assert one.told == f"template: output: O is {symbols.show(symbols.canonical(value))}"
        assert one.path == ("Outputs", "O")


@pytest.mark.parametrize("hidden", [True, "true", "True"])
def test_a_parameter_that_is_hidden_no_more_cannot_be_told(hidden: Json) -> None:
    one, other = ({**HIDDEN, "Parameters": {"P": {"Type": "String", "NoEcho": kept}}}
                  for kept in (hidden, False))  # fmt: skip
    assert told(one, other) == ["cannot tell: P changed and is not looked into (parameter: NoEcho)"]
    assert told(other, one) == []


LOGGED = {"CloudWatchLogGroupName": "/audit"}
RECORDED = {"Logging": "OVERRIDE", "LogConfiguration": LOGGED}
BY_DEFAULT = "at most in the container's own log group"
IN_AUDIT = "in log group /audit"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (None, RECORDED, (N, f"{IN_AUDIT} instead of {BY_DEFAULT}")),
        (RECORDED, None, (W, f"{BY_DEFAULT} instead of {IN_AUDIT}")),
        ({"Logging": "NONE"}, None, (N, f"{BY_DEFAULT} instead of nowhere")),
        ({}, {"Logging": "NONE"}, (W, f"nowhere instead of {BY_DEFAULT}")),
        (RECORDED, {"Logging": {"Ref": "X"}}, (W, f"nowhere that is known instead of {IN_AUDIT}")),
        (
            RECORDED,
            {**RECORDED, "LogConfiguration": {"CloudWatchLogGroupName": "/other"}},
            (W, f"in log group /other instead of {IN_AUDIT}"),
        ),
        (
            RECORDED,
            {**RECORDED, "LogConfiguration": {**LOGGED, "CloudWatchEncryptionEnabled": "true"}},
            (N, f"{IN_AUDIT}, which has to be encrypted instead of {IN_AUDIT}"),
        ),
        (
            RECORDED,
            {**RECORDED, "LogConfiguration": {**LOGGED, "CloudWatchEncryptionEnabled": "?"}},
            None,
        ),
        (
            RECORDED,
            {**RECORDED, "LogConfiguration": {"S3BucketName": "b", "S3KeyPrefix": "p"}},
            (W, f"in bucket b, below p instead of {IN_AUDIT}"),
        ),
        (
            RECORDED,
            {**RECORDED, "KmsKeyId": "k"},
            (N, f"{IN_AUDIT}, under the key k on their way instead of {IN_AUDIT}"),
        ),
        ({"Logging": "DEFAULT"}, {}, None),
    ],
)
def test_what_is_recorded_of_sessions_is_one_telling_line(
    one: Json, other: Json, expected: tuple[Change, str] | None
) -> None:
    old, new = (
        template("AWS::ECS::Cluster", {"Configuration": {"ExecuteCommandConfiguration": each}})
        if each is not None
        else template("AWS::ECS::Cluster", {})
        for each in (one, other)
    )
    found = [(each.change, each.told) for each in changes(read(old), read(new))]
    lines = [(expected[0], f"R: record of ECS Exec: {expected[1]}")] if expected else []
    assert found == lines


def test_items_with_names_are_compared_by_their_names() -> None:
    before = [{"Name": "a"}, {"Name": "b", "Cpu": 1}]
    found = list(differences(before, [{"Name": "b", "Cpu": 2}]))
    assert found == [Difference((0,), {"Name": "a"}, GONE), Difference((0, "Cpu"), 1, 2)]
