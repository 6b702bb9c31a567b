from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.facts.document import Path
from bidops_cfn.review.explanation import Lines, source_lines
from bidops_cfn.review.subject import Subject

TEXT = """{
 "a": [
  1,
  {"b": "x: \\"}\\n", "c": null}
 ],
 "d": {}
}
"""


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ((), (1, 7)),
        (("a",), (2, 5)),
        (("a", 0), (3, 3)),
        (("a", 1, "b"), (4, 4)),
        (("a", 1, "c"), (4, 4)),
        (("d",), (6, 6)),
    ],
)
def test_a_member_starts_at_its_key_and_ends_with_its_value(
    path: tuple[str | int, ...], lines: tuple[int, int]
) -> None:
    assert source_lines(TEXT)[path] == Lines(*lines)


def test_every_place_of_a_committed_template_is_found(subject: Subject) -> None:
    source = subject.text.splitlines()
    for path, lines in source_lines(subject.text).items():
        assert 1 <= lines.first <= lines.last <= len(source)
        if path and isinstance(path[-1], str):
            assert json.dumps(path[-1]) in source[lines.first - 1]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def places(value: object, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


@given(VALUES, st.sampled_from([None, 1, 3]))
def test_every_value_of_any_json_has_lines(value: object, indent: int | None) -> None:
    assert set(source_lines(json.dumps(value, indent=indent))) == set(places(value))
