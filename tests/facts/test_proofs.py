from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bidops_cfn.facts import symbols
from bidops_cfn.facts.actions import every_action
from bidops_cfn.facts.combinations import Combination
from bidops_cfn.facts.document import Document, Path, Resource, walk
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs import prove
from bidops_cfn.facts.proofs.roles import is_forbidden
from bidops_cfn.facts.reading import Facts, Reading, read
from bidops_cfn.facts.verdict import Claim, Outcome, Verdict, Witness, in_all_combinations, judged
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.references import Export
from bidops_cfn.settings.services import SERVICES
from tests.facts.test_claims import (
    BFF_REACHED,
    LISTS,
    NO_BEDROCK,
    NO_INTERNET,
    Committed,
    Template,
    allowing,
)
from tests.mutants.net import egress_of_the_balancer

CLAIM = Claim("name", "subject", "statement", (), ())
WITNESS = Witness("text", ("Resources",))


@pytest.mark.requirement("SC-010")
@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_every_claim_is_proved_with_witnesses_and_assumptions(
    committed: Committed, environment: str
) -> None:
    contract = Contract(environment, prefix_lists=LISTS)
    verdicts = prove(read(committed(environment)), contract)
    assert {one.claim.name for one in verdicts} == {
        "no-bedrock",
        "no-destruction",
        "no-internet",
        "reached-by-callers-only",
    }
    for one in verdicts:
        assert one.outcome is Outcome.PROVED, one
        assert one.witnesses
        assert one.claim.assumptions
        assert one.claim.statement.startswith("The template")


@pytest.mark.requirement("FR-025")
def test_the_way_out_of_the_load_balancers_group_is_assumed_as_the_template_has_it(
    committed: Committed,
) -> None:
    """Whether the template writes egress on that group decides what its owner has to keep."""
    template = committed("dev")
    silent = assumed(template)
    assert "this template writes no egress on it" in silent
    assert "default allow-all" not in silent
    template["Resources"]["LoadBalancerToBffEgress"] = egress_of_the_balancer("dev")
    written = assumed(template)
    assert "EC2's default allow-all takes that away" in written
    assert "writes no egress" not in written


def verdict(template: Template, claim: str, **names: Any) -> Verdict:
    found = prove(read(template), Contract("dev", ImportNames(**names), LISTS))
    (one,) = (v for v in found if f"{v.claim.name} {v.claim.subject}" == claim)
    return one


def assumed(template: Template) -> str:
    found = verdict(template, BFF_REACHED)
    assert found.outcome is Outcome.PROVED
    return "; ".join(found.claim.assumptions)


def test_without_the_prefix_list_of_the_settings_the_internet_is_not_ruled_out(
    committed: Committed,
) -> None:
    verdicts = prove(read(committed("dev")), Contract("dev"))
    private = [one for one in verdicts if one.claim.name == "no-internet"]
    assert {one.claim.subject for one in private} == {s.name for s in SERVICES if not s.public}
    for one in private:
        assert one.outcome is Outcome.UNKNOWN
        assert "pl-63a5400a" in one.witnesses[0].text


def test_under_other_export_names_no_group_is_a_caller(
    committed: Committed,
) -> None:
    verdicts = prove(read(committed("dev")), Contract("prod"))
    outcomes = {(one.claim.name, one.claim.subject): one.outcome for one in verdicts}
    assert outcomes["reached-by-callers-only", "bff"] is Outcome.REFUTED
    assert outcomes["no-internet", "agentcore"] is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ("", Outcome.UNKNOWN),
        ("shown", Outcome.PROVED),
        ("shown unknown", Outcome.UNKNOWN),
        ("shown against", Outcome.REFUTED),
        ("shown unknown against", Outcome.REFUTED),
    ],
)
def test_unknown_fails_and_nothing_is_proved_by_being_absent(found: str, outcome: Outcome) -> None:
    assert judged(CLAIM, ((one, WITNESS) for one in found.split())).outcome is outcome


