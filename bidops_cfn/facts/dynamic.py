"""Dynamic references: values that CloudFormation reads while it deploys, and writes in plain text.

What stands in Parameter Store or Secrets Manager at that time is in no template, and the secret is
then a property that anybody who may describe the resource reads:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.paths import Path

START = "{{resolve:"
# Of a text that is put together from parts: what is not known may complete the start.
PARTS = ("{{", "resolve:")


def is_dynamic(value: object) -> bool:
    """Tell whether a canonical text is, or may become, a dynamic reference."""
    if isinstance(value, str):
        return START in value
    return symbols.function(value) is not None and _may_be(value)


def _may_be(value: object) -> bool:
    return any(part in text for text in texts(value) for part in PARTS)


def texts(value: object) -> Iterator[str]:
    """Yield every text below ``value``."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, (list, tuple)):
            waiting.extend(node)


def dynamic_references(value: object, path: Path = ()) -> Iterator[tuple[str, Path]]:
    """Yield each dynamic reference below ``value``, as people read it, and where it stands."""
    # Hardly any value has one, and looking without paths costs a third.
    waiting: list[tuple[object, Path]] = [(value, path)] if _may_be(value) else []
    while waiting:
        node, where = waiting.pop()
        if is_dynamic(node):
            yield symbols.show(node), where
        elif isinstance(node, dict):
            waiting.extend((item, (*where, str(name))) for name, item in node.items())
        elif isinstance(node, (list, tuple)):
            waiting.extend((item, (*where, index)) for index, item in enumerate(node))
