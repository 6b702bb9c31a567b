"""Dangerous settings, each as a pull request might bring it: refused, or seen in a review file.

A setting that is refused names its key. One that is allowed adds at most three lines to the
environment's review files, besides the template's hash and the box with the counts, or as many as
its row says where it decides several facts, of each service too: one of them has its value, and
where no requirement asks for it, a line with the value says so. ``dangerous_settings.toml`` has
the rows.
"""

from __future__ import annotations

import copy
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.review.committed import environment_files
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings import load
from bidops_cfn.settings.consistency import cross_check
from bidops_cfn.settings.environment import settings_file
from bidops_cfn.settings.services import SERVICES
from tests.review.conftest import MOST_LINES, added_lines

PARAMS = Path(__file__).parents[2] / "params"
SHAPE = settings_file(SERVICES)
ALARMS = ("\talarming: ", "\tNONE", "**no requirement**")
Row = dict[str, Any]

CORPUS: dict[str, list[Row]] = tomllib.loads(
    Path(__file__).with_name("dangerous_settings.toml").read_text("utf-8")
)
ROWS = [(environment, row) for environment, rows in CORPUS.items() for row in rows]

# Variables that change what the runtime does, each with a telling value.
RUNTIME = {
    "LD_PRELOAD": "/tmp/x.so",
    "NODE_OPTIONS": "--require /tmp/x.js",
    "PATH": "/tmp:/bin",
    "AWS_ENDPOINT_URL": "https://aws.evil.example",
    "HTTPS_PROXY": "http://proxy.evil.example",
    "NODE_ENV": "development",
    "DEBUGPY_LISTEN": "0.0.0.0:5678",
    "JPDA_ADDRESS": "*:8000",
    "VAULT_ADDR": "http://x.example",
    "PUPPETEER_EXECUTABLE_PATH": "/tmp/x",
    "RELOAD": "true",
}

# Secrets by their looks, in parts, so that no scanner takes them for some.
SLACK = "https://hooks.slack" + ".com/services/T000/B000/xxxxxxxx"
KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"
RANDOM = "wJalrXUtnFEMI/K7MDENG" + "/bPxRfiCYEXAMPLEKEY"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
HEALTH = ["CMD-SHELL", f"curl -f http://127.0.0.1:3000/api/health || curl {SLACK}"]


def variable(name: str, value: str) -> Row:
    return {"services": {"bff": {"environment": {name: value}}}}


SECRETS: dict[str, Row] = {
    **{
        f"services.bff.environment.{name}": variable(name, value)
        for name, value in (("BOOTSTRAP", JWT), ("NOTIFY", SLACK), ("ID", KEY_ID), ("SEED", RANDOM))
    },
    "tags.Owner": {"tags": {"Owner": KEY_ID}},
    "tags.Project": {"tags": {"Project": RANDOM}},
    "services.bff.health_command[1]": {"services": {"bff": {"health_command": HEALTH}}},
}


@cache
def raw(name: str) -> Row:
    return tomllib.loads((PARAMS / f"{name}.toml").read_text())


def changed(name: str, settings: Row, remove: str = "") -> Row:
    """The settings of an environment with ``settings`` in them, what ``remove`` names taken out."""
    found = copy.deepcopy(raw(name))
    if remove:
        *steps, last = remove.split(".")
        table = found
        for step in steps:
            table = table[step]
        gone = table.pop(last)
        if isinstance(gone, dict):
            table[last] = {}
    return merged(found, settings)


def merged(one: Row, other: Row) -> Row:
    for key, value in other.items():
        both = isinstance(value, dict) and isinstance(one.get(key), dict)
        one[key] = merged(one[key], value) if both else value
    return one


def files(name: str, settings: Row) -> dict[str, str]:
    environment = load.environment(name, settings, SHAPE)
    return dict(environment_files(Subject(environment, template.render(environment))))


@cache
def committed(name: str) -> dict[str, str]:
    return files(name, raw(name))


def new_lines(name: str, after: dict[str, str]) -> list[str]:
    """The lines that a reviewer sees added, but for the hash and the counts."""
    added = (line for _, line in added_lines(committed(name), after))
    return [line for line in added if line.strip() and not line.startswith((">", "#"))]


def refused(settings: Row, key: str) -> None:
    problems = [*SHAPE.check(settings, ""), *cross_check(settings, SERVICES)]
    assert [one for one in problems if one.path.startswith(key)], problems


def seen(name: str, settings: Row, text: str, *, alarming: bool, lines: int = MOST_LINES) -> None:
    assert not [*SHAPE.check(settings, ""), *cross_check(settings, SERVICES)]
    after = files(name, settings)
    added = new_lines(name, after)
    assert any(text in line for line in added), added
    assert len(added) <= lines, added
    alarms = [line for line in added if any(mark in line for mark in ALARMS)]
    if alarming:
        assert any(text in line for line in alarms), added
        assert "[!CAUTION]" in after[f"{name}/REVIEW.md"]
    else:
        assert not alarms


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[row["name"] for _, row in ROWS])
def test_a_dangerous_setting_is_refused_or_seen(name: str, row: Row) -> None:
    settings = changed(name, row.get("settings", {}), row.get("remove", ""))
    if "refused" in row:
        refused(settings, row["refused"])
    else:
        text = row.get("alarming") or row["seen"]
        lines = row.get("lines", MOST_LINES) + row.get("of_each_service", 0) * len(SERVICES)
        seen(name, settings, text, alarming="alarming" in row, lines=lines)


@pytest.mark.parametrize("key", SECRETS)
def test_a_secret_by_its_looks_is_refused(key: str) -> None:
    refused(changed("dev", SECRETS[key]), key)


def test_each_variable_that_changes_the_runtime_is_alarming() -> None:
    after = files("dev", changed("dev", {"services": {"bff": {"environment": RUNTIME}}}))
    added = new_lines("dev", after)
    alarms = [line for line in added if any(mark in line for mark in ALARMS)]
    for name, value in RUNTIME.items():
        mine = [line for line in added if re.search(rf"\b{name}\b", line)]
        assert any(value in line for line in alarms if line in mine)
        facts = [line for line in mine if "❓&nbsp;UNKNOWN" not in line]  # several open one claim
        assert len(facts) <= MOST_LINES, facts
    assert "[!CAUTION]" in after["dev/REVIEW.md"]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("network.tsv", "HTTPS_PROXY"),
        ("network.tsv", "NODE_EXTRA_CA_CERTS"),
        ("iam.tsv", "AWS_ENDPOINT_URL_STS"),
    ],
)
def test_a_variable_that_changes_traffic_or_access_says_so_in_their_table(
    file: str, name: str
) -> None:
    after = files("dev", changed("dev", variable(name, "http://x.example")))
    (line,) = new_lines("dev", {f"dev/{file}": after[f"dev/{file}"]})
    assert f"{name} = http://x.example, which " in line
    assert line.endswith("NONE")
    assert f"`{name} = http://x.example, which " in after["dev/REVIEW.md"]
