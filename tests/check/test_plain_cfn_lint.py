"""The rules work without this package's command line: ``cfn-lint -a bidops_cfn/rules``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.runner import Runner

from bidops_cfn.rules import house_rules
from tests.mutants.committed import ENVIRONMENTS, REPOSITORY, committed


def runner(*arguments: str) -> Runner:
    rules = str(REPOSITORY / "bidops_cfn" / "rules")
    return Runner(ConfigMixIn([*arguments, "-a", rules]))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # settings are found from the template


def test_cfn_lint_finds_the_rules_and_nothing_in_committed_templates() -> None:
    files = [str(REPOSITORY / "templates" / name / "compute.json") for name in ENVIRONMENTS]
    lint = runner("-t", *files)
    assert {str(rule.id) for rule in house_rules()} <= set(lint.rules)
    assert list(lint.run()) == []


def test_cfn_lint_can_be_told_the_environment_and_that_every_check_is_mandatory(
    tmp_path: Path,
) -> None:
    template = committed("dev")
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
