from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.facts.actions import rank
from bidops_cfn.review.permissions import iam_tsv, permission_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from bidops_cfn.spec.reviewed import NONE
from tests.review.conftest import Edited
from tests.review.risks import properties, statements


def lines(subject: Subject) -> list[str]:
    return iam_tsv(subject).splitlines()


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


def test_all_principals_but_some_are_shown_as_that(edited: Edited) -> None:
    trust = properties(edited.template, "BffTaskRole")["AssumeRolePolicyDocument"]["Statement"]
    trust.append({"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "sts:AssumeRole"})
    found = lines(edited.subject)
    assert "BffTaskRole\ttrusts\tsts:AssumeRole\t-\tevery principal but AWS 1\t-\t-\tNONE" in found


def test_the_levels_of_the_catalogue_are_ranked_worst_first() -> None:
    levels = ["Permissions management, Write", "Tagging, Write", "Write", "Unknown", "Read", "List"]
    assert [*map(rank, levels)] == sorted({*map(rank, levels)})
    assert rank("something new") == 0


def test_a_role_that_no_task_uses_has_no_use(edited: Edited) -> None:
    edited.template["Resources"]["Spare"] = edited.template["Resources"]["BffTaskRole"]
    facts = permission_facts(edited.subject)
    assert not [one for one in facts if (one.role, one.fact) == ("Spare", "used as")]
    assert [one for one in facts if (one.role, one.fact) == ("Spare", "allows")]
