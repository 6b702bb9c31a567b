"""Claims that are false in a changed template are never PROVED: each change was, before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.facts.actions import every_action
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs import prove
from bidops_cfn.facts.proofs.roles import is_forbidden
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.verdict import Outcome, Verdict
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.references import Export

Template = dict[str, Any]
Committed = Callable[[str], Template]
LISTS = frozenset({"pl-63a5400a"})
MADE_UP = "bidopsai-dev-compute-BffTaskRole-1A2B3C4D5E6F"  # as CloudFormation calls the role
BALANCER = "bidopsai-dev-network-AlbSecurityGroupId"
PUBLIC = {"Fn::ImportValue": "another-subnet"}


def verdict(template: Template, claim: str, subject: str, **names: Any) -> Verdict:
    contract = Contract("dev", ImportNames(**names), LISTS)
    found = prove(read(template), contract)
    (one,) = (v for v in found if (v.claim.name, v.claim.subject) == (claim, subject))
    return one


def properties(template: Template, logical_id: str) -> Any:
    return template["Resources"][logical_id]["Properties"]


def service(template: Template, like: str, **changes: Any) -> None:
    """Add an ECS service ``Shadow`` that is ``like`` another but for ``changes``."""
    import copy

    shadow = copy.deepcopy(template["Resources"][like])
    shadow["Properties"].update(changes)
    for name in [name for name, value in changes.items() if value is None]:
        del shadow["Properties"][name]
    shadow.pop("DependsOn", None)
    template["Resources"]["Shadow"] = shadow


def network(groups: list[object], subnets: list[object], address: str = "DISABLED") -> Any:
    configuration = {"AssignPublicIp": address, "SecurityGroups": groups, "Subnets": subnets}
    return {"AwsvpcConfiguration": configuration}


def group(name: str) -> Any:
    return {"Fn::GetAtt": [f"{name}SecurityGroup", "GroupId"]}


def allow_bff(template: Template, action: str) -> None:
    statements = properties(template, "BffTaskRole")["Policies"][0]["PolicyDocument"]["Statement"]
    statements.append({"Effect": "Allow", "Action": action, "Resource": "*"})


@pytest.mark.requirement("US5-4")
@pytest.mark.parametrize(
    "action",
    [
        "bedrock:InvokeModel",
        "bedrock-agentcore:InvokeAgentRuntime",
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
        "sts:GetFederationToken",
        "iam:PassRole",
        "iam:PutRolePolicy",
        "iam:AttachRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreateServiceSpecificCredential",
        "iam:ResetServiceSpecificCredential",
        "iam:CreatePolicyVersion",
        "iam:*Credential",
        "kms:PutKeyPolicy",
        "s3:PutBucketPolicy",
        "secretsmanager:PutResourcePolicy",
        "lambda:UpdateFunctionCode",
        "lambda:InvokeFunction",
        "ecs:RunTask",
        "ecs:ExecuteCommand",
        "ssm:SendCommand",
        "ssm:StartSession",
        "states:StartExecution",
        "cloudformation:CreateStack",
        "codebuild:StartBuild",
        "glue:CreateJob",
        "made-up:DoAnything",
    ],
)
def test_no_action_leads_to_bedrock_or_to_another_role(committed: Committed, action: str) -> None:
    template = committed("dev")
    allow_bff(template, action)
    found = verdict(template, "no-bedrock", "bff")
    assert found.outcome is Outcome.REFUTED
    assert found.witnesses[0].text.startswith("allows ")


@pytest.mark.parametrize(
    "action",
    [
        "logs:PutLogEvents",
        "ssm:GetParameter",
        "s3:GetObject",
        "sts:GetCallerIdentity",
        "kms:Decrypt",
        "sqs:SendMessage",
    ],
)
def test_reading_and_writing_data_leads_to_no_role(action: str) -> None:
    assert action in every_action()
    assert not is_forbidden(action)


@pytest.mark.requirement("US5-4")
@pytest.mark.parametrize(
    ("principal", "outcome"),
    [
        ({"AWS": {"Fn::GetAtt": ["BffTaskRole", "Arn"]}}, Outcome.REFUTED),
        ({"AWS": [{"Fn::Sub": "${BffTaskRole.Arn}"}]}, Outcome.REFUTED),
        ({"AWS": "*"}, Outcome.REFUTED),
        ("*", Outcome.REFUTED),
        ({"AWS": {"Fn::ImportValue": "another"}}, Outcome.UNKNOWN),
        ({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}, Outcome.PROVED),
        ({"AWS": "arn:aws:iam::999999999999:role/x"}, Outcome.PROVED),
        ({"Service": "lambda.amazonaws.com"}, Outcome.PROVED),
        ({"Service": "*"}, Outcome.PROVED),
        ({"AWS": {"Fn::GetAtt": ["AgentCoreExecutionRole", "Arn"]}}, Outcome.PROVED),
        ({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}, Outcome.PROVED),
        ({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/x"}}, Outcome.UNKNOWN),
        ({"AWS": {"Fn::Sub": "arn:aws:iam::${Account}:root"}}, Outcome.UNKNOWN),
        ({"AWS": {"Fn::Sub": "${Prefix}${BffTaskRole.Arn}"}}, Outcome.REFUTED),
        ({"AWS": "arn:aws:iam::111111111111:role/x*"}, Outcome.REFUTED),
        ({"AWS": "arn:aws:iam::111111111111:user/x"}, Outcome.PROVED),
        ({"AWS": f"arn:aws:iam::111111111111:role/{MADE_UP}"}, Outcome.REFUTED),
        ({"AWS": f"arn:aws:iam::111111111111:role/path/{MADE_UP}"}, Outcome.REFUTED),
        ({"AWS": f"arn:aws:sts::111111111111:assumed-role/{MADE_UP}/x"}, Outcome.REFUTED),
        ({"AWS": "{{resolve:ssm:/arn}}"}, Outcome.UNKNOWN),
    ],
)
def test_a_role_that_trusts_the_role_is_one_to_take_on(
    committed: Committed, principal: object, outcome: Outcome
) -> None:
    template = committed("dev")
    trust = properties(template, "AgentCoreTaskRole")["AssumeRolePolicyDocument"]["Statement"]
    trust.append({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})
    assert verdict(template, "no-bedrock", "bff").outcome is outcome


@pytest.mark.requirement("US5-4")
def test_a_second_service_that_runs_bff_with_the_agents_role_is_looked_at(
    committed: Committed,
) -> None:
    import copy

    template = committed("dev")
    task = copy.deepcopy(template["Resources"]["BffTaskDefinition"])
    task["Properties"]["TaskRoleArn"] = {"Fn::GetAtt": ["AgentCoreTaskRole", "Arn"]}
    template["Resources"]["ShadowTask"] = task
    service(template, "BffService", TaskDefinition={"Ref": "ShadowTask"})
    assert verdict(template, "no-bedrock", "bff").outcome is Outcome.REFUTED


NETWORKS: dict[str, tuple[Any, Outcome]] = {
    "elsewhere": (network([group("AgentCore")], [PUBLIC]), Outcome.UNKNOWN),
    "with a public address": (
        network([group("AgentCore")], [PUBLIC], "ENABLED"),
        Outcome.REFUTED,
    ),
    "in a group from outside": (network([{"Fn::ImportValue": "g"}], [PUBLIC]), Outcome.UNKNOWN),
    "in the group of BFF": (network([group("Bff")], [PUBLIC]), Outcome.REFUTED),
}


@pytest.mark.requirement("US4-3")
@pytest.mark.parametrize("where", NETWORKS)
@pytest.mark.parametrize("by", ["task definition", "role"])
def test_every_service_that_runs_the_agent_stays_off_the_internet(
    committed: Committed, where: str, by: str
) -> None:
    import copy

    template = committed("dev")
    configuration, outcome = NETWORKS[where]
    service(template, "AgentCoreService", NetworkConfiguration=configuration)
    if by == "role":
        task = copy.deepcopy(template["Resources"]["BffTaskDefinition"])
        task["Properties"]["TaskRoleArn"] = {"Fn::GetAtt": ["AgentCoreTaskRole", "Arn"]}
        task["Properties"]["Family"] = "other"
        template["Resources"]["ShadowTask"] = task
        properties(template, "Shadow")["TaskDefinition"] = {"Ref": "ShadowTask"}
    assert verdict(template, "no-internet", "agentcore").outcome is outcome


@pytest.mark.requirement("US4-3")
def test_what_may_run_the_agent_and_is_not_looked_into_keeps_the_claim_open(
    committed: Committed,
) -> None:
    template = committed("dev")
    target = {"EcsParameters": {"TaskDefinitionArn": {"Ref": "AgentCoreTaskDefinition"}}}
    template["Resources"]["Nightly"] = {
        "Type": "AWS::Events::Rule",
        "Properties": {"Targets": [target]},
    }
    found = verdict(template, "no-internet", "agentcore")
    assert found.outcome is Outcome.UNKNOWN
    assert "Nightly" in found.witnesses[0].text


def test_a_service_with_a_task_definition_from_outside_keeps_claims_open(
    committed: Committed,
) -> None:
    template = committed("dev")
    service(template, "AgentCoreService", TaskDefinition="bidopsai-dev-agentcore:3")
    for claim, subject in (("no-internet", "agentcore"), ("no-bedrock", "bff")):
        assert verdict(template, claim, subject).outcome is Outcome.UNKNOWN


@pytest.mark.requirement("US4-3")
@pytest.mark.parametrize(
    ("peer", "outcome"),
    [
        ({"CidrIp": "0.0.0.0/0"}, Outcome.REFUTED),
        ({"CidrIp": "198.51.100.0/24"}, Outcome.REFUTED),
        ({"CidrIpv6": "::/0"}, Outcome.REFUTED),
        ({"SourcePrefixListId": "pl-3b927c52"}, Outcome.UNKNOWN),
        (
            {
                "SourceSecurityGroupId": {
                    "Fn::ImportValue": "bidopsai-dev-network-AlbSecurityGroupId"
                }
            },
            Outcome.REFUTED,
        ),
        ({"SourceSecurityGroupId": {"Fn::ImportValue": "anothers"}}, Outcome.UNKNOWN),
        ({"SourceSecurityGroupId": "sg-0123456789abcdef0"}, Outcome.UNKNOWN),
    ],
)
def test_ingress_counts_as_traffic_from_the_internet(
    committed: Committed, peer: dict[str, object], outcome: Outcome
) -> None:
    template = committed("dev")
    rule = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, **peer}
    properties(template, "AgentCoreSecurityGroup")["SecurityGroupIngress"] = [rule]
    assert verdict(template, "no-internet", "agentcore").outcome is outcome


@pytest.mark.requirement("US4-3")
def test_a_load_balancer_in_front_is_traffic_from_the_internet(committed: Committed) -> None:
    template = committed("dev")
    target = {
        **properties(template, "BffService")["LoadBalancers"][0],
        "ContainerName": "agentcore",
    }
    properties(template, "AgentCoreService")["LoadBalancers"] = [target]
    found = verdict(template, "no-internet", "agentcore")
    assert found.outcome is Outcome.REFUTED
    assert any("public load balancer" in one.text for one in found.witnesses)
    target["TargetGroupArn"] = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/x/1"
    assert verdict(template, "no-internet", "agentcore").outcome is Outcome.UNKNOWN


OUTSIDERS: dict[str, Any] = {
    "an ECS service": None,
    "an instance": {
        "Type": "AWS::EC2::Instance",
        "Properties": {"SecurityGroupIds": [{"Fn::GetAtt": ["BffSecurityGroup", "GroupId"]}]},
    },
    "a function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"VpcConfig": {"SecurityGroupIds": [{"Ref": "BffSecurityGroup"}]}},
    },
    "a load balancer": {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {"SecurityGroups": [{"Fn::Sub": "${BffSecurityGroup.GroupId}"}]},
    },
}


@pytest.mark.requirement("FR-030")
@pytest.mark.parametrize("who", OUTSIDERS)
def test_a_callers_group_that_an_outsider_attaches_is_no_callers_group(
    committed: Committed, who: str
) -> None:
    template = committed("dev")
    if OUTSIDERS[who] is None:
        service(
            template,
            "BffService",
            TaskDefinition={"Ref": "ShadowTask"},
            LoadBalancers=None,
        )
        template["Resources"]["ShadowTask"] = {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {"ContainerDefinitions": [{"Name": "x", "Image": "x"}]},
        }
    else:
        template["Resources"]["Shadow"] = OUTSIDERS[who]
    found = verdict(template, "reached-by-callers-only", "agentcore")
    assert found.outcome is Outcome.REFUTED
    assert "admits Shadow by ${BffSecurityGroup.GroupId}" in [one.text for one in found.witnesses]
    assert verdict(template, "no-internet", "agentcore").outcome is Outcome.UNKNOWN


def exports(**mapped: str) -> dict[str, Any]:
    return {"exceptions": {f"network.{key}": (Export(name),) for key, name in mapped.items()}}


def renamed(template: Template, old: str, new: str) -> Template:
    import json

    found: Template = json.loads(json.dumps(template).replace(old, new))
    return found


@pytest.mark.requirement("US4-3")
@pytest.mark.parametrize(
    ("export", "outcome"),
    [
        ("bidopsai-dev-network-PublicSubnetIds", Outcome.UNKNOWN),
        ("bidopsai-dev-network-PrivateAppSubnetIds", Outcome.UNKNOWN),
        ("bidopsai-prod-network-PrivateAgentSubnetIds", Outcome.UNKNOWN),
        ("bidopsai-dev-storage-PrivateAgentSubnetIds", Outcome.UNKNOWN),
        ("corp-public-subnets", Outcome.UNKNOWN),
        ("corp-agent-subnets", Outcome.PROVED),
        ("bidopsai-dev-network-PrivateAgentSubnetIdsV2", Outcome.PROVED),
    ],
)
def test_an_import_is_what_it_imports(committed: Committed, export: str, outcome: Outcome) -> None:
    plain = "bidopsai-dev-network-PrivateAgentSubnetIds"
    template = renamed(committed("dev"), plain, export)
    found = verdict(template, "no-internet", "agentcore", **exports(PrivateAgentSubnetIds=export))
    assert found.outcome is outcome
    (promise,) = [one for one in found.claim.assumptions if "PrivateAgentSubnetIds`" in one]
    assert f"which settings take from `{export}`" in promise
    if outcome is Outcome.UNKNOWN:
        assert export in found.witnesses[0].text


def test_the_pattern_of_another_environment_keeps_claims_open(committed: Committed) -> None:
    template = renamed(committed("dev"), "bidopsai-dev-network-", "bidopsai-prod-network-")
    pattern = "bidopsai-prod-{stack}-{output}"
    for claim, subject in (("no-internet", "agentcore"), ("reached-by-callers-only", "bff")):
        found = verdict(template, claim, subject, pattern=pattern)
        assert found.outcome is Outcome.UNKNOWN
        assert "by its name is an export of prod" in found.witnesses[0].text


def test_assumptions_name_what_they_are_about(committed: Committed) -> None:
    contract = Contract("dev", prefix_lists=LISTS)
    texts = {
        text for one in prove(read(committed("dev")), contract) for text in one.claim.assumptions
    }
    for concrete in (
        "BffTaskRole",
        "AgentCoreExecutionRole",
        "`bidopsai-dev-storage-KnowledgeBaseBucketName`",
        "`bidopsai-dev-network-PrivateAgentSubnetIds`",
        "`bidopsai-dev-network-VpcEndpointSecurityGroupId`",
        "`bidopsai-dev-network-AlbSecurityGroupId`",
        "`bidopsai-dev-network-VpcId`",
        "pl-63a5400a",
        "AgentCoreSecurityGroup",
        "BffSecurityGroup",
    ):
        assert any(concrete in text for text in texts), concrete
    assert not [text for text in texts if "the role" in text or "a caller's group" in text]


@pytest.mark.requirement("FR-030")
@pytest.mark.parametrize(
    "group",
    ["sg-0123456789abcdef0", {"Fn::ImportValue": "some-group"}, {"Ref": "BffImage"}],
)
def test_a_rule_for_a_group_that_may_be_any_keeps_claims_open(
    committed: Committed, group: object
) -> None:
    template = committed("dev")
    template["Resources"]["Extra"] = {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {"GroupId": group, "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
    }
    for claim in ("no-internet", "reached-by-callers-only"):
        found = verdict(template, claim, "agentcore")
        assert found.outcome is Outcome.UNKNOWN
        assert "may be any group" in found.witnesses[0].text
