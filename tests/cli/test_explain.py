from __future__ import annotations

import json
from pathlib import Path

import pytest

from bidops_cfn.cli.explain import marked_tests
from bidops_cfn.cli.root import root
from bidops_cfn.project import Project

REPOSITORY = Path(__file__).parents[2]


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert root(["--project", str(REPOSITORY), "explain", *arguments]) == 0
    out = capsys.readouterr().out
    if "json" in arguments:
        return out
    assert all(len(line) <= 100 or " " not in line.strip("- ") for line in out.splitlines())
    return out


@pytest.mark.requirement("FR-026")
def test_a_requirement_is_explained_from_text_to_tests(capsys: pytest.CaptureFixture[str]) -> None:
    out = explained(capsys, "FR-026", "--env", "prod")
    assert out.startswith("FR-026  AgentCore reached from BFF on 8080\n")
    assert "allowing inbound traffic from BFF security" in out
    assert "  prod ✅ proved" in out
    assert "no other stack adds rules to AgentCoreSecurityGroup" in out
    assert "templates/prod/compute.json" in out
    assert '    "AgentCoreFromBffIngress": {' in out
    assert "\n  - E94" in out
    assert "::test_a_requirement_is_explained_from_text_to_tests" in out


@pytest.mark.parametrize("asked", ["FR-026", "E9408", "US4-3"])
def test_an_explanation_fits_the_terminal_and_loses_no_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    words = explained(capsys, asked).split()
    for columns in (60, 80):
        monkeypatch.setenv("COLUMNS", str(columns))
        out = explained(capsys, asked.lower())
        assert out.split() == words
        long = [line for line in out.splitlines() if len(line) > columns]
        assert [line for line in long if " " in line.strip("- ")] == []


def test_programs_read_a_requirement(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(explained(capsys, "fr-026", "--env", "prod", "--output", "json"))
    assert (found["id"], found["verdicts"]) == ("FR-026", {"prod": "proved"})
    (claim,) = found["claims"]
    assert (claim["environment"], claim["outcome"]) == ("prod", "PROVED")
    assert claim["assumptions"]
    template = (REPOSITORY / "templates/prod/compute.json").read_text("utf-8").splitlines()
    where = found["evidence"][0]
    assert template[where["first_line"] - 1].split('"')[1] in where["pointer"]
    assert "E9408" in [rule["id"] for rule in found["rules"]]
    assert found["tests"]


def test_programs_read_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(explained(capsys, "e9408", "--output", "json"))
    assert found["id"] == "E9408"
    assert found["findings"] == {"dev": [], "prod": [], "test": []}
    assert "FR-026" in found["requirements"]


def test_lines_of_the_template_are_numbered_as_they_stand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = explained(capsys, "FR-044", "--env", "dev")
    source = (REPOSITORY / "templates" / "dev" / "compute.json").read_text("utf-8").splitlines()
    numbered = [line.split(None, 1) for line in out.splitlines() if '"RetentionInDays"' in line]
    assert len(numbered) == 2
    for number, text in numbered:
        assert source[int(number) - 1].strip() == text


def test_our_reading_is_told_where_the_specification_is_ambiguous(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = explained(capsys, "us4-3")
    assert "Our reading:" in out
    assert "Their routes are NetworkStack's claim." in " ".join(out.split())


def test_the_saving_is_explained_with_its_discount(capsys: pytest.CaptureFixture[str]) -> None:
    out = explained(capsys, "SC-008")
    assert "at least 31.1 % are saved, the least at 9 tasks" in out
    assert "Spot is 70 % cheaper than on-demand capacity in us-east-1 (a setting)" in out
    assert "prod -" in out


def test_a_rule_is_explained_with_what_it_guards_and_finds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = explained(capsys, "e9301", "--env", "prod")
    assert out.startswith("E9301  ")
    assert "FR-017  What AgentCore's code may do" in out
    assert "prod: finds nothing" in out
    assert "What to do:" in out
    assert "Written in:\n  bidops_cfn/rules/permissions.py" in out


def test_a_rule_that_finds_something_says_what_and_where(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template = project / "templates" / "prod" / "compute.json"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace('"s3:PutObject"', '"s3:DeleteObject"'), encoding="utf-8")
    assert root(["--project", str(project), "explain", "E9301", "--env", "prod"]) == 0
    out = capsys.readouterr().out
    assert "prod: 2 findings" in out
    assert "s3:DeleteObject" in out
    assert "/Resources/AgentCoreTaskRole" in out


def test_a_long_item_stays_beside_its_dash(capsys: pytest.CaptureFixture[str]) -> None:
    assert root(["--project", str(REPOSITORY), "explain", "FR-017", "--env", "dev"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "-" not in {line.strip() for line in lines}
    assert max(len(line) for line in lines if line.startswith("  - tests/")) > 100


def test_marks_are_found_on_functions_parameters_and_modules(tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_function.py").write_text(
        "@pytest.mark.requirement('FR-001')\ndef test_one(): pass\ndef test_two(): pass\n"
    )
    (tests / "test_module.py").write_text("pytestmark = pytest.mark.requirement('FR-001')\n")
    (tests / "test_parameter.py").write_text(
        "@pytest.mark.parametrize('x', [param(1, marks=pytest.mark.requirement('FR-001'))])\n"
        "def test_three(x): pass\n"
    )
    (tests / "test_half_written.py").write_text("def FR-001(")
    assert list(marked_tests(Project(tmp_path), "FR-001")) == [
        "tests/test_function.py::test_one",
        "tests/test_module.py",
        "tests/test_parameter.py::test_three",
    ]
