from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bidops_cfn import __version__
from bidops_cfn.check.report import FORMS, Finding, Report, github, junit, records, sarif, text

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
AGAIN = replace(FINDING, message="More")
DIRTY = Report("templates/a:b,c/compute.json", "prod", (WARNING, FINDING, AGAIN), 65)
EXPECTED = Path(__file__).with_name("report.txt")


def test_every_form_says_what_the_file_says() -> None:
    found = [
        f"== {name}{note}\n{form(reports)}"
        for name, form in FORMS.items()
        for note, reports in ((", nothing found", [CLEAN, CLEAN]), ("", [CLEAN, DIRTY]))
    ]
    assert "\n".join(found).replace(__version__, "VERSION") == EXPECTED.read_text("utf-8")


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


@pytest.mark.parametrize("form", [records, sarif, junit, github])
def test_a_hostile_message_breaks_no_form(form: Callable[[list[Report]], str]) -> None:
    assert "W2001" in form([Report("x", "dev", (WARNING,), 65)])
