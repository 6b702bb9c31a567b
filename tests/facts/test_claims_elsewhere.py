"""Claims stay open where something decides that no fact looks into, or that stands elsewhere."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bidops_cfn.facts.verdict import Outcome
from tests.facts.test_claims import MADE_UP, Template, allow_bff, properties, verdict

Committed = Callable[[str], Template]
BEDROCK = {"Statement": [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}]}
NO_BEDROCK = ("no-bedrock", "bff")
NO_INTERNET = ("no-internet", "agentcore")
AGENT_REACHED = ("reached-by-callers-only", "agentcore")
DYNAMIC = "{{resolve:ssm:/role}}"


def add(template: Template, kind: str, **given: Any) -> None:
    template["Resources"]["Added"] = {"Type": kind, "Properties": given}


def attached(template: Template, kind: str, step: str, name: Any) -> None:
    add(template, kind, PolicyName="p", PolicyDocument=BEDROCK, **{step: name})


@pytest.mark.parametrize(
    ("kind", "step", "name"),
    [
        ("AWS::IAM::Policy", "Roles", [MADE_UP]),
        ("AWS::IAM::Policy", "Roles", [DYNAMIC]),
        ("AWS::IAM::ManagedPolicy", "Roles", [MADE_UP]),
        ("AWS::IAM::RolePolicy", "RoleName", MADE_UP),
        ("AWS::IAM::RolePolicy", "RoleName", DYNAMIC),
        ("AWS::IAM::RolePolicy", "RoleName", "very-long-stack-name-BffTas-1A2B3C4D5E6F"),
    ],
)
def test_a_policy_names_a_role_as_cloudformation_calls_it(
    committed: Committed, kind: str, step: str, name: Any
) -> None:
    template = committed("dev")
    attached(template, kind, step, name)
    assert verdict(template, *NO_BEDROCK).outcome is not Outcome.PROVED


@pytest.mark.parametrize("name", ["monitoring", "other-stack-Reader-1A2B3C4D5E6F"])
def test_a_policy_of_another_role_is_none_of_ours(committed: Committed, name: str) -> None:
    template = committed("dev")
    attached(template, "AWS::IAM::RolePolicy", "RoleName", name)
    assert verdict(template, *NO_BEDROCK).outcome is Outcome.PROVED


def test_the_role_that_starts_the_tasks_counts(committed: Committed) -> None:
    template = committed("dev")
    role = properties(template, "BffExecutionRole")
    role["Policies"].append({"PolicyName": "p", "PolicyDocument": BEDROCK})
    assert verdict(template, *NO_BEDROCK).outcome is Outcome.REFUTED


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::CloudFormation::Stack",
        "AWS::CloudFormation::StackSet",
        "AWS::CloudFormation::CustomResource",
        "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
        "Custom::Anything",
        "Vendor::Service::Type",
    ],
)
def test_what_others_deploy_or_run_proves_nothing(committed: Committed, kind: str) -> None:
    template = committed("dev")
    add(template, kind, ServiceToken="arn:aws:lambda:us-east-1:111111111111:function:x")
    for claim in (
        NO_BEDROCK, NO_INTERNET, AGENT_REACHED, ("no-destruction", "BffTaskRole"),
    ):  # fmt: skip
        found = verdict(template, *claim)
        assert found.outcome is Outcome.UNKNOWN
        assert kind in found.witnesses[0].text
    allow_bff(template, "bedrock:InvokeModel")
    assert verdict(template, *NO_BEDROCK).outcome is Outcome.REFUTED


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::EC2::Route",
        "AWS::EC2::NatGateway",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPCEndpoint",
        "AWS::EC2::NetworkAclEntry",
        "AWS::NetworkFirewall::Firewall",
    ],
)
def test_another_way_leaves_the_internet_open(committed: Committed, kind: str) -> None:
    template = committed("dev")
    add(template, kind, VpcId="vpc-1")
    assert verdict(template, *NO_INTERNET).outcome is Outcome.UNKNOWN


PLACES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "machines of others": ("AgentCoreService", {"LaunchType": "EXTERNAL"}),
    "instances": ("AgentCoreService", {"LaunchType": "EC2"}),
    "a provider of instances": (
        "AgentCoreService",
        {"CapacityProviderStrategy": [{"CapacityProvider": "instances", "Weight": 1}]},
    ),
    "the cluster's default": ("AgentCoreService", {"CapacityProviderStrategy": []}),
    "the machine's network": ("AgentCoreTaskDefinition", {"NetworkMode": "host"}),
    "a bridge": ("AgentCoreTaskDefinition", {"NetworkMode": None}),
}


@pytest.mark.parametrize("place", PLACES)
def test_groups_say_nothing_of_machines_and_networks_that_are_shared(
    committed: Committed, place: str
) -> None:
    template = committed("dev")
    logical_id, changes = PLACES[place]
    properties(template, logical_id).update(copy.deepcopy(changes))
    for claim in (NO_INTERNET, AGENT_REACHED):
        assert verdict(template, *claim).outcome is Outcome.UNKNOWN


RUNNERS: Mapping[str, tuple[str, Any, tuple[str, str]]] = {
    "a rule with the family": (
        "AWS::Events::Rule",
        "arn:aws:ecs:us-east-1:111111111111:task-definition/bidopsai-dev-agentcore",
        NO_INTERNET,
    ),
    "a set of tasks for the service": (
        "AWS::ECS::TaskSet",
        {"Fn::GetAtt": ["AgentCoreService", "Name"]},
        AGENT_REACHED,
    ),
    "a schedule with the family": (
        "AWS::Scheduler::Schedule",
        "arn:aws:ecs:us-east-1:111111111111:task-definition/bidopsai-dev-agentcore:3",
        AGENT_REACHED,
    ),
    "a schedule with the export": (
        "AWS::Scheduler::Schedule",
        "bidopsai-dev-compute-AgentCoreTaskDefinitionArn",
        AGENT_REACHED,
    ),
    "a function with the role": (
        "AWS::Lambda::Function",
        f"arn:aws:iam::111111111111:role/{MADE_UP}",
        NO_BEDROCK,
    ),
    "a function in a group": ("AWS::Lambda::Function", "sg-0123456789abcdef0", AGENT_REACHED),
}


@pytest.mark.parametrize("runner", RUNNERS)
def test_what_names_ours_by_a_text_leaves_claims_open(committed: Committed, runner: str) -> None:
    template = committed("dev")
    kind, text, claim = RUNNERS[runner]
    add(template, kind, Settings={"Value": [text]})
    assert verdict(template, *claim).outcome is Outcome.UNKNOWN
    template["Resources"]["Added"]["Properties"] = {"Settings": {"Value": ["another"]}}
    assert verdict(template, *claim).outcome is Outcome.PROVED


def test_a_role_that_says_its_own_name_is_no_stranger(committed: Committed) -> None:
    template = committed("dev")
    properties(template, "BffTaskRole")["RoleName"] = "bff"
    assert verdict(template, *NO_BEDROCK).outcome is Outcome.PROVED


@pytest.mark.parametrize("output", ["AlbSecurityGroupId", "VpcEndpointSecurityGroupId"])
@pytest.mark.parametrize("direction", ["Ingress", "Egress"])
def test_a_promise_does_not_hold_that_the_template_itself_breaks(
    committed: Committed, output: str, direction: str
) -> None:
    template = committed("dev")
    group = {"Fn::ImportValue": f"bidopsai-dev-network-{output}"}
    kind = f"AWS::EC2::SecurityGroup{direction}"
    add(template, kind, GroupId=group, IpProtocol="-1", CidrIp="0.0.0.0/0")
    for claim in (NO_INTERNET, ("reached-by-callers-only", "bff")):
        assert verdict(template, *claim).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("who", "outcome"),
    [
        ({"AWS": {"Fn::GetAtt": ["AgentCoreTaskRole", "Arn"]}}, Outcome.REFUTED),
        ("*", Outcome.REFUTED),
        ({"AWS": {"Ref": "Someone"}}, Outcome.UNKNOWN),
        ({"Service": "s3.amazonaws.com"}, Outcome.PROVED),
        ({"AWS": {"Fn::GetAtt": ["BffTaskRole", "Arn"]}}, Outcome.PROVED),
    ],
)
def test_a_policy_of_a_resource_permits_by_itself(
    committed: Committed, who: Any, outcome: Outcome
) -> None:
    template = committed("dev")
    statement = {"Effect": "Allow", "Principal": who, "Action": "s3:DeleteObject", "Resource": "*"}
    add(template, "AWS::S3::BucketPolicy", PolicyDocument={"Statement": [statement]})
    assert verdict(template, "no-destruction", "AgentCoreTaskRole").outcome is outcome
    statement["Action"] = "s3:GetObject"
    assert verdict(template, "no-destruction", "AgentCoreTaskRole").outcome is Outcome.PROVED


@pytest.mark.parametrize(
    ("who", "outcome"),
    [
        ("*", Outcome.REFUTED),
        ({"Fn::ImportValue": "someone"}, Outcome.UNKNOWN),
        ("s3.amazonaws.com", Outcome.PROVED),
    ],
)
def test_a_policy_in_another_spelling_permits_by_itself(
    committed: Committed, who: Any, outcome: Outcome
) -> None:
    template = committed("dev")
    add(template, "AWS::Lambda::Permission", Action="lambda:InvokeFunction", Principal=who)
    assert verdict(template, *NO_BEDROCK).outcome is outcome
    statement = {"Effect": "Allow", "Principal": {"AWS": "@"}, "Action": "kms:*", "Resource": "*"}
    text = json.dumps({"Statement": [statement]}).replace("@", "${Who}")
    document = {"Fn::Sub": [text, {"Who": who}]}
    add(template, "AWS::Logs::ResourcePolicy", PolicyDocument=document)
    assert verdict(template, *NO_BEDROCK).outcome is outcome


@pytest.mark.parametrize(
    "changes",
    [
        {"EnvironmentFiles": [{"Type": "s3", "Value": "arn:aws:s3:::bucket/x.env"}]},
        {"Environment": [{"Name": {"Ref": "BffImage"}, "Value": "x"}]},
    ],
)
def test_a_variable_of_any_name_may_have_credentials(
    committed: Committed, changes: dict[str, Any]
) -> None:
    template = committed("dev")
    properties(template, "BffTaskDefinition")["ContainerDefinitions"][0].update(changes)
    assert verdict(template, *NO_BEDROCK).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("step", ["Environment", "Secrets"])
@pytest.mark.parametrize(
    "name",
    ["AWS_BEARER_TOKEN_BEDROCK", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONFIG_FILE",
     "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"],
)  # fmt: skip
def test_credentials_of_others_are_no_permission_of_ours(
    committed: Committed, step: str, name: str
) -> None:
    template = committed("dev")
    container = properties(template, "BffTaskDefinition")["ContainerDefinitions"][0]
    container[step].append({"Name": name, "ValueFrom" if step == "Secrets" else "Value": "x"})
    assert verdict(template, *NO_BEDROCK).outcome is Outcome.UNKNOWN
