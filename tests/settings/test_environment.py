from __future__ import annotations

import builtins
import collections.abc
import dataclasses
import json
import re
import tomllib
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from bidops_cfn.printable import first_unprintable
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment, ServiceSettings, settings_file
from bidops_cfn.settings.imports import STACKS_OUTPUT, ReferenceShape
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.settings.shapes import (
    LETTER,
    Array,
    Choice,
    Dictionary,
    Flag,
    Key,
    Number,
    Shape,
    Table,
    Text,
)
from bidops_cfn.settings.texts import EXPORT

COMMITTED = Path(__file__).parents[2] / "params" / "params.schema.json"
SETTINGS = settings_file(SERVICES)


def pattern(
    _validator: object, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    """Match as JSON Schema's regular expressions do: there ``$`` is the very end of the text."""
    if isinstance(instance, str) and not re.search(pattern.removesuffix("$") + r"\Z", instance):
        yield ValidationError("no match")


# jsonschema leaves this function untyped.
EcmaValidator = extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]


def told_apart(text: str) -> bool:
    """Tell whether JSON Schema can judge ``text``: it knows no letters and nothing of printing."""
    foreign = "".join(one for one in text if not one.isascii())
    known = not foreign or (
        foreign.isalnum() and "\u00aa" <= min(foreign) <= max(foreign) <= "\uffff"
    )
    return known and not first_unprintable(text)


def texts(shape: Shape) -> Iterator[Text]:
    """Every text inside ``shape``, keys included."""
    match shape:
        case Text():
            yield shape
        case Array():
            yield from texts(shape.item)
        case ReferenceShape():
            yield from (shape.constant, shape.part)
            yield from texts(STACKS_OUTPUT)
        case Dictionary():
            yield shape.key
            yield from texts(shape.value)
        case Table():
            for key in shape.keys.values():
                yield from texts(key.shape)


def shapes(shape: Shape) -> Iterator[Shape]:
    """``shape`` and every shape inside it, except the items of arrays and dictionaries."""
    yield shape
    if isinstance(shape, Table):
        for key in shape.keys.values():
            yield from shapes(key.shape)


# The whole file is a table like those in it, and takes longer than all of them.
SHAPES = [one for one in shapes(SETTINGS) if one is not SETTINGS]


def references(constant: Text) -> st.SearchStrategy[Any]:
    """References of every form, with constants of one."""
    return allowed(EXPORT) | allowed(STACKS_OUTPUT) | allowed(Table({"value": Key(constant, "")}))


@cache
def matching(pattern: str) -> st.SearchStrategy[str]:
    """Texts that ``pattern`` matches; what draws them is made once, which takes longest."""
    return st.from_regex(pattern, fullmatch=True).filter(told_apart)


def allowed(shape: Shape) -> st.SearchStrategy[Any]:
    """Values that ``shape`` allows."""
    found: st.SearchStrategy[Any]
    match shape:
        case Text():
            found = matching(shape.pattern)
        case Choice():
            found = st.sampled_from(shape.choices)
        case Number():
            found = st.integers(shape.minimum, shape.maximum)
        case Flag():
            found = st.booleans()
        case Array():
            found = st.lists(
                allowed(shape.item),
                min_size=shape.minimum,
                max_size=min(shape.maximum, shape.minimum + 3),
                unique=shape.unique,
            )
        case ReferenceShape():
            found = references(shape.constant)
            if shape.most > 1:
                several = references(shape.part)
                found |= st.lists(
                    several, min_size=shape.least, max_size=shape.most, unique_by=repr
                )
        case Dictionary():
            found = st.dictionaries(allowed(shape.key), allowed(shape.value), max_size=3)
        case Table():
            required = {n: allowed(k.shape) for n, k in shape.keys.items() if k.required}
            others = {n: allowed(k.shape) for n, k in shape.keys.items() if not k.required}
            found = st.fixed_dictionaries(required, optional=others)
        case _:
            raise AssertionError(shape)
    return found


# TOML tells 1 from 1.0 and JSON Schema does not, so floats here are no whole numbers.
SCALARS = (
    st.booleans()
    | st.integers(-5, 200_000)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer())
    | st.text(max_size=8).filter(told_apart)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4).filter(told_apart), inner, max_size=3)
    ),
    max_leaves=4,
)


