"""Reading a template file that may be anything: binary, endless, nested without end, half JSON.

A file is read up to the size that CloudFormation takes, and its nesting is measured before any
parser that recurses sees it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bidops_cfn.check.cfn_lint import CfnFullLoader, NodeConstructor, decode_str
from bidops_cfn.check.report import Finding
from bidops_cfn.errors import UsageError
from bidops_cfn.facts.combinations import MOST_LEVELS

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MOST_BYTES = 1024 * 1024
# CloudFormation takes a date, such as an unquoted version of a policy, as the text that it is.
CfnFullLoader.add_constructor("tag:yaml.org,2002:timestamp", NodeConstructor.construct_yaml_str)

_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\.", re.DOTALL)
_CONSTANTS = re.compile(r'"(?:[^"\\]|\\.)*"|NaN|-?Infinity', re.DOTALL)
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


@dataclass(frozen=True)
class Template:
    """A template as it was read: ``marked`` knows its lines, ``plain`` is the same without."""

    marked: Mapping[str, object]
    plain: Mapping[str, object]


def read(path: Path) -> Template | Finding:
    """Return the template in ``path``, or the finding that says why it is none.

    Raises ``UsageError`` when the file itself cannot be read, or begins like JSON and is none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read",
            error.strerror or str(error),
            hint="Name an existing template: bidops-cfn check --template FILE",
        ) from error
    if len(content) > MOST_BYTES:
        return unreadable(f"The file has more than {MOST_BYTES:,} bytes, which no stack can have")
    try:
        return _read_text(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        return unreadable(f"The file is not UTF-8 text (byte {error.start})")
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{path} is not JSON",
            f"line {error.lineno}, column {error.colno}: {error.msg}",
            hint="Correct it, or render it again: bidops-cfn render --all",
        ) from error


def parse(text: str) -> Template | Finding:
    """Return the template that ``text`` is, JSON or YAML, or the finding that says why not.

    What begins like JSON has to be JSON: YAML would accept much that other tools do not.
    """
    try:
        return _read_text(text)
    except json.JSONDecodeError as error:
        return unreadable(f"Not JSON: {error.msg}", error.lineno, error.colno)


def _read_text(text: str) -> Template | Finding:
    if not text.strip():
        return unreadable("The file is empty")
    if text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}"):
        return unreadable("The file begins with a byte order mark, which is no JSON")
    if _levels(text) > MOST_LEVELS:
        return unreadable(f"The template nests deeper than {MOST_LEVELS} levels")
    return _decode(text)


def _decode(text: str) -> Template | Finding:
    json_text = text.lstrip()[0] in '{["'
    # First, since the decoder reads YAML, and speaks of what YAML would expect there.
    plain = _read_json(text) if json_text else None
    if isinstance(plain, Finding):
        return plain
    marked, matches = decode_str(_PAIR.sub(_one_character, text) if json_text else text)
    for match in matches:
        return unreadable(str(match.message), match.linenumber, match.columnnumber)
    # YAML's tags are resolved by the decoder.
    plain = plain if json_text else marked
    if not isinstance(marked, Mapping) or not isinstance(plain, Mapping):
        return unreadable("The template is not an object")
    return Template(marked, plain)


def _one_character(match: re.Match[str]) -> str:
    """Return a pair of surrogates as the character that it is; JSON has such pairs, YAML has not.

    https://datatracker.ietf.org/doc/html/rfc8259#section-7
    """
    high, low = match.groups()
    if high is None:
        return match.group()
    return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))


def _read_json(text: str) -> object:
    def refuse(name: str) -> None:
        matches = _CONSTANTS.finditer(text)
        position = next(one.start() for one in matches if one.group() == name)
        raise json.JSONDecodeError(f"{name} is no JSON value", text, position)

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # such as an integer of too many digits
        return unreadable(f"Not JSON: {error}")


def unreadable(message: str, line: int = 1, column: int = 1) -> Finding:
    """Return the finding for a file that holds no template."""
    return Finding(
        rule="E0000",
        level="error",
        message=message,
        fix="Render it again: bidops-cfn render --all",
        logical_id="",
        pointer="",
        line=line,
        column=column,
        requirements=(),
        title="File is a template",
        source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "template-formats.html",
    )


def _levels(text: str) -> int:
    """Return how deep ``text`` nests, without recursion; brackets in odd places may add to it."""
    deepest = depth = 0
    if text.lstrip()[0] in "{[":
        for match in _BRACKETS.finditer(text):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match.group(), 0)
            deepest = max(deepest, depth)
        return deepest
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MOST_LEVELS:
                    return depth
                deepest = max(deepest, depth)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        pass  # the decoder says what is wrong, and where
    return deepest
