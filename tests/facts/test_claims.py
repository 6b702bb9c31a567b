"""Claims that are false in a changed template are never PROVED: each change was, before.

They stay open where something decides that no fact looks into, or that stands elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bidops_cfn.facts.document import Path
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs import prove
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.verdict import Outcome
from tests.mutants.mutant import add, attr, copy_of, drop, put, ref, resource

Template = dict[str, Any]
Committed = Callable[[str], Template]
Change = Callable[[Template], None]
PROVED, REFUTED, UNKNOWN = Outcome.PROVED, Outcome.REFUTED, Outcome.UNKNOWN
LISTS = frozenset({"pl-63a5400a"})
MADE_UP = "bidopsai-dev-compute-BffTaskRole-1A2B3C4D5E6F"  # as CloudFormation calls the role
DYNAMIC = "{{resolve:ssm:/role}}"
NO_BEDROCK, NO_INTERNET = "no-bedrock bff", "no-internet agentcore"
BFF_REACHED, AGENT_REACHED = "reached-by-callers-only bff", "reached-by-callers-only agentcore"
NO_DESTRUCTION = "no-destruction AgentCoreTaskRole"
ACCOUNT = "arn:aws:iam::111111111111"
TASK = "arn:aws:ecs:us-east-1:111111111111:task-definition/bidopsai-dev-agentcore"


def at(logical_id: str, *changes: Callable[[Template, str], None]) -> Change:
    def change(template: Template) -> None:
        for one in changes:
            one(template, logical_id)

    return change


def allowing(action: str, who: str = "BffTaskRole") -> Change:
    allowed = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return at(who, add("Policies/0/PolicyDocument/Statement", allowed))


def added(kind: str, **properties: Any) -> Change:
    return at("Added", resource(kind, **properties))


def policy(kind: str, step: str, name: Any) -> Change:
    allowed = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}
    return added(kind, PolicyName="p", PolicyDocument={"Statement": [allowed]}, **{step: name})


def admitting(who: Any, action: str) -> Change:
    admitted = {"Effect": "Allow", "Principal": who, "Action": action, "Resource": "*"}
    return added("AWS::S3::BucketPolicy", PolicyDocument={"Statement": [admitted]})


def as_text(who: Any) -> Change:
    """The policy of a resource as text that is put together."""
    admitted = {"Effect": "Allow", "Principal": {"AWS": "@"}, "Action": "kms:*", "Resource": "*"}
    text = json.dumps({"Statement": [admitted]}).replace("@", "${Who}")
    return added("AWS::Logs::ResourcePolicy", PolicyDocument={"Fn::Sub": [text, {"Who": who}]})


def trusting(who: Any) -> Change:
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": who}
    return at("AgentCoreTaskRole", add("AssumeRolePolicyDocument/Statement", trusted))


def shadow(like: str, *changes: Callable[[Template, str], None]) -> Change:
    """An ECS service that is like another but for some changes."""

    def change(template: Template) -> None:
        at("Shadow", copy_of(like), *changes)(template)
        template["Resources"]["Shadow"].pop("DependsOn", None)

    return change


def shadow_task(**changes: Any) -> Change:
    puts = (put(name, value) for name, value in changes.items())
    return at("ShadowTask", copy_of("BffTaskDefinition"), *puts)


def network(group: Any, address: str = "DISABLED") -> Any:
    found = {"SecurityGroups": [group], "Subnets": [{"Fn::ImportValue": "another-subnet"}]}
    return {"AwsvpcConfiguration": {"AssignPublicIp": address, **found}}


def group(name: str) -> Any:
    return attr(f"{name}SecurityGroup", "GroupId")


AGENTS_ROLE = attr("AgentCoreTaskRole", "Arn")
AS_AGENT = shadow_task(TaskRoleArn=AGENTS_ROLE, Family="other")
NETWORKS = (
    (network(group("AgentCore")), UNKNOWN),
    (network(group("AgentCore"), "ENABLED"), REFUTED),
    (network({"Fn::ImportValue": "g"}), UNKNOWN),
    (network(group("Bff")), REFUTED),
)
BALANCED = {"ContainerName": "agentcore", "ContainerPort": 3000}
OPEN = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
INGRESS = "AWS::EC2::SecurityGroupIngress"
SERVICE, TASK_DEFINITION = "AgentCoreService", "AgentCoreTaskDefinition"
CONTAINER = "ContainerDefinitions/0"
Row = tuple[tuple[Change, ...], dict[str, Outcome], str]


def row(*changes: Change, says: str = "", **claims: Outcome) -> Row:
    """Changes, what becomes of each claim (``no_bedrock`` ...), and what a witness of it says."""
    return changes, {globals()[name.upper()]: outcome for name, outcome in claims.items()}, says


def other_roles() -> Iterator[Row]:
    # a role that trusts the role is one to take on
    for who, outcome in (
        ({"AWS": attr("BffTaskRole", "Arn")}, REFUTED),
        ({"AWS": [{"Fn::Sub": "${BffTaskRole.Arn}"}]}, REFUTED),
        ({"AWS": "*"}, REFUTED),
        ("*", REFUTED),
        ({"AWS": {"Fn::ImportValue": "another"}}, UNKNOWN),
        ({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}, PROVED),
        ({"AWS": "arn:aws:iam::999999999999:role/x"}, PROVED),
        ({"Service": "lambda.amazonaws.com"}, PROVED),
        ({"Service": "*"}, PROVED),
        ({"AWS": attr("AgentCoreExecutionRole", "Arn")}, PROVED),
        ({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}, PROVED),
        ({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/x"}}, UNKNOWN),
        ({"AWS": {"Fn::Sub": "arn:aws:iam::${Account}:root"}}, UNKNOWN),
        ({"AWS": {"Fn::Sub": "${Prefix}${BffTaskRole.Arn}"}}, REFUTED),
        ({"AWS": f"{ACCOUNT}:role/x*"}, REFUTED),
        ({"AWS": f"{ACCOUNT}:user/x"}, PROVED),
        ({"AWS": f"{ACCOUNT}:role/{MADE_UP}"}, REFUTED),
        ({"AWS": f"{ACCOUNT}:role/path/{MADE_UP}"}, REFUTED),
        ({"AWS": f"arn:aws:sts::111111111111:assumed-role/{MADE_UP}/x"}, REFUTED),
        ({"AWS": "{{resolve:ssm:/arn}}"}, UNKNOWN),
    ):
        yield row(trusting(who), no_bedrock=outcome)


RUNS_SHADOW = put("TaskDefinition", ref("ShadowTask"))


def other_services() -> Iterator[Row]:
    # every service that runs a service counts: by its role, by its task definition, by neither
    as_agent = shadow_task(TaskRoleArn=AGENTS_ROLE)
    yield row(as_agent, shadow("BffService", RUNS_SHADOW), no_bedrock=REFUTED)
    for configuration, outcome in NETWORKS:
        moved = put("NetworkConfiguration", configuration)
        yield row(shadow(SERVICE, moved), no_internet=outcome)
        yield row(AS_AGENT, shadow(SERVICE, moved, RUNS_SHADOW), no_internet=outcome)
    outside = put("TaskDefinition", "bidopsai-dev-agentcore:3")
    yield row(shadow(SERVICE, outside), no_internet=UNKNOWN, no_bedrock=UNKNOWN)
    # what may run the agent, and no fact looks into
    target = {"EcsParameters": {"TaskDefinitionArn": ref(TASK_DEFINITION)}}
    yield row(added("AWS::Events::Rule", Targets=[target]), no_internet=UNKNOWN, says="Added")
    for kind, text, claim in (
        ("AWS::Events::Rule", TASK, "no_internet"),
        ("AWS::ECS::TaskSet", attr(SERVICE, "Name"), "agent_reached"),
        ("AWS::Scheduler::Schedule", f"{TASK}:3", "agent_reached"),
        (
            "AWS::Scheduler::Schedule",
            "bidopsai-dev-compute-AgentCoreTaskDefinitionArn",
            "agent_reached",
        ),
        ("AWS::Lambda::Function", f"{ACCOUNT}:role/{MADE_UP}", "no_bedrock"),
        ("AWS::Lambda::Function", "sg-0123456789abcdef0", "agent_reached"),
    ):
        yield row(added(kind, Settings={"Value": [text]}), **{claim: UNKNOWN})
        yield row(added(kind, Settings={"Value": ["another"]}), **{claim: PROVED})
    yield row(at("BffTaskRole", put("RoleName", "bff")), no_bedrock=PROVED)


def traffic() -> Iterator[Row]:
    # ingress from anywhere else is traffic from the internet
    for peer, outcome in (
        ({"CidrIp": "0.0.0.0/0"}, REFUTED),
        ({"CidrIp": "198.51.100.0/24"}, REFUTED),
        ({"CidrIpv6": "::/0"}, REFUTED),
        ({"SourcePrefixListId": "pl-3b927c52"}, UNKNOWN),
        (
            {
                "SourceSecurityGroupId": {
                    "Fn::ImportValue": "bidopsai-dev-network-AlbSecurityGroupId"
                }
            },
            REFUTED,
        ),
        ({"SourceSecurityGroupId": {"Fn::ImportValue": "anothers"}}, UNKNOWN),
        ({"SourceSecurityGroupId": "sg-0123456789abcdef0"}, UNKNOWN),
    ):
        rule = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, **peer}
        opened = put("SecurityGroupIngress", [rule])
        yield row(at("AgentCoreSecurityGroup", opened), no_internet=outcome)
    # so is a load balancer in front
    public, other = (
        at(SERVICE, put("LoadBalancers", [{**BALANCED, "TargetGroupArn": arn}]))
        for arn in (ref("BffTargetGroup"), "arn:aws:elasticloadbalancing:us-east-1:1:x/1")
    )
    yield row(public, no_internet=REFUTED, says="public load balancer")
    yield row(other, no_internet=UNKNOWN)


def groups() -> Iterator[Row]:
    # a caller's group that an outsider attaches is no caller's group
    bare = at(
        "ShadowTask",
        resource("AWS::ECS::TaskDefinition", ContainerDefinitions=[{"Name": "x", "Image": "x"}]),
    )
    balancer = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    for outsider in (
        (bare, shadow("BffService", RUNS_SHADOW, drop("LoadBalancers"))),
        (at("Shadow", resource("AWS::EC2::Instance", SecurityGroupIds=[group("Bff")])),),
        (
            at(
                "Shadow",
                resource(
                    "AWS::Lambda::Function",
                    VpcConfig={"SecurityGroupIds": [ref("BffSecurityGroup")]},
                ),
            ),
        ),
        (
            at(
                "Shadow",
                resource(balancer, SecurityGroups=[{"Fn::Sub": "${BffSecurityGroup.GroupId}"}]),
            ),
        ),
    ):
        says = "admits Shadow by ${BffSecurityGroup.GroupId}"
        yield row(*outsider, agent_reached=REFUTED, says=says)
        yield row(*outsider, no_internet=UNKNOWN)
    # a rule for a group that may be any
    for any_group in ("sg-0123456789abcdef0", {"Fn::ImportValue": "x"}, ref("BffImage")):
        rule_of_any = added(INGRESS, GroupId=any_group, **OPEN)
        yield row(rule_of_any, no_internet=UNKNOWN, agent_reached=UNKNOWN, says="may be any group")
    # a promise that the template itself breaks
    for output in ("AlbSecurityGroupId", "VpcEndpointSecurityGroupId"):
        held = {"Fn::ImportValue": f"bidopsai-dev-network-{output}"}
        for way in ("Ingress", "Egress"):
            broken = added(f"AWS::EC2::SecurityGroup{way}", GroupId=held, **OPEN)
            yield row(broken, no_internet=UNKNOWN, bff_reached=UNKNOWN)


def elsewhere() -> Iterator[Row]:
    # a policy that names a role as CloudFormation calls it
    for kind, step, name, outcome in (
        ("AWS::IAM::Policy", "Roles", [MADE_UP], REFUTED),
        ("AWS::IAM::Policy", "Roles", [DYNAMIC], REFUTED),
        ("AWS::IAM::ManagedPolicy", "Roles", [MADE_UP], REFUTED),
        ("AWS::IAM::RolePolicy", "RoleName", MADE_UP, REFUTED),
        ("AWS::IAM::RolePolicy", "RoleName", DYNAMIC, REFUTED),
        ("AWS::IAM::RolePolicy", "RoleName", "very-long-stack-name-BffTas-1A2B3C4D5E6F", REFUTED),
        ("AWS::IAM::RolePolicy", "RoleName", "monitoring", PROVED),
        ("AWS::IAM::RolePolicy", "RoleName", "other-stack-Reader-1A2B3C4D5E6F", PROVED),
    ):
        yield row(policy(kind, step, name), no_bedrock=outcome)
    yield row(allowing("bedrock:InvokeModel", "BffExecutionRole"), no_bedrock=REFUTED)
    # what others deploy or run
    for kind in (
        "AWS::CloudFormation::Stack",
        "AWS::CloudFormation::StackSet",
        "AWS::CloudFormation::CustomResource",
        "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
        "Custom::Anything",
        "Vendor::Service::Type",
    ):
        code = added(kind, ServiceToken="arn:aws:lambda:us-east-1:111111111111:function:x")
        every = dict.fromkeys(("no_internet", "agent_reached", "no_destruction"), UNKNOWN)
        yield row(code, no_bedrock=UNKNOWN, says=kind, **every)
        yield row(code, allowing("bedrock:InvokeModel"), no_bedrock=REFUTED)
    # another way to or from the internet
    for kind in (
        "AWS::EC2::Route",
        "AWS::EC2::NatGateway",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPCEndpoint",
        "AWS::EC2::NetworkAclEntry",
        "AWS::NetworkFirewall::Firewall",
    ):
        yield row(added(kind, VpcId="vpc-1"), no_internet=UNKNOWN)
    # machines and networks that are shared, of which groups say nothing
    for where, step, value in (
        (SERVICE, "LaunchType", "EXTERNAL"),
        (SERVICE, "LaunchType", "EC2"),
        (SERVICE, "CapacityProviderStrategy", [{"CapacityProvider": "instances", "Weight": 1}]),
        (SERVICE, "CapacityProviderStrategy", []),
        (TASK_DEFINITION, "NetworkMode", "host"),
        (TASK_DEFINITION, "NetworkMode", None),
    ):
        yield row(at(where, put(step, value)), no_internet=UNKNOWN, agent_reached=UNKNOWN)


def policies_and_credentials() -> Iterator[Row]:
    # a policy of a resource permits by itself, in each spelling
    for who, outcome in (
        ({"AWS": AGENTS_ROLE}, REFUTED),
        ("*", REFUTED),
        ({"AWS": {"Ref": "Someone"}}, UNKNOWN),
        ({"Service": "s3.amazonaws.com"}, PROVED),
        ({"AWS": attr("BffTaskRole", "Arn")}, PROVED),
    ):
        yield row(admitting(who, "s3:DeleteObject"), no_destruction=outcome)
        yield row(admitting(who, "s3:GetObject"), no_destruction=PROVED)
    for someone, outcome in (
        ("*", REFUTED),
        ({"Fn::ImportValue": "someone"}, UNKNOWN),
        ("s3.amazonaws.com", PROVED),
    ):
        invoked = {"Action": "lambda:InvokeFunction", "Principal": someone}
        yield row(added("AWS::Lambda::Permission", **invoked), no_bedrock=outcome)
        yield row(as_text(someone), no_bedrock=outcome)
    # a variable that has, or may have, the credentials of another
    files = [{"Type": "s3", "Value": "arn:aws:s3:::bucket/x.env"}]
    unnamed = [{"Name": ref("BffImage"), "Value": "x"}]
    variables = [(put, "EnvironmentFiles", files), (put, "Environment", unnamed)]
    for name in (
        *("AWS_BEARER_TOKEN_BEDROCK", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONFIG_FILE"),
        *("AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    ):
        for step, held in (("Environment", "Value"), ("Secrets", "ValueFrom")):
            variables.append((add, step, {"Name": name, held: "x"}))
    for how, step, value in variables:
        yield row(at("BffTaskDefinition", how(f"{CONTAINER}/{step}", value)), no_bedrock=UNKNOWN)


def find(node: Any, path: Path) -> None:
    """Fail where there is nothing at ``path``; a text has no places of its own."""
    for step in path:
        if isinstance(node, str) or "Fn::Sub" in node:
            return
        node = node[step]


ROWS = (other_roles, other_services, traffic, groups, elsewhere, policies_and_credentials)


@pytest.mark.requirement("US4-3", "US5-4", "FR-030")
@pytest.mark.parametrize(
    ("changes", "expected", "says"),
    [
        pytest.param(*one, id=f"{some.__name__}-{number}")
        for some in ROWS
        for number, one in enumerate(some())
    ],
)
def test_a_claim_is_proved_of_a_changed_template_only_where_it_holds(
    committed: Committed, changes: tuple[Change, ...], expected: dict[str, Outcome], says: str
) -> None:
    template = committed("dev")
    for change in changes:
        change(template)
    verdicts = prove(read(template), Contract("dev", prefix_lists=LISTS))
    for claim, outcome in expected.items():
        (found,) = (v for v in verdicts if f"{v.claim.name} {v.claim.subject}" == claim)
        assert found.outcome is outcome, found
        assert any(says in one.text for one in found.witnesses)
        for one in found.witnesses:
            find(template, one.path)
