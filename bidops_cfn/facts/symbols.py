"""Values as typed symbols: what an intrinsic function stands for, in one canonical JSON form.

An imported value, a reference or an attribute is unknown before a deployment, but two equal symbols
are equal values. ``canonical`` brings equivalent spellings together, so that comparing symbols is
comparing JSON::

    {"Fn::Sub": "${Role.Arn}/x"}
    {"Fn::Join": ["/", [{"Fn::GetAtt": "Role.Arn"}, "x"]]}
      -> {"Fn::Join": ["", [{"Fn::GetAtt": ["Role", "Arn"]}, "/x"]]}

Unequal symbols prove nothing: they may still hold the same value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from bidops_cfn.facts.document import inside
from bidops_cfn.settings.references import IMPORT, STACK_OUTPUT, read_expression

Json = object
Parts = tuple[Json, ...]

REF, GETATT, JOIN = "Ref", "Fn::GetAtt", "Fn::Join"
SUB, SELECT, SPLIT, IF, FIND = "Fn::Sub", "Fn::Select", "Fn::Split", "Fn::If", "Fn::FindInMap"
NO_VALUE = "AWS::NoValue"

LONGEST_TEXT = 20_000

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)
_PLACEHOLDER = re.compile(r"\$\{(!?)([^{}]*)\}")


def function(value: Json) -> tuple[str, Json] | None:
    """Return name and argument of the intrinsic function that ``value`` is; None for data."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        if isinstance(name, str) and (name == REF or name.startswith("Fn::")):
            return name, argument
    return None


