"""The page of one environment, its graph, and the small pieces that it is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute.template import render
from bidops_cfn.facts.actions import rank
from bidops_cfn.review.exposures import exposure_list, suppressions
from bidops_cfn.review.flows import Edge, flow_graph, network_tsv
from bidops_cfn.review.permissions import capability_matrix, permission_facts
from bidops_cfn.review.review_page import review_page
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.writing import alert, bullets, counted, fence, page, table, tsv
from bidops_cfn.settings.environment import Environment
from tests.settings_files import with_table


def section(page: str, title: str) -> str:
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_setting_comes_before_what_it_brings(dev: Environment) -> None:
    security = replace(dev.security, exec_log_group="/audit/ecs-exec")
    environment = replace(dev, security=security)
    page = review_page(Subject(environment, render(environment)))
    first = next(line for line in page.splitlines() if line.startswith("> ❌"))
    assert "security.exec_log_group = /audit/ecs-exec" in first


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


def test_only_names_of_variables_are_exposed_never_their_values(subject: Subject) -> None:
    shown = [one.shown for one in exposure_list(subject) if one.kind == "Plain variable"]
    assert "LOG_LEVEL" in shown
    assert "info" not in " ".join(shown)


def test_the_levels_of_the_catalogue_are_ranked_worst_first() -> None:
    levels = ["Permissions management, Write", "Tagging, Write", "Write", "Unknown", "Read", "List"]
    assert [*map(rank, levels)] == sorted({*map(rank, levels)})
    assert rank("something new") == 0


def test_the_load_balancers_egress_is_a_line_where_its_owner_asks_for_it(
    subject: Subject, prod: Environment
) -> None:
    line = "network.AlbSecurityGroupId\tegress\ttcp\t3000\tbff\tLoadBalancerToBffEgress\tFR-021"
    asked = with_table(prod, "network", load_balancer_rules=True)
    assert line in network_tsv(Subject(asked, render(asked))).splitlines()
    assert "LoadBalancerToBffEgress" not in network_tsv(subject)


def edge(subject: Subject, source: str, target: str) -> Edge:
    (found,) = [e for e in flow_graph(subject).edges if (e.source, e.target) == (source, target)]
    return found


@pytest.mark.requirement("FR-027")
def test_both_sides_of_a_flow_are_one_edge_with_both_rules(subject: Subject) -> None:
    found = edge(subject, "bff", "agentcore")
    assert found.label == "8080"
    assert found.rules == ("AgentCoreFromBffIngress", "BffToAgentCoreEgress")
    assert found.requirements == ("FR-026", "FR-027")
    assert found.asked
    assert not found.promised
