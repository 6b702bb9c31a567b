"""``lines.schema.json``: the JSON Schema of every line, written from the records' own types.

A record's docstring describes its line; a string in a member's annotation describes the member, a
dict adds to what its type says.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from bidops_cfn.deploy.records import SCHEMA_VERSION, Record

Schema = dict[str, Any]

SIMPLE: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
}

ENVIRONMENT: Schema = {
    "type": "string",
    "description": "Whose line it is, where a command works on several environments.",
}


def write_schema() -> str:
    """Return the text of ``lines.schema.json``."""
    kinds = {kind.type: kind for kind in get_args(Record)}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of --output json",
        "description": "Every deploying command writes one such object per line on stdout.",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in kinds],
        "$defs": {name: _describe_line(name, kind) for name, kind in kinds.items()},
    }
    return json.dumps(schema, indent=1) + "\n"


def _describe_line(name: str, kind: type) -> Schema:
    head = {"type": {"const": name}, "schema_version": {"const": SCHEMA_VERSION}}
    described = _describe_object(kind, head)
    described["properties"].setdefault("environment", ENVIRONMENT)
    return {"description": inspect.getdoc(kind), **described}


def _describe_object(kind: type, head: Mapping[str, Schema]) -> Schema:
    hints = get_type_hints(kind, include_extras=True)
    members = {
        **head,
        **{member.name: describe_type(hints[member.name]) for member in fields(kind)},
    }
    return {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


def describe_type(hint: Any) -> Schema:
    """Return the schema of a member's type; ``TypeError`` for one that no line has."""
    if get_origin(hint) is Annotated:
        return _describe_annotated(*get_args(hint))
    if get_origin(hint):
        return _describe_generic(get_origin(hint), get_args(hint))
    if hint in SIMPLE:
        return {**SIMPLE[hint]}
    if isinstance(hint, type) and is_dataclass(hint):
        return _describe_object(hint, {})
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": list(hint)}
    raise TypeError(f"no JSON Schema for {hint}")


def _describe_generic(origin: Any, arguments: tuple[Any, ...]) -> Schema:
    if origin is UnionType and all(argument in SIMPLE for argument in arguments):
        return {"type": [SIMPLE[argument]["type"] for argument in arguments]}
    if origin is tuple:
        return {"type": "array", "items": describe_type(arguments[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": describe_type(arguments[1])}
    raise TypeError(f"no JSON Schema for {origin}")


def _describe_annotated(type_: Any, *notes: str | Schema) -> Schema:
    schema = describe_type(type_)
    for note in notes:
        if isinstance(note, str):
            schema["description"] = note
        elif "enum" in note:
            schema = {**note}
        else:
            schema.update(note)
    return schema


if __name__ == "__main__":
    sys.stdout.write(write_schema())
