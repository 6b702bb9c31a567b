from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.frozen import frozen


@frozen
class Size:
    """A class like those of the model."""

    cpu: int
    memory: int = 1024
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.memory / self.cpu


@dataclass(frozen=True)
class Usual:
    """The same, as the standard library makes it."""

    cpu: int
    memory: int = 1024
    tags: Mapping[str, str] = field(default_factory=dict)


@frozen
class Pair:
    """Another class with the same first fields."""

    cpu: int
    memory: int = 1024


def outcome(kind: Any, given_: tuple[Any, ...], named: dict[str, Any]) -> Any:
    try:
        return asdict(kind(*given_, **named))
    except TypeError:
        return TypeError


@given(
    st.lists(st.integers(), max_size=4).map(tuple),
    st.dictionaries(st.sampled_from(["cpu", "memory", "tags", "other"]), st.integers()),
)
def test_it_takes_what_a_frozen_dataclass_takes(
    given_: tuple[int, ...], named: dict[str, int]
) -> None:
    assert outcome(Size, given_, named) == outcome(Usual, given_, named)


def test_values_are_equal_by_kind_and_content() -> None:
    assert Size(512) == Size(512, 1024, {})
    assert Size(512) != Size(512, 2048)
    others: list[object] = [Size(512), (512, 1024)]
    assert Pair(512) not in others
    assert len({Pair(512), Pair(512, 1024), Pair(256)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(Size(512))


def test_nothing_can_be_assigned_or_deleted() -> None:
    size: Any = Size(512)
    for name in ("cpu", "other"):
        with pytest.raises(FrozenInstanceError, match=name):
            setattr(size, name, 1)
        with pytest.raises(FrozenInstanceError, match=name):
            delattr(size, name)
    assert size == Size(512)


def test_the_tools_for_dataclasses_work() -> None:
    size = Size(512, tags={"a": "b"})
    assert is_dataclass(size)
    assert [one.name for one in fields(size)] == ["cpu", "memory", "tags"]
    assert replace(size, memory=2048) == Size(512, 2048, {"a": "b"})
    assert pickle.loads(pickle.dumps(size)) == copy.deepcopy(size) == size
    assert repr(size) == "Size(cpu=512, memory=1024, tags={'a': 'b'})"
    assert size.ratio == 2
    match size:
        case Size(cpu, memory):
            assert (cpu, memory) == (512, 1024)


def test_defaults_that_are_made_are_made_for_each_value() -> None:
    assert Size(1).tags is not Size(1).tags
