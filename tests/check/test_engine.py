from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.runner import Runner

from bidops_cfn.check.engine import Engine
from bidops_cfn.check.report import Report, Request
from bidops_cfn.rules import house_rules
from bidops_cfn.rules._house_rule import HouseRule
from tests.mutants.mutant import REPOSITORY, Template, committed

Check = Callable[..., Report]


def found(report: Report) -> set[tuple[str, str]]:
    return {(one.rule, one.logical_id) for one in report.findings}


def test_nothing_is_found_in_a_committed_template(engine: Engine) -> None:
    file = REPOSITORY / "templates" / "dev" / "compute.json"
    report = engine.check(Request(file, file.name))
    assert report.findings == ()
    assert report.environment == "dev"  # as its metadata says


def faulty() -> Template:
    template = committed("dev")
    resources = template["Resources"]
    resources["BffTaskDefinition"]["Properties"]["Cpu"] = "256"
    resources["BffService"]["Properties"]["DeploymentConfiguration"]["MaximumPercent"] = "many"
    template["Parameters"]["Unused"] = {"Type": "String"}
    return template


@pytest.fixture(scope="module")
def report(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Report:
    file = tmp_path_factory.mktemp("faulty") / "template.json"
    file.write_text(json.dumps(faulty(), indent=1))
    return engine.check(Request(file, file.name, "", REPOSITORY))


def test_a_finding_says_rule_requirement_place_and_what_to_do(report: Report) -> None:
    (finding,) = [one for one in report.findings if one.rule == "E9202"]
    assert finding.logical_id == "BffTaskDefinition"
    assert finding.pointer == "/Resources/BffTaskDefinition/Properties/Cpu"
    assert '"Cpu": "256"' in json.dumps(faulty(), indent=1).splitlines()[finding.line - 1]
    assert finding.message == "Cpu is 256, must be 512"
    assert "FR-041" in finding.requirements
    assert finding.fix.startswith("Set cpu and memory of [services.<service>] in params/dev.toml ")
    assert finding.source_url.startswith("https://docs.aws.amazon.com/")
    assert finding.level == "error"


def test_cfn_lints_own_rules_run_in_the_same_pass_and_warnings_are_findings(report: Report) -> None:
    assert {one.rule for one in report.findings} >= {"E3012", "E9602"}
    assert {one.level for one in report.findings} >= {"error", "warning"}


def test_neither_a_suppression_nor_a_configuration_file_silences_anything(
    check: Check, report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E, W, I]\nregions: [nowhere]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    everything = {"config": {"ignore_checks": ["E", "W", "I"]}}
    template = faulty()
    template["Metadata"]["cfn-lint"] = everything
    for resource in template["Resources"].values():
        resource["Metadata"] = {"cfn-lint": everything}
    after = found(check(json.dumps(template)))
    assert found(report) <= after
    assert ("E9003", "BffTaskDefinition") in after


def test_a_contradiction_is_a_finding(check: Check) -> None:
    report = check(json.dumps(committed("prod")), environment="test")
    assert [one.rule for one in report.findings] == ["E9002"]
    assert 'is checked as "test"' in report.findings[0].message


def without_properties(template: Template) -> None:
    for resource in template["Resources"].values():
        del resource["Properties"]


def without_resources(template: Template) -> None:
    del template["Resources"]


def of_nothing(template: Template) -> None:
    template.clear()


def of_wrong_types(template: Template) -> None:
    template["Resources"] = {"A": "x", "B": None, "C": [], "D": {"Type": 5, "Properties": []}}


def of_lists(template: Template) -> None:
    for section in list(template):
        template[section] = [template[section]]


def beyond_measure(template: Template) -> None:
    for number in range(60):
        equals = {"Fn::Equals": [{"Ref": "BffDesiredCount"}, str(number)]}
        template["Conditions"][f"C{number}"] = equals
        topic = {"Type": "AWS::SNS::Topic", "Condition": f"C{number}"}
        template["Resources"][f"R{number}"] = topic


def of_many_values(template: Template) -> None:
    template["Resources"]["BffTaskDefinition"]["Properties"]["Tags"] = ["k"] * 20_000


def expanded(template: Template) -> None:
    template["Transform"] = "AWS::LanguageExtensions"
    loop: list[Any] = ["X", ["A"], {"T${X}": {"Type": "AWS::SNS::Topic"}}]
    template["Resources"]["Fn::ForEach::T"] = loop


@pytest.mark.parametrize(
    "broken",
    [
        without_properties, without_resources, of_nothing, of_wrong_types, of_lists,
        beyond_measure, of_many_values, expanded,
    ],
)  # fmt: skip
def test_a_broken_template_is_found_and_ends(
    check: Check, broken: Callable[[Template], None]
) -> None:
    template = committed("dev")
    broken(template)
    assert check(json.dumps(template)).findings


@pytest.mark.parametrize("text", ["null", "1: 2", "Resources:\n  1:\n    Type: x", "{}"])
def test_what_is_hardly_a_template_is_found(check: Check, text: str) -> None:
    assert check(text, "template.yaml").findings


def test_a_template_in_yaml_is_judged_like_one_in_json(check: Check) -> None:
    from cfn_flip import to_yaml

    assert check(to_yaml(json.dumps(committed("test"))), "template.yaml").findings == ()


def test_a_rule_that_fails_is_a_finding_and_so_is_a_template_without_a_graph(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = next(rule for rule in house_rules() if rule.id == "E9202")

    def fail(judged: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(rule, "findings", fail)
    monkeypatch.setattr("cfnlint.template.template.Graph", None)  # cfn-lint goes on without
    findings = check(json.dumps(committed("dev"))).findings
    assert {one.rule for one in findings} == {"E0000", "E0002"}
    messages = [one.message for one in findings if one.rule == "E0000"]
    assert messages == ["cfn-lint cannot tell what refers to what in it"]


def test_every_house_rule_is_in_the_engine_and_on(engine: Engine) -> None:
    ours = {rule_id for rule_id, rule in engine.rules.items() if isinstance(rule, HouseRule)}
    assert ours == {str(rule.id) for rule in house_rules()}
    assert len(engine.rules) > 250


def runner(*arguments: str) -> Runner:
    rules = str(REPOSITORY / "bidops_cfn" / "rules")
    return Runner(ConfigMixIn([*arguments, "-a", rules]))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # settings are found from the template


def test_cfn_lint_finds_the_rules_and_nothing_in_a_committed_template() -> None:
    lint = runner("-t", str(REPOSITORY / "templates/dev/compute.json"))
    assert {str(rule.id) for rule in house_rules()} <= set(lint.rules)
    assert list(lint.run()) == []


def test_cfn_lint_can_be_told_the_environment_and_that_every_check_is_mandatory(
    tmp_path: Path,
) -> None:
    template = {"Metadata": committed("dev")["Metadata"], "Resources": {}}
    template["Metadata"]["cfn-lint"] = {"config": {"ignore_checks": ["E9"]}}
    file = tmp_path / "template.json"
    file.write_text(json.dumps(template))
    lint = runner(
        "-t", str(file), "--mandatory-checks", "E", "W",
        "-x", "E9002:environment=prod", f"E9002:project={REPOSITORY}",
    )  # fmt: skip
    messages = [match.message for match in lint.run() if match.rule.id in ("E9002", "E9003")]
    assert any('is "dev", but it is checked as "prod"' in message for message in messages)
    assert any("suppresses checks" in message for message in messages)


def test_in_the_repository_no_template_can_silence_cfn_lint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = committed("dev")
    template["Metadata"]["cfn-lint"] = {"config": {"ignore_checks": ["E", "W", "I"]}}
    file = tmp_path / "template.json"
    file.write_text(json.dumps(template))
    monkeypatch.chdir(REPOSITORY)
    assert {match.rule.id for match in runner("-t", str(file)).run()} == {"E9002", "E9003"}
