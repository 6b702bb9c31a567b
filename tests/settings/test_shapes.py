from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from bidops_cfn.settings import texts
from bidops_cfn.settings.imports import ReferenceShape
from bidops_cfn.settings.problem import Problem, join, shown
from bidops_cfn.settings.services import AGENTCORE, BFF, Service
from bidops_cfn.settings.shapes import (
    Array,
    Choice,
    Dictionary,
    Flag,
    Key,
    Number,
    Shape,
    Table,
    Text,
    setting,
    shape_of,
    table,
)

WORD = Text("[a-z]+", "a word")
PRIVATE = Text("[a-z]+", "a word", private=True)
PAIRED = Text("[a-z]+,[a-z]+", "two words")
SINGLE = ReferenceShape(PRIVATE, PRIVATE)
FORMS = (
    'an export name of letters, digits, colons and hyphens; { stack = "STACK", output = "OUTPUT" };'
    ' or { value = "VALUE" } with '
)
ARRAY = "or an array of 2 of these, one for each"
PAIR = ReferenceShape(PAIRED, WORD, 2, 2)
TABLE = Table(
    {
        "size": Key(Number(1, 3), "Size."),
        "name": Key(WORD, "Name.", "x"),
        "note": Key(WORD, "Note.", optional=True),
    }
)


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (WORD, "abc"),
        (Choice(("a", "b")), "b"),
        (Choice((1, 2)), 2),
        (Number(1, 3), 1),
        (Number(1, 3), 3),
        (Flag(), False),
        (Array(WORD), []),
        (Array(WORD, 2, 2), ["a", "b"]),
        (Array(WORD, unique=False), ["a", "a"]),
        (PAIR, "a"),
        (PAIR, ["a", "b"]),
        (PAIR, {"stack": "NetworkStack", "output": "VpcId"}),
        (PAIR, {"value": "a,b"}),
        (PAIR, ["a", {"value": "b"}]),
        (SINGLE, {"stack": "A", "output": "B", "region": "eu-west-1"}),
        (Dictionary(WORD, Number(1, 3)), {"a": 1}),
        (TABLE, {"size": 1}),
        (TABLE, {"size": 1, "name": "a", "note": "b"}),
    ],
)
def test_a_value_of_the_shape_has_no_problem(shape: Shape, value: object) -> None:
    assert list(shape.check(value, "key")) == []


@pytest.mark.parametrize(
    ("shape", "value", "problem"),
    [
        (WORD, "a1", 'key: found "a1"; allowed: a word'),
        (WORD, "a\n", r'key: found "a\n" with U+000A in it; allowed: a word'),
        (WORD, 1, "key: found 1; allowed: a word"),
        (PRIVATE, "Hunter2", "key: found a string; allowed: a word"),
        (PRIVATE, 1234, "key: found an integer; allowed: a word"),
        (Choice((1, 2)), 3, "key: found 3; allowed: 1, 2"),
        (Choice((1, 2)), True, "key: found true; allowed: 1, 2"),
        (Choice((1, 2)), 1.0, "key: found 1.0; allowed: 1, 2"),
        (Choice((1, 2)), [1], "key: found an array; allowed: 1, 2"),
        (Choice(("a", "b")), "c", 'key: found "c"; allowed: "a", "b"'),
        (Number(1, 3), 0, "key: found 0; allowed: an integer from 1 to 3"),
        (Number(1, 3), 4, "key: found 4; allowed: an integer from 1 to 3"),
        (Number(1, 3), 2.0, "key: found 2.0; allowed: an integer from 1 to 3"),
        (Number(0, 3), True, "key: found true; allowed: an integer from 0 to 3"),
        (Flag(), 1, "key: found 1; allowed: true or false"),
        (Flag(), "true", 'key: found "true"; allowed: true or false'),
        (Array(WORD), "a", 'key: found "a"; allowed: an array of 0 to 100 values, each a word'),
        (
            Array(WORD, 2, 2),
            ["a"],
            "key: found 1 values; allowed: an array of 2 values, each a word",
        ),
        (Array(WORD), ["a", "1"], 'key[1]: found "1"; allowed: a word'),
        (Array(WORD), ["a", "a"], 'key[1]: found "a" again; allowed: each value once'),
        (PAIR, {}, f"key: found a table; allowed: {FORMS}two words; {ARRAY}"),
        (SINGLE, "a b", f"key: found a string; allowed: {FORMS}a word"),
        (SINGLE, ["a", "b"], f"key: found an array; allowed: {FORMS}a word"),
        (SINGLE, {"value": "1"}, "key.value: found a string; allowed: a word"),
        (SINGLE, {"value": "a", "stack": "A"}, "key.stack: found an unknown key; allowed: value"),
        (
            SINGLE,
            {"stack": "A"},
            "key.output: missing required key; allowed: an output's name of letters and digits",
        ),
        (
            SINGLE,
            {"stack": "A", "output": "B", "account": "1"},
            "key.account: found an unknown key; allowed: stack, output, region, role_arn",
        ),
        (PAIR, ["a", {"value": "1"}], 'key[1].value: found "1"; allowed: a word'),
        (PAIR, ["a"], f"key: found 1 values; allowed: an array of 2 values, each {FORMS}a word"),
        (Dictionary(WORD, WORD), [], "key: found an array; allowed: a table"),
        (Dictionary(WORD, WORD), {"a.b": "x"}, 'key."a.b": found this key; allowed: a word'),
        (Dictionary(WORD, WORD), {"a": "1"}, 'key.a: found "1"; allowed: a word'),
        (TABLE, 1, "key: found 1; allowed: a table"),
        (TABLE, {}, "key.size: missing required key; allowed: an integer from 1 to 3"),
        (
            TABLE,
            {"size": 1, "nam": "a"},
            'key.nam: found an unknown key (did you mean "name"?); allowed: size, name, note',
        ),
        (
            TABLE,
            {"size": 1, "zzz": "a"},
            "key.zzz: found an unknown key; allowed: size, name, note",
        ),
    ],
)
def test_a_problem_says_where_what_and_what_is_allowed(
    shape: Shape, value: object, problem: str
) -> None:
    assert [str(found) for found in shape.check(value, "key")] == [problem]


