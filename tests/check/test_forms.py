from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from bidops_cfn.check.forms import github, junit, records, sarif, text
from bidops_cfn.check.report import Finding, Report

FINDING = Finding(
    rule="E9202",
    level="error",
    message="Cpu is 256, must be 512",
    fix="Set cpu and memory of the service in params/<environment>.toml and render again",
    logical_id="BffTaskDefinition",
    pointer="/Resources/BffTaskDefinition/Properties/Cpu",
    line=812,
    column=5,
    requirements=("FR-041", "template"),
    title="Tasks have the size that their environment prescribes",
    source_url="https://docs.aws.amazon.com/x",
)
WARNING = Finding(
    rule="W2001",
    level="warning",
    message="Parameter Unused: not used,\n50 % 'x' <&>\x07",
    fix="",
    logical_id="Unused",
    pointer="/Parameters/Unused",
    line=3,
    column=1,
    requirements=(),
    title="Unused",
    source_url="",
)
CLEAN = Report("templates/dev/compute.json", "dev", (), 65)
DIRTY = Report("templates/a:b,c/compute.json", "prod", (WARNING, FINDING), 65)


def test_success_is_one_line() -> None:
    assert text([CLEAN]) == "1 template passes: dev (cfn-lint and 65 house rules)\n"
    assert text([CLEAN, CLEAN]).startswith("2 templates pass: dev, dev")


def test_text_tells_what_is_wrong_where_by_which_requirement_and_what_to_do() -> None:
    shown = text([CLEAN, DIRTY])
    for part in (
        "templates/a:b,c/compute.json",
        "  BffTaskDefinition\n",
        "    E9202  Tasks have the size that their environment prescribes (FR-041)\n",
        "      line 812  Cpu is 256, must be 512\n",
        "                /Resources/BffTaskDefinition/Properties/Cpu\n",
        "-> Set cpu and memory",
        "2 findings in 1 of 2 templates",
        "After a fix, or to undo an edit of a template: bidops-cfn render --all\n",
    ):
        assert part in shown
    assert "templates/dev" not in shown
    assert max(len(line) for line in shown.splitlines()) <= 100


def test_text_groups_findings_of_one_rule_on_one_resource() -> None:
    shown = text([Report("x", "dev", (FINDING, replace(FINDING, message="More")), 65)])
    assert shown.count("E9202") == shown.count("-> Set cpu") == shown.count("/Properties/Cpu") == 1
    assert shown.count("line 812") == 2


def test_text_sends_no_command_to_the_terminal() -> None:
    hostile = replace(
        FINDING, message="\x1b[31mred\x1b]0;t\x07", logical_id="\x1b[2J", pointer="/\x1b"
    )
    shown = text([Report("x", "dev", (hostile,), 65)])
    assert shown.replace("\n", "").isprintable()


def test_text_cuts_long_texts() -> None:
    many = replace(FINDING, message="a " * 1000, requirements=tuple(f"FR-00{n}" for n in range(9)))
    shown = text([Report("x", "dev", (many,), 65)])
    assert "FR-003 and 5 more)" in " ".join(shown.split())
    assert "FR-004" not in shown
    assert shown.count("a a") < 150


def test_json_is_a_list_with_an_object_for_each_finding() -> None:
    assert json.loads(records([CLEAN])) == []
    first, second = json.loads(records([CLEAN, DIRTY]))
    assert first["level"] == "warning"
    assert second == {
        "rule": "E9202",
        "level": "error",
        "message": "Cpu is 256, must be 512",
        "fix": FINDING.fix,
        "logical_id": "BffTaskDefinition",
        "pointer": "/Resources/BffTaskDefinition/Properties/Cpu",
        "file": "templates/a:b,c/compute.json",
        "line": 812,
        "requirements": ["FR-041"],
        "environment": "prod",
    }


def test_sarif_has_a_rule_and_a_result_for_each_finding() -> None:
    (run,) = json.loads(sarif([DIRTY]))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["E9202", "W2001"]
    warning, error = run["results"]
    assert (warning["level"], error["level"]) == ("warning", "error")
    (location,) = error["locations"]
    assert location["physicalLocation"]["region"]["startLine"] == 812
    assert location["logicalLocations"][0]["name"] == "BffTaskDefinition"
    assert json.loads(sarif([CLEAN]))["runs"][0]["results"] == []


def test_junit_has_a_case_for_each_template_and_a_failure_for_each_finding() -> None:
    suite = ET.fromstring(junit([CLEAN, DIRTY])).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    clean, dirty = suite.findall("testcase")
    assert clean.findall("failure") == []
    assert [one.get("type") for one in dirty.findall("failure")] == ["W2001", "E9202"]


def test_github_gets_one_escaped_command_for_each_finding() -> None:
    assert github([CLEAN]) == ""
    warning, error, *rest = github([DIRTY]).splitlines()
    assert rest == []
    assert warning.startswith("::warning file=templates/a%3Ab%2Cc/compute.json,line=3,col=1,")
    assert "not used,%0A50 %25" in warning
    assert error.endswith("::Cpu is 256, must be 512. " + FINDING.fix)


@pytest.mark.parametrize("form", [records, sarif, junit, github])
def test_a_hostile_message_breaks_no_form(form: Callable[[list[Report]], str]) -> None:
    assert "W2001" in form([Report("x", "dev", (WARNING,), 65)])
