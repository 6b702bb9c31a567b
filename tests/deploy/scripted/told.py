"""What every line of a run is held against, whatever the scenario is about."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from bidops_cfn import deploy

SCHEMA = Path(deploy.__file__).with_name("lines.schema.json")
DEFINITIONS = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
LINES = {kind: Draft202012Validator(shape) for kind, shape in DEFINITIONS.items()}


def validate(written: Any) -> None:
    """Hold a line against the documented schema."""
    errors = [error.message for error in LINES[written["type"]].iter_errors(written)]
    assert not errors, (written, errors)


@functools.cache
def validate_text(text: str) -> None:
    """Hold a line against it as it is written; most scenarios tell many of the same lines."""
    validate(json.loads(text))


def hold_commands(text: str) -> None:
    """Hold the commands to type: the AWS CLI has no region where the shell names none."""
    for line in text.splitlines():
        assert "aws cloudformation " not in line or "--region" in line, line