def accepted(shape: Shape, value: object) -> bool:
    return not list(shape.check(value, "value"))


def valid(shape: Shape, value: object) -> bool:
    return bool(EcmaValidator(shape.json_schema()).is_valid(value))


@given(st.data())
def test_shapes_and_json_schema_allow_the_same_values(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    value = data.draw(allowed(shape))
    assert accepted(shape, value)
    assert valid(shape, value)


@given(st.data())
def test_shapes_and_json_schema_refuse_the_same_values(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    value = data.draw(ANYTHING)
    assert accepted(shape, value) == valid(shape, value)


@given(st.data())
def test_one_changed_value_is_judged_alike_by_shapes_and_json_schema(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from([s for s in SHAPES if isinstance(s, Table)]))
    value = data.draw(allowed(shape))
    value[data.draw(st.sampled_from([*shape.keys, "unknown"]))] = data.draw(ANYTHING)
    assert accepted(shape, value) == valid(shape, value)


@pytest.mark.parametrize("text", dict.fromkeys(texts(SETTINGS)), ids=lambda text: text.allowed)
def test_patterns_mean_the_same_to_python_and_to_javascript(text: Text) -> None:
    re.compile(f"^(?:{text.pattern})$")
    pattern = text.pattern.replace(LETTER, "")
    assert set(re.findall(r"\\(.)", pattern)) <= set(".{}sS1")
    assert set(re.findall(r"\(\?(.)", pattern)) <= set(":=!")


def tables(kind: Any) -> Iterator[type]:
    """``kind`` and every table inside it."""
    yield kind
    for one in dataclasses.fields(kind):
        shape = one.metadata["key"].shape if "key" in one.metadata else None
        if isinstance(shape, Table) and dataclasses.is_dataclass(shape.kind):
            yield from tables(shape.kind)


def fits(value: object, hint: Any) -> bool:
    """Tell whether ``value`` is of the type ``hint``, as far as settings have types."""
    inner = get_args(hint)
    match get_origin(hint) or hint:
        case types.UnionType:
            return any(fits(value, one) for one in inner)
        case collections.abc.Mapping:
            return isinstance(value, dict) and all(fits(one, inner[1]) for one in value.values())
        case builtins.tuple:
            return isinstance(value, tuple) and all(fits(one, inner[0]) for one in value)
    return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))


FIELDS = [
    pytest.param(get_type_hints(kind)[one.name], one, id=f"{kind.__name__}.{one.name}")
    for kind in (*tables(Environment), *tables(ServiceSettings))
    for one in dataclasses.fields(kind)
    if "key" in one.metadata
]


@pytest.mark.parametrize(("hint", "field"), FIELDS)
@settings(max_examples=2)
@given(st.data())
def test_a_setting_is_of_the_type_that_its_shape_reads(
    hint: Any, field: dataclasses.Field[Any], data: st.DataObject
) -> None:
    key = field.metadata["key"]
    assert fits(key.shape.read(data.draw(allowed(key.shape))), hint)
    if key.default is not None:
        assert field.default == key.default
        assert accepted(key.shape, key.default)


def test_the_committed_schema_is_the_one_of_the_code() -> None:
    assert COMMITTED.read_bytes() == load.json_schema(SERVICES).encode()


def test_the_committed_schema_is_valid_json_schema() -> None:
    document = json.loads(COMMITTED.read_text())
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(document)


def test_the_committed_schema_accepts_the_settings_of_each_environment() -> None:
    validator = Draft202012Validator(json.loads(COMMITTED.read_text()))
    for file in sorted(COMMITTED.parent.glob("*.toml")):
        assert list(validator.iter_errors(tomllib.loads(file.read_text()))) == []
        assert file.read_text().startswith("#:schema ./params.schema.json\n")


def test_every_key_is_described_for_editors() -> None:
    def described(node: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, inner in node.get("properties", {}).items():
            yield name, inner
            yield from described(inner)

    keys = list(described(json.loads(COMMITTED.read_text())))
    assert len(keys) > 60
    assert [name for name, key in keys if not key.get("description")] == []