def test_every_problem_is_found_at_once() -> None:
    found = TABLE.check({"size": 9, "name": 1, "other": 2}, "")
    assert [problem.path for problem in found] == ["size", "name", "other"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1.5, "1.5"),
        ("a" * 60, f'"{"a" * 60}"'),
        ("a" * 61, f'"{"a" * 57}..."'),
        ("größer", '"größer"'),
        ("\x1b[31m", r'"\u001b[31m"'),
        ('say "x"', r'"say \"x\""'),
        ([1], "an array"),
        ({}, "a table"),
    ],
)
def test_values_are_shown_on_one_line_as_a_settings_file_writes_them(
    value: object, text: str
) -> None:
    assert shown(value) == text


def test_key_paths_quote_what_toml_quotes() -> None:
    assert join("", "a-b_1") == "a-b_1"
    assert join("a", "/tmp") == 'a."/tmp"'
    assert str(Problem("a", "b", "c")) == "a: found b; allowed: c"


# a field is a setting: what checks it, its default, to whom it applies and what reads it


@table
class Inner:
    size: int = setting(Number(1, 3), "Size.", default=2)
    words: tuple[str, ...] = setting(Array(WORD), "Words.", default=())


@table
class Outer:
    name: str
    word: str = setting(WORD, "Word.", own=True)
    note: str | None = setting(WORD, "Note.", default=None)
    notes: Mapping[str, str] = setting(Dictionary(WORD, WORD), "Notes.", default={})
    inner: Inner = setting(shape_of(Inner), "Inner.")
    open: bool = setting(Flag(), "Open.", default=False, applies=lambda one: one.public)


def test_a_setting_without_default_is_required_and_a_table_where_one_of_its_keys_is() -> None:
    keys = shape_of(Outer).keys
    assert [name for name, key in keys.items() if key.required] == ["word"]
    assert shape_of(Inner).optional
    assert not shape_of(Outer).optional


def test_what_a_file_leaves_out_has_its_default() -> None:
    read = shape_of(Outer).values({"word": "a"})
    assert Outer(name="x", **read) == Outer(
        name="x", word="a", note=None, notes={}, inner=Inner(size=2, words=()), open=False
    )


def test_what_a_file_has_is_read_into_its_table() -> None:
    given = {"word": "a", "notes": {"b": "c"}, "inner": {"words": ["d", "e"]}}
    found = Outer(name="x", **shape_of(Outer).values(given))
    assert (found.inner, found.notes) == (Inner(words=("d", "e")), {"b": "c"})


def test_a_default_that_is_a_value_is_shown_to_editors_and_what_absence_means_is_not() -> None:
    shown = shape_of(Outer).json_schema()["properties"]
    assert isinstance(shown, dict)
    assert {name for name, one in shown.items() if "default" in one} == {"open"}


@pytest.mark.parametrize(("service", "applies"), [(BFF, True), (AGENTCORE, False)])
def test_a_setting_is_a_key_of_the_services_that_it_applies_to(
    service: Service, applies: bool
) -> None:
    keys = shape_of(Outer, service).keys
    assert ("open" in keys) is applies
    assert keys["word"].own
    assert not keys["note"].own


KINDS = tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_text_takes_some_and_refuses_others(name: str) -> None:
    text = getattr(texts, name)
    for value in KINDS[name]["allowed"]:
        assert list(text.check(value, "")) == []
    for value in KINDS[name]["refused"]:
        assert [problem.allowed for problem in text.check(value, "")] == [text.allowed]
