"""The page of one environment, and the small pieces that it is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute.template import render
from bidops_cfn.facts.actions import every_action
from bidops_cfn.review.exposures import exposure_list, suppressions
from bidops_cfn.review.permissions import capability_matrix, permission_facts
from bidops_cfn.review.review_page import review_page
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.writing import alert, bullets, counted, fence, page, table, tsv
from bidops_cfn.settings.environment import Environment
from tests.review.conftest import Edited
from tests.review.risks import bring, container, properties, statements


def section(page: str, title: str) -> str:
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_nothing_bold_says_that_all_is_proved_beside_an_alarming_exposure(edited: Edited) -> None:
    properties(edited.template, "BffTaskRole")["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/X"]
    page = review_page(edited.subject)
    box = page.partition("> [!CAUTION]\n")[2].partition("\n\n")[0]
    assert "claims proved" in box
    bold = [line for line in box.splitlines() if line.startswith("> **")]
    assert [line for line in bold if "proved" in line] == []
    assert ", 1 alarming exposure," in bold[0]


def test_the_setting_comes_before_what_it_brings(dev: Environment) -> None:
    security = replace(dev.security, exec_log_group="/audit/ecs-exec")
    environment = replace(dev, security=security)
    page = review_page(Subject(environment, render(environment)))
    first = next(line for line in page.splitlines() if line.startswith("> ❌"))
    assert "security.exec_log_group = /audit/ecs-exec" in first


def test_an_unasked_flow_is_a_thick_arrow_and_listed(edited: Edited) -> None:
    properties(edited.template, "AgentCoreSecurityGroup")["SecurityGroupEgress"].append(
        {"IpProtocol": "tcp", "FromPort": 25, "ToPort": 25, "CidrIp": "0.0.0.0/0"}
    )
    page = review_page(edited.subject)
    assert '  agentcore ==>|"25"| internet\n' in page
    assert "❌ agentcore: `egress 25 0.0.0.0/0`" in section(page, "What no requirement asks for")
    assert "❌ REFUTED" in page.replace("&nbsp;", " ")


def test_a_suppression_is_listed_with_its_place(edited: Edited) -> None:
    edited.template["Resources"]["Cluster"]["Metadata"] = {"cfn-lint": {"config": {}}}
    page = review_page(edited.subject)
    assert "❌ `cfn-lint` at `/Resources/Cluster/Metadata/cfn-lint`" in page
    assert "1 suppression**" in page


def test_one_thing_is_counted_in_the_singular() -> None:
    assert [counted(number, "rule") for number in (0, 1, 2)] == ["0 rules", "1 rule", "2 rules"]


def test_a_table_is_sorted_without_duplicates_and_one_line_per_row() -> None:
    text = tsv(("a", "b"), [("2", "x\ty\nz"), ("1", ""), ("1", "")])
    assert text == "a\tb\n1\t-\n2\tx\\ty\\nz\n"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([("1", "", "2"), ("", "", "3")], "| a | c |\n| --- | --- |\n| 1 | 2 |\n|  | 3 |\n"),
        ([], "| a | b | c |\n| --- | --- | --- |\n"),
    ],
)
def test_a_column_without_anything_is_left_out(rows: list[tuple[str, ...]], text: str) -> None:
    assert table(("a", "b", "c"), rows) == text


def test_a_page_has_one_empty_line_between_sections() -> None:
    parts = ("# A", "", bullets(["b"]), alert("TIP", ["c"]), fence("x", "d\n"))
    assert page(parts) == "# A\n\n- b\n\n> [!TIP]\n> c\n\n```x\nd\n```\n"


@pytest.mark.parametrize("word", ["cfn-lint", "cfn_nag", "checkov", "guard", "skip"])
def test_a_suppression_is_seen_in_the_template_and_in_a_resource(
    template: dict[str, Any], word: str
) -> None:
    template["Metadata"][word] = {}
    template["Resources"]["Cluster"]["Metadata"] = {word.upper(): {}}
    assert list(suppressions(template)) == [
        (word, ("Metadata", word)),
        (word.upper(), ("Resources", "Cluster", "Metadata", word.upper())),
    ]


def rows_of(role: str, subject: Subject) -> list[str]:
    rows = capability_matrix(permission_facts(subject)).splitlines()
    return [row for row in rows if row.startswith(f"| `{role}` |")]


@pytest.mark.requirement("US5-4")
def test_the_matrix_counts_actions_by_service_and_level(subject: Subject) -> None:
    head, _, *rows = capability_matrix(permission_facts(subject)).splitlines()
    assert head == "| Role | Used as | bedrock | ecr | kms | logs | s3 | ssm |"
    assert "| Write 1, Read 1, List 1 |" in rows[1]
    assert rows_of("BffTaskRole", subject) == [
        "| `BffTaskRole` | task role of bff |  |  |  | Write 2 |  | Read 3 |"
    ]


def test_what_no_service_prefix_can_tell_is_any_service(edited: Edited) -> None:
    statements(edited.template, "BffTaskRole").append(
        {"Effect": "Allow", "Action": "*", "Resource": "*"}
    )
    (row,) = rows_of("BffTaskRole", edited.subject)
    assert f"| Permissions management {len(every_action())} |" in row


def test_a_managed_policy_from_outside_may_be_all_actions(edited: Edited) -> None:
    bring("attach a managed policy", edited.template)
    (row,) = rows_of("BffTaskRole", edited.subject)
    assert "| Unknown all |" in row


def test_only_names_of_variables_are_exposed_never_their_values(subject: Subject) -> None:
    shown = [one.shown for one in exposure_list(subject) if one.kind == "Plain variable"]
    assert "LOG_LEVEL" in shown
    assert "info" not in " ".join(shown)


def test_an_image_from_elsewhere_and_a_telltale_variable_are_alarming(edited: Edited) -> None:
    container(edited.template, "Bff")["Image"] = "nginx:latest"
    container(edited.template, "Bff")["Environment"].append({"Name": "DB_PASSWORD", "Value": "x"})
    found = exposure_list(edited.subject)
    assert [(one.kind, one.shown) for one in found if one.alarming] == [
        ("Image", "nginx:latest"),
        ("Plain variable", "DB_PASSWORD"),
    ]
    assert found[0].alarming, "what should not be there comes first"
