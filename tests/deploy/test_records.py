"""The JSON lines and their schema are the same thing said twice."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from bidops_cfn.cli.operation import OUTCOMES
from bidops_cfn.deploy.records import Group, Outputs, PropertyChange, Record, Verdict, build_line
from bidops_cfn.deploy.records_schema import describe_type, write_schema
from bidops_cfn.deploy.state_records import StoppedTask
from tests.deploy.scripted.run import DEFINITIONS, SCHEMA

KINDS: dict[str, Any] = {kind.type: kind for kind in get_args(Record)}


def test_the_committed_schema_is_what_the_records_say() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == write_schema(), "stale: run make docs"


@pytest.mark.parametrize("hint", [bytes, list[str], str | list[str]])
def test_a_type_that_no_line_has_is_refused(hint: Any) -> None:
    with pytest.raises(TypeError, match="no JSON Schema"):
        describe_type(hint)


def test_the_schema_is_one_and_knows_every_kind_of_line() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert set(DEFINITIONS) == set(KINDS)
    assert [one["$ref"] for one in schema["oneOf"]] == [f"#/$defs/{kind}" for kind in DEFINITIONS]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_exactly_the_documented_members(kind: str) -> None:
    members = ["type", "schema_version", *(field.name for field in fields(KINDS[kind]))]
    whose = [] if "environment" in members else ["environment"]  # with several environments alone
    assert list(DEFINITIONS[kind]["properties"]) == [*members, *whose]
    assert DEFINITIONS[kind]["required"] == members
    assert DEFINITIONS[kind]["additionalProperties"] is False


def test_parts_of_lines_have_exactly_the_documented_members() -> None:
    change = DEFINITIONS["change"]["properties"]["properties"]["items"]
    stopped = DEFINITIONS["ecs"]["properties"]["stopped"]["items"]
    assert list(change["properties"]) == [field.name for field in fields(PropertyChange)]
    assert list(stopped["properties"]) == [field.name for field in fields(StoppedTask)]


def test_the_words_that_a_member_may_say_are_all_documented() -> None:
    assert DEFINITIONS["preflight"]["properties"]["verdict"]["enum"] == [*Verdict]
    assert DEFINITIONS["change"]["properties"]["group"]["enum"] == [*Group]
    assert set(OUTCOMES.values()) <= set(DEFINITIONS["result"]["properties"]["outcome"]["enum"])
    assert set(OUTCOMES) <= set(DEFINITIONS["result"]["properties"]["exit_code"]["enum"])


def test_the_schema_takes_nothing_else() -> None:
    schema = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    good = build_line(Outputs({"A": "b"}))
    assert schema.is_valid(json.loads(json.dumps(good)))
    assert not schema.is_valid({**good, "surprise": 1})
    assert not schema.is_valid({**good, "type": "surprise"})
    assert not schema.is_valid({**good, "schema_version": "2"})
