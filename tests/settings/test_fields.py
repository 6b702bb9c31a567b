"""One field is a setting: what checks it, its default, to whom it applies and what reads it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bidops_cfn.settings.services import AGENTCORE, BFF, Service
from bidops_cfn.settings.shapes import (
    Array,
    Dictionary,
    Flag,
    Number,
    Text,
    setting,
    shape_of,
    table,
)

WORD = Text("[a-z]+", "a word")


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
