"""What rule packs say is what the list says: what is new, gone or counted otherwise is found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bidops_cfn.review.rule_packs import RuleList, parse
from judges.checkov import judge as checkov
from judges.guard import judge as guard
from judges.judgement import Judgement
from judges.rule_packs import Answer, compare

LIST = parse(
    "findings-x.toml",
    """
tool = "x 1"
[packs.X]
title = "The X rules"
passed = { dev = 1, prod = 2 }
[[deviation]]
rules = ["X1[parameter/{environment}/*]"]
environments = ["dev", "prod"]
resources = ["Role"]
reason = "It is what is asked for."
""",
)
SAME = {
    "dev": [Answer("X2", "Role", passed=True), Answer("X1[parameter/dev/*]", "Role", passed=False)],
    "prod": [
        Answer("X2", "Role", passed=True),
        Answer("X3", "", passed=True),
        Answer("X1[parameter/prod/*]", "Role", passed=False),
    ],
}


def found(answers: dict[str, Sequence[Answer]], rules: RuleList = LIST) -> dict[str, Judgement]:
    return {one.question: one for one in compare(rules, answers)}


def test_the_same_holds_and_says_how_many_rules_were_asked() -> None:
    judged = found({**SAME})
    assert all(one.holds for one in judged.values())
    assert {name: one.looked_at for name, one in judged.items()} == {
        "dev: The X rules": 2,
        "prod: The X rules": 3,
    }


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ([*SAME["dev"], Answer("X1[parameter/*]", "Role", passed=False)],
         "new: X1[parameter/*] on Role"),
        ([*SAME["dev"], Answer("X1[parameter/dev/*]", "Other", passed=False)],
         "new: X1[parameter/dev/*] on Other"),
        (SAME["dev"][:1], "gone: X1[parameter/dev/*] on Role"),
        (SAME["dev"][1:], "rules that pass: 0; the list says 1"),
        ([*SAME["dev"], Answer("X4", "Role", passed=True)], "rules that pass: 2; the list says 1"),
    ],
    ids=["another finding of the rule", "another resource", "gone", "passes no more", "passes now"],
)  # fmt: skip
def test_a_difference_is_found(answers: Sequence[Answer], line: str) -> None:
    judged = found({**SAME, "dev": answers})
    assert judged["dev: The X rules"].findings == (line,)
    assert judged["prod: The X rules"].holds


def test_a_rule_that_one_resource_does_not_meet_does_not_pass() -> None:
    both = [*SAME["dev"], Answer("X1", "Other", passed=True)]
    assert found({**SAME, "dev": both})["dev: The X rules"].holds


def test_a_rule_that_cannot_tell_has_not_passed() -> None:
    doubt = Answer("X2[cannot tell]", "Other", passed=False)
    judged = found({**SAME, "dev": [*SAME["dev"], doubt]})["dev: The X rules"]
    assert judged.findings == (
        "new: X2[cannot tell] on Other",
        "rules that pass: 0; the list says 1",
    )


def test_an_environment_that_is_not_listed_is_found() -> None:
    judged = found({**SAME, "staging": [Answer("X2", "Role", passed=True)]})
    assert judged["staging: The X rules"].findings == (
        "rules that pass: 1; the list says no count",
    )


def test_an_environment_without_a_template_is_found() -> None:
    judged = found({"prod": SAME["prod"]})
    assert judged["dev: The X rules"].findings == ("listed, and has no template",)


def test_a_template_that_no_rule_is_about_does_not_hold() -> None:
    empty = parse("findings-x.toml", 'tool = "x 1"\n[packs.X]\ntitle = "The X rules"\n'
                  "passed = { dev = 0 }\n")  # fmt: skip
    assert not found({"dev": []}, empty)["dev: The X rules"].holds


def test_a_rule_of_no_pack_is_found() -> None:
    judged = found({**SAME, "prod": [*SAME["prod"], Answer("Y1", "Role", passed=False)]})
    strange = judged["every rule is in a pack of the list"]
    assert strange.findings == ("Y1 is in no pack of the list",)


def test_controls_are_named_by_the_files_of_their_rules(tmp_path: Path) -> None:
    (tmp_path / "ct-ecs-pr-2.guard").write_text(
        "rule insights_check when is_cfn_template(%INPUT_DOCUMENT)\n"
        "rule insights_check when is_cfn_hook(%INPUT_DOCUMENT, %T) {\n"
        "rule check(cluster) {\nrule is_cfn_hook(doc, T) {\n"
    )
    assert guard.read_controls(tmp_path) == {"insights_check": "CT.ECS.PR.2"}


def test_a_report_of_guard_names_what_failed_and_not_what_it_was_compared_with() -> None:
    failed = {
        "Rule": {
            "name": "b",
            "checks": [
                {"Clause": {"check": {"Resolved": {
                    "from": {"path": "/Resources/Cluster/Properties/ClusterSettings/0/Value"},
                    "to": {"path": "/Resources/Other/Properties/Value"},
                }}}},
                {"Clause": {"check": {"UnResolved": {"value": {
                    "traversed_to": {"path": "/Resources/LogGroup/Properties"},
                }}}}},
                {"Clause": {"check": {"UnResolved": {"value": {
                    "traversed_to": {"path": "/Resources/LogGroup/Properties"},
                }}}}},
            ],
        }
    }  # fmt: skip
    report = {"compliant": ["a"], "not_compliant": [failed], "not_applicable": ["a", "b", "c"]}
    assert guard.read_report(report, {"a": "CT.A.PR.1", "b": "CT.B.PR.1"}) == [
        Answer("CT.A.PR.1", "", passed=True),
        Answer("CT.B.PR.1", "Cluster", passed=False),
        Answer("CT.B.PR.1", "LogGroup", passed=False),
    ]


def test_a_failure_that_names_no_resource_is_one_of_the_template() -> None:
    report = {"compliant": [], "not_compliant": [{"Rule": {"name": "a", "checks": []}}]}
    assert guard.read_report(report, {"a": "CT.A.PR.1"}) == [
        Answer("CT.A.PR.1", "the template", passed=False)
    ]


def check(result: str) -> dict[str, object]:
    return {
        "check_id": "CKV_AWS_1",
        "resource": "AWS::Logs::LogGroup.LogGroup",
        "check_result": {"result": result},
        "file_abs_path": "/t/dev.json",
    }


def report(kind: str = "", result: str = "", errors: int = 0) -> dict[str, object]:
    kinds = ("passed_checks", "failed_checks", "skipped_checks")
    results: dict[str, list[dict[str, object]]] = {one: [] for one in kinds}
    found = {kind: [check(result)]} if kind else {}
    return {"summary": {"parsing_errors": errors}, "results": results | found}


@pytest.mark.parametrize(
    ("kind", "result", "passed"),
    [
        ("passed_checks", "PASSED", True),
        ("failed_checks", "FAILED", False),
        ("skipped_checks", "SKIPPED", False),
    ],
)
def test_only_what_checkov_passes_has_passed(kind: str, result: str, *, passed: bool) -> None:
    answers = checkov.read_report(report(kind, result), {"/t/dev.json": "dev"})
    (one,) = answers["dev"]
    assert (one.rule, one.resource, one.passed) == ("CKV_AWS_1", "LogGroup", passed)


def test_a_template_that_checkov_cannot_read_is_no_success() -> None:
    with pytest.raises(RuntimeError, match="cannot read"):
        checkov.read_report(report(errors=1), {"/t/dev.json": "dev"})
