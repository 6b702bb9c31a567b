"""``explain``: what a requirement or rule asks for, its verdict, and the lines that show it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bidops_cfn.cli.explain import marked_tests
from bidops_cfn.project import Project
from bidops_cfn.settings.services import SERVICES
from tests.cli.running import REPOSITORY, Shell, template


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell in the repository, which has tests too."""
    return Shell(REPOSITORY, capsys)


@pytest.mark.requirement("FR-026")
def test_a_requirement_is_explained_from_text_to_tests(here: Shell) -> None:
    out = here.said("explain", "FR-026", "--env", "prod")
    assert out.startswith("FR-026  AgentCore reached from BFF on 8080\n")
    for part in (
        "allowing inbound traffic from BFF security",
        "  prod ✅ proved",
        "no other stack adds rules to AgentCoreSecurityGroup",
        "templates/prod/compute.json",
        '    "AgentCoreFromBffIngress": {',
        "\n  - E94",
        "::test_a_requirement_is_explained_from_text_to_tests",
    ):
        assert part in out


@pytest.mark.parametrize("asked", ["FR-026", "E9408", "US4-3"])
def test_an_explanation_fits_the_terminal_and_loses_no_word(
    here: Shell, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    wide = here.said("explain", asked, "--env", "dev")
    monkeypatch.setenv("COLUMNS", "60")
    narrow = here.said("explain", asked.lower(), "--env", "dev")
    assert narrow.split() == wide.split()
    for columns, out in ((100, wide), (60, narrow)):
        long = [line for line in out.splitlines() if len(line) > columns]
        assert [line for line in long if " " in line.strip("- ")] == []


def test_programs_read_a_requirement(here: Shell) -> None:
    found = json.loads(here.said("explain", "fr-026", "--env", "prod", "--output", "json"))
    assert (found["id"], found["verdicts"]) == ("FR-026", {"prod": "proved"})
    (claim,) = found["claims"]
    assert (claim["environment"], claim["outcome"]) == ("prod", "PROVED")
    assert claim["assumptions"]
    lines = template(REPOSITORY, "prod").read_text("utf-8").splitlines()
    where = found["evidence"][0]
    assert lines[where["first_line"] - 1].split('"')[1] in where["pointer"]
    assert "E9408" in [rule["id"] for rule in found["rules"]]
    assert found["tests"]


def test_programs_read_a_rule(here: Shell) -> None:
    found = json.loads(here.said("explain", "e9408", "--output", "json"))
    assert found["id"] == "E9408"
    assert found["findings"] == {"dev": [], "prod": [], "test": []}
    assert "FR-026" in found["requirements"]


def test_lines_of_the_template_are_numbered_as_they_stand(here: Shell) -> None:
    out = here.said("explain", "FR-044", "--env", "dev")
    source = template(REPOSITORY).read_text("utf-8").splitlines()
    numbered = [line.split(None, 1) for line in out.splitlines() if '"RetentionInDays"' in line]
    assert len(numbered) == len(SERVICES)
    for number, text in numbered:
        assert source[int(number) - 1].strip() == text


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ("us4-3", ("Our reading:", "Their routes are NetworkStack's claim.")),
        (
            "SC-008",
            (
                "at least 31.1 % are saved, the least at 9 tasks",
                "Spot is 70 % cheaper than on-demand capacity in us-east-1 (a setting)",
                "prod -",
            ),
        ),
        (
            "e9301",
            (
                "E9301 ",
                "FR-017 What AgentCore's code may do",
                "prod: finds nothing",
                "What to do:",
                "Written in: bidops_cfn/rules/permissions.py",
            ),
        ),
    ],
)
def test_a_reading_a_figure_and_a_rule_are_told(
    here: Shell, asked: str, parts: tuple[str, ...]
) -> None:
    out = " ".join(here.said("explain", asked).split())
    assert [part for part in parts if part not in out] == []


def test_a_rule_that_finds_something_says_what_and_where(shell: Shell) -> None:
    file = shell.template("prod")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"s3:PutObject"', '"s3:DeleteObject"'), encoding="utf-8")
    out = shell.said("explain", "E9301", "--env", "prod")
    for part in ("prod: 2 findings", "s3:DeleteObject", "/Resources/AgentCoreTaskRole"):
        assert part in out


def test_a_long_item_stays_beside_its_dash(here: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = here.said("explain", "FR-026", "--env", "dev").splitlines()
    assert "-" not in {line.strip() for line in lines}
    assert max(len(line) for line in lines if line.startswith("  - tests/")) > 60


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