def text(value: Json) -> str | None:
    """Return a scalar as CloudFormation writes it (``true``, ``512``); None for anything else."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return None


def is_number(written: str) -> bool:
    """Tell whether ``written`` is a natural number in the digits that AWS reads."""
    return written.isascii() and written.isdecimal()


def canonical(value: Json) -> Json:
    """Return ``value`` with every intrinsic function inside it in its one canonical spelling."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        call = function(value)
        if call is not None:
            return _call(*call)
        return {str(key): canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    return value


def _call(name: str, argument: Json) -> Json:
    if name == GETATT and isinstance(argument, str):
        argument = argument.split(".", 1)
    if name == SUB:
        return _substitution(argument)
    argument = canonical(argument)
    if isinstance(argument, list):
        if name == JOIN:
            return _join(argument)
        if name == SELECT:
            return _select(argument)
        if name == SPLIT and len(argument) == 2:
            separator, source = argument
            if isinstance(separator, str) and separator and isinstance(source, str):
                return list(source.split(separator))
    return {name: argument}


def _substitution(argument: Json) -> Json:
    pattern, variables = argument, dict[str, Json]()
    if isinstance(argument, (list, tuple)) and argument:
        pattern = argument[0]
        if len(argument) > 1 and isinstance(argument[1], dict):
            variables = {str(name): canonical(value) for name, value in argument[1].items()}
    if not isinstance(pattern, str):
        return {SUB: canonical(argument)}
    parts: list[Json] = []
    end = size = 0
    for match in _PLACEHOLDER.finditer(pattern):
        parts.append(pattern[end : match.start()])
        end = match.end()
        name = match.group(2).strip()
        value = _placeholder(name, variables) if not match.group(1) else "${" + name + "}"
        parts.append(value)
        size += _weight(value)
        if size > LONGEST_TEXT:
            # Nested substitutions multiply: what no template needs stays what it is.
            return {SUB: [str(pattern), variables]}
    parts.append(pattern[end:])
    return compose(parts)


def _weight(value: Json) -> int:
    """Return the size of ``value`` in characters and nodes, as far as it matters."""
    size, waiting = 0, [value]
    while waiting and size <= LONGEST_TEXT:
        node = waiting.pop()
        size += len(node) if isinstance(node, str) else 1
        waiting.extend(inside(node))
    return size


def _placeholder(name: str, variables: Mapping[str, Json]) -> Json:
    if name in variables:
        return variables[name]
    return {GETATT: name.split(".", 1)} if "." in name else {REF: name}


def _join(argument: Sequence[Json]) -> Json:
    if len(argument) != 2 or not isinstance(argument[0], str):
        return {JOIN: list(argument)}
    separator, items = argument
    if not isinstance(items, list):
        return {JOIN: [separator, items]}
    return compose([part for item in items for part in (separator, item)][1:])


def _select(argument: Sequence[Json]) -> Json:
    index = text(argument[0]) if len(argument) == 2 else None
    if index is None or not is_number(index) or len(index) > 3:
        return {SELECT: list(argument)}
    number, source = int(index), argument[1]
    if isinstance(source, list) and number < len(source):
        return source[number]
    return {SELECT: [number, source]}


def compose(items: Sequence[Json]) -> Json:
    """Return the text that ``items`` make when written one after the other, canonically."""
    parts: list[Json] = []
    for item in items:
        for part in parts_of(item):
            literal = text(part)
            if literal is None:
                parts.append(part)
            elif parts and isinstance(parts[-1], str):
                parts[-1] += literal
            elif literal:
                parts.append(literal)
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else {JOIN: ["", parts]}


def parts_of(value: Json) -> Parts:
    """Return the pieces of a canonical text: strings and symbols, in order."""
    call = function(value)
    if call is not None and call[0] == JOIN and isinstance(call[1], list) and len(call[1]) == 2:
        separator, items = call[1]
        if separator == "" and isinstance(items, list):
            return tuple(items)
    return (value,)


def key(value: Json) -> str:
    """Return the text by which two canonical values are compared; ``512`` and ``"512"`` agree."""
    return _ENCODER.encode(value if isinstance(value, str) else _scalars_as_text(value))


def _scalars_as_text(value: Json) -> Json:
    if isinstance(value, dict):
        return {str(name): _scalars_as_text(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scalars_as_text(item) for item in value]
    return value if value is None else text(value)


def same(one: Json, other: Json) -> bool:
    """Tell whether two canonical values are equal for CloudFormation, as their keys would be."""
    if one is other:
        return True
    if isinstance(one, str) and isinstance(other, str):
        return str(one) == str(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (dict, list, tuple)) or isinstance(other, (dict, list, tuple)):
        return False
    return text(one) == text(other)


def is_literal(value: Json) -> bool:
    """Tell whether ``value`` is known before a deployment: no function stands anywhere in it."""
    if isinstance(value, dict):
        return function(value) is None and all(is_literal(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return all(is_literal(item) for item in value)
    return True


def referenced(value: Json) -> str | None:
    """Return the logical id that ``value`` is a reference to or an attribute of; else None."""
    call = function(value)
    if call is None:
        return None
    name, argument = call
    if name == REF and isinstance(argument, str):
        return argument
    if name == GETATT and isinstance(argument, list) and argument and isinstance(argument[0], str):
        return argument[0]
    return None


def all_referenced(value: Json) -> frozenset[str]:
    """Return every logical id that stands anywhere inside ``value``."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        node = waiting.pop()
        direct = referenced(node)
        if direct is None:
            waiting.extend(inside(node))
        else:
            found.add(direct)
    return frozenset(found)


def with_known(value: Json, known: Mapping[str, Json]) -> Json:
    """Return canonical ``value`` with references to ``known`` names replaced by their values."""
    if not isinstance(value, (dict, list)):
        return value
    name, argument = function(value) or ("", None)
    if name == REF and isinstance(argument, str) and argument in known:
        return known[argument]
    parts = parts_of(value)
    if parts != (value,):
        return compose([with_known(part, known) for part in parts])
    if isinstance(value, dict):
        return {key: with_known(item, known) for key, item in value.items()}
    return [with_known(item, known) for item in value]


def show(value: Json) -> str:
    """Return ``value`` as a person reads it.

    Symbols are ``${Role.Arn}``, ``${import name}`` and ``${output VpcId of NetworkStack}``.
    """
    literal = text(value)
    if literal is not None:
        return literal
    call = function(value)
    if call is None:
        return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    parts = parts_of(value)
    return "".join(part if isinstance(part, str) else "${" + _name(part) + "}" for part in parts)


def show_texts(value: Json) -> str:
    """Return ``value`` as ``show`` does, without the names of what another place has."""
    names = (REF, GETATT, IMPORT, STACK_OUTPUT)
    calls = ((part, function(part) or ("", None)) for part in parts_of(value))
    return "".join(" " if name in names else show(part) for part, (name, _) in calls)


def _name(value: Json) -> str:
    name, argument = function(value) or ("", value)
    if name == REF and isinstance(argument, str):
        return argument
    if name == GETATT and isinstance(argument, list):
        return ".".join(show(item) for item in argument)
    if name == IMPORT and isinstance(argument, str):
        return f"import {argument}"
    if name == STACK_OUTPUT and (output := read_expression(value)) is not None:
        return output.source
    if name in (SELECT, SPLIT) and isinstance(argument, list) and len(argument) == 2:
        word = "item" if name == SELECT else "split"
        source = argument[1]
        return (
            f"{word} {show(argument[0])!s} of {_name(source) if function(source) else show(source)}"
        )
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