@pytest.mark.parametrize(
    ("outcomes", "incomplete", "expected"),
    [
        ([Outcome.PROVED, Outcome.PROVED], "", Outcome.PROVED),
        ([Outcome.PROVED, Outcome.PROVED], "too many", Outcome.UNKNOWN),
        ([Outcome.PROVED, Outcome.UNKNOWN], "", Outcome.UNKNOWN),
        ([Outcome.UNKNOWN, Outcome.REFUTED], "", Outcome.REFUTED),
    ],
)
def test_a_claim_is_proved_only_if_it_is_in_every_combination(
    outcomes: list[Outcome], incomplete: str, expected: Outcome
) -> None:
    verdicts = [Verdict(CLAIM, outcome, (WITNESS,)) for outcome in outcomes]
    assert in_all_combinations(verdicts, incomplete).outcome is expected


# What stays proved although a thing that it rested on is gone, and why that is no claim on nothing.
RESTS_ON_THE_REST = {
    ("Resources/AgentCoreFromBffIngress", "no-internet"): "what goes out is still told",
    ("Resources/BffTaskDefinition/Properties/ExecutionRoleArn", "no-bedrock"): "no role is named",
}


READ = ("AWS::EC2::", "AWS::ECS::Service", "AWS::ECS::TaskDefinition", "AWS::IAM::")


def removals(resources: Mapping[str, Resource]) -> Iterator[tuple[Path, Any]]:
    """Yield what claims read: each resource and property to remove, each list to empty.

    Of lists in the items of one list, such as the actions of statements, it is the first.
    """
    emptied: set[Path] = set()
    for resource in resources.values():
        if resource.type.startswith(READ):
            yield resource.path, None
            yield from ((resource.at(name), None) for name in resource.properties)
            for path, value in walk(resource.properties, resource.at()):
                steps = tuple(step for step in path if isinstance(step, str))
                function = symbols.function({steps[-1]: value})
                if value and isinstance(value, list) and not function and steps not in emptied:
                    emptied.add(steps)
                    yield path, []


def without(node: Any, path: Path, left: Any) -> Any:
    """Return a copy of ``node`` with ``left`` at ``path``, and nothing there where it is None."""
    step, *further = path
    if further:
        inner = without(node[step], tuple(further), left)
        if isinstance(step, int):
            return [*node[:step], inner, *node[step + 1 :]]
        return {**node, step: inner}
    return {name: item for name, item in {**node, step: left}.items() if item is not None}


def test_no_claim_is_proved_on_nothing(committed: Committed) -> None:
    """Take each resource, property and list away: what rested on it is not proved by that."""
    contract = Contract("dev", prefix_lists=LISTS)
    given = {"BffDesiredCount": "2", "AgentCoreDesiredCount": "2"}
    (reading,) = read(committed("dev"), given=given).readings

    def rests_on(body: Mapping[str, object]) -> dict[tuple[str, str], set[Path]]:
        facts = Facts(body, (Reading(Combination(Document(body))),))
        return {
            (one.claim.name, one.claim.subject): {witness.path for witness in one.witnesses}
            for one in prove(facts, contract)
            if one.outcome is Outcome.PROVED
        }

    template = reading.document.body
    whole = rests_on(template)
    assert len(whole) == 8
    vacuous = {
        ("/".join(map(str, path)), claim)
        for path, left in removals(reading.document.resources)
        for (claim, subject), witnesses in rests_on(without(template, path, left)).items()
        if whole[claim, subject] - witnesses
    }
    assert vacuous == RESTS_ON_THE_REST.keys()


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
    allowing(action)(template)
    found = verdict(template, NO_BEDROCK)
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


def exports(**mapped: str) -> dict[str, Any]:
    return {"exceptions": {f"network.{key}": (Export(name),) for key, name in mapped.items()}}


def renamed(template: Template, old: str, new: str) -> Template:
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
    found = verdict(template, NO_INTERNET, **exports(PrivateAgentSubnetIds=export))
    assert found.outcome is outcome
    (promise,) = [one for one in found.claim.assumptions if "PrivateAgentSubnetIds`" in one]
    assert f"which settings take from `{export}`" in promise
    if outcome is Outcome.UNKNOWN:
        assert export in found.witnesses[0].text


def test_the_pattern_of_another_environment_keeps_claims_open(committed: Committed) -> None:
    template = renamed(committed("dev"), "bidopsai-dev-network-", "bidopsai-prod-network-")
    pattern = "bidopsai-prod-{stack}-{output}"
    for claim in (NO_INTERNET, BFF_REACHED):
        found = verdict(template, claim, pattern=pattern)
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
