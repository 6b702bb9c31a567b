from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.facts.actions import rank
from bidops_cfn.review.permission_facts import COLUMNS, iam_tsv, permission_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from bidops_cfn.spec.reviewed import NONE
from tests.review.risks import statements


def lines(subject: Subject) -> list[str]:
    return iam_tsv(subject).splitlines()


def test_the_table_has_a_header_and_one_sorted_line_per_fact(subjects: list[Subject]) -> None:
    for subject in subjects:
        header, *rest = lines(subject)
        assert header == "\t".join(COLUMNS)
        assert rest == sorted(set(rest))
        assert {line.count("\t") for line in rest} == {len(COLUMNS) - 1}


def test_every_permission_of_the_committed_templates_was_asked_for(
    subjects: list[Subject],
) -> None:
    for subject in subjects:
        assert NONE not in {fact.requirement for fact in permission_facts(subject)}


@pytest.mark.requirement("FR-017")
def test_the_agents_bedrock_permissions_name_their_requirement(subject: Subject) -> None:
    found = [line for line in lines(subject) if "\tbedrock:InvokeAgent\t" in line]
    assert len(found) == 1
    assert found[0].startswith("AgentCoreTaskRole\tallows\t")
    assert found[0].endswith("\tInvokeAgents\tFR-017")


def test_imports_are_shown_by_their_key_in_the_contract(subject: Subject) -> None:
    text = iam_tsv(subject)
    assert "${storage.KnowledgeBaseBucketName}" in text
    assert "bidopsai-prod-storage" not in text


def with_statement(template: dict[str, Any], environment: Environment, **one: object) -> Subject:
    statements(template, "BffTaskRole").append({"Resource": "*", "Sid": "New", **one})
    return Subject(environment, json.dumps(template))


@pytest.mark.parametrize(
    ("action", "shown"),
    [
        ("S3:getobject", "s3:GetObject\tRead"),
        ("sqs:*Message", "sqs:*Message = sqs:DeleteMessage sqs:ReceiveMessage sqs:SendMessage"),
        ("unknown:Thing", "unknown:thing\tUnknown"),
        ("*", "* = "),
    ],
)
def test_actions_are_spelt_as_the_catalogue_spells_them_and_wildcards_are_expanded(
    template: dict[str, Any], prod: Environment, action: str, shown: str
) -> None:
    subject = with_statement(template, prod, Effect="Allow", Action=action)
    found = [line for line in lines(subject) if "\tNew\t" in line]
    assert len(found) == 1
    assert f"BffTaskRole\tallows\t{shown}" in found[0]
    assert found[0].endswith(f"\t{NONE}")


def test_a_denial_is_shown_as_one(template: dict[str, Any], prod: Environment) -> None:
    subject = with_statement(template, prod, Effect="Deny", Action="s3:GetObject")
    assert "BffTaskRole\tdenies\ts3:GetObject\tRead\t*\t-\tNew\t-" in lines(subject)


def test_the_levels_of_the_catalogue_are_ranked_worst_first() -> None:
    levels = ["Permissions management, Write", "Tagging, Write", "Write", "Unknown", "Read", "List"]
    assert [*map(rank, levels)] == sorted({*map(rank, levels)})
    assert rank("something new") == 0


def test_a_role_that_nobody_uses_has_no_use(template: dict[str, Any], prod: Environment) -> None:
    template["Resources"]["Spare"] = template["Resources"]["BffTaskRole"]
    facts = permission_facts(Subject(prod, json.dumps(template)))
    assert not [one for one in facts if (one.role, one.fact) == ("Spare", "used as")]
    assert [one for one in facts if (one.role, one.fact) == ("Spare", "allows")]
