"""What every line of a run is held against, whatever the scenario is about."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from bidops_cfn import deploy

SCHEMA = Path(deploy.__file__).with_name("lines.schema.json")
DEFINITIONS = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
TEXT, NUMBERED = re.compile(r'"(?:[^"\\]|\\.)*":?'), re.compile(r'"(?!1").*\d.*"$')
LINES = {kind: Draft202012Validator(shape) for kind, shape in DEFINITIONS.items()}


def validate(written: Any) -> None:
    """Hold a line against the documented schema."""
    errors = [error.message for error in LINES[written["type"]].iter_errors(written)]
    assert not errors, (written, errors)


def validate_text(text: str) -> None:
    """Hold a line against it as it is written."""
    _validate_form(TEXT.sub(_forget, text))


def _forget(text: re.Match[str]) -> str:
    """Return one text for every time and id: the schema has no word with a digit but "1"."""
    return '"0"' if NUMBERED.match(text[0]) else text[0]


@functools.cache
def _validate_form(text: str) -> None:
    validate(json.loads(text))


def hold_commands(text: str) -> None:
    """Hold the commands to type: the AWS CLI has no region where the shell names none."""
    for line in text.splitlines():
        assert "aws cloudformation " not in line or "--region" in line, line
