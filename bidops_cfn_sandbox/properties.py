"""Property trees: what the sandbox can represent of a resource type, at every depth.

A tree is a leaf type, a mapping from property names to trees, or a one-element list (a list of
such). Whatever stands outside a tree is a problem that fails the change set, since it would
otherwise vanish: the AWS APIs of the sandbox could not show it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, TypeAlias


class Leaf(Enum):
    """The type of a property without properties of its own."""

    STRING = "String"
    INTEGER = "Integer"
    NUMBER = "Number"
    BOOLEAN = "Boolean"
    DOCUMENT = "JSONObject"
    MAP = "Map"


Tree: TypeAlias = "Leaf | dict[str, Tree] | list[Tree]"


def each(leaf: Leaf, *names: str) -> dict[str, Tree]:
    """Return the properties of ``names``, all of one type."""
    return dict.fromkeys(names, leaf)


TAGS: Tree = [each(Leaf.STRING, "Key", "Value")]
PAIRS: Tree = [each(Leaf.STRING, "Name", "Value")]
STRINGS: Tree = [Leaf.STRING]


def is_intrinsic(value: Any) -> bool:
    """Whether ``value`` is a call of an intrinsic function, known only when it is resolved."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    key = next(iter(value))
    return isinstance(key, str) and (key in ("Ref", "Condition") or key.startswith("Fn::"))


def problems(value: Any, tree: Tree, pointer: str = "#") -> Iterator[str]:
    """Yield what ``tree`` does not allow in ``value``; every branch of an ``Fn::If`` counts."""
    if is_intrinsic(value) and tree is not Leaf.DOCUMENT:
        if "Fn::If" in value:
            for branch in value["Fn::If"][1:]:
                yield from problems(branch, tree, pointer)
        return
    if isinstance(tree, dict):
        yield from _object_problems(value, tree, pointer)
    elif isinstance(tree, list):
        if not isinstance(value, list):
            yield f"{pointer}: expected type: JSONArray, found: {_found(value)}"
            return
        for index, item in enumerate(value):
            yield from problems(item, tree[0], f"{pointer}/{index}")
    elif not _fits(value, tree):
        yield f"{pointer}: expected type: {tree.value}, found: {_found(value)}"


def _object_problems(value: Any, tree: dict[str, Tree], pointer: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{pointer}: expected type: JSONObject, found: {_found(value)}"
        return
    for key, item in value.items():
        if key in tree:
            yield from problems(item, tree[key], f"{pointer}/{key}")
        else:
            yield f"{pointer}: the sandbox does not model [{key}]"


def _fits(value: Any, leaf: Leaf) -> bool:
    if leaf is Leaf.DOCUMENT:
        return isinstance(value, dict | list)
    if leaf is Leaf.MAP:
        return isinstance(value, dict) and all(
            is_intrinsic(item) or not isinstance(item, dict | list) for item in value.values()
        )
    if isinstance(value, dict | list) or value is None:
        return False
    try:
        _scalar(value, leaf)
    except (KeyError, ValueError):
        return False
    return True


def conform(value: Any, tree: Tree) -> Any:
    """Return resolved ``value`` with each leaf in the type of ``tree``, as CloudFormation does.

    A ``Ref`` of a Number parameter is a string, for example. Only for values without problems.
    """
    if isinstance(tree, dict):
        return {key: conform(item, tree[key]) for key, item in value.items()}
    if isinstance(tree, list):
        return [conform(item, tree[0]) for item in value]
    if tree is Leaf.DOCUMENT:
        return value
    if tree is Leaf.MAP:
        return {key: _scalar(item, Leaf.STRING) for key, item in value.items()}
    return _scalar(value, tree)


def described(value: Any, tree: Tree) -> Any:
    """Return ``value`` with property names in the camel case that ECS answers in."""
    if isinstance(tree, dict):
        return {key[0].lower() + key[1:]: described(item, tree[key]) for key, item in value.items()}
    if isinstance(tree, list):
        return [described(item, tree[0]) for item in value]
    return value


def _scalar(value: Any, leaf: Leaf) -> Any:
    """Return ``value`` in the type of ``leaf``; raise KeyError or ValueError when it is none."""
    if leaf is Leaf.STRING:
        return str(value).lower() if isinstance(value, bool) else str(value)
    if leaf is Leaf.BOOLEAN:
        return {"true": True, "false": False}[str(value).lower()]
    # A boolean is no number: its text is none.
    number = float(str(value))
    if leaf is Leaf.INTEGER and not number.is_integer():
        raise ValueError(number)
    return int(number) if number.is_integer() else number


def _found(value: Any) -> str:
    names = {dict: "JSONObject", list: "JSONArray", bool: "Boolean", str: "String", int: "Integer"}
    return names.get(type(value), "null" if value is None else "Number")
