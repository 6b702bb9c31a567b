"""What CloudFormation makes of a template only when it deploys it: expansions and references.

What comes of macros, loops, includes and modules does not stand in the template, so that nothing
can be claimed of it:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html

What a dynamic reference reads in Parameter Store or Secrets Manager is in no template either, and a
secret is then a property that each role which may describe the resource reads:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path, items, mapping, nodes, steps_in

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
    return (node for node in nodes(value) if isinstance(node, str))


def dynamic_references(value: object, path: Path = ()) -> Iterator[tuple[str, Path]]:
    """Yield each dynamic reference below ``value``, as people read it, and where it stands."""
    # Hardly any value has one, and looking without paths costs a third.
    waiting = [(path, value)] if _may_be(value) else []
    while waiting:
        where, node = waiting.pop()
        if is_dynamic(node):
            yield symbols.show(node), where
        else:
            waiting += steps_in(node, where)


LOOP, TRANSFORM, MODULE = "Fn::ForEach::", "Fn::Transform", "::MODULE"
# Transforms whose outcome the template's own text decides; others read from elsewhere.
OF_THE_TEXT = frozenset({"AWS::LanguageExtensions"})


def expansions(template: object) -> tuple[str, ...]:
    """Return the names of what CloudFormation expands in ``template``, each once, sorted."""
    declared = items(mapping(template).get("Transform"))
    return tuple(sorted({*map(_transform, declared), *_inside(template)}))


def reads_elsewhere(found: tuple[str, ...]) -> bool:
    """Tell whether the same text may be expanded to something else another time."""
    return not all(one in OF_THE_TEXT or one.startswith(LOOP) for one in found)


def why_unknown(found: tuple[str, ...]) -> str:
    """Return why nothing is known of a template with these expansions; empty without any."""
    if not found:
        return ""
    return f"CloudFormation expands {', '.join(found)}, and what comes of it is not known"


def _inside(template: object) -> Iterator[str]:
    for node in nodes(template):
        for name, item in mapping(node).items():
            if name == TRANSFORM:
                yield _transform(item)
            elif isinstance(name, str) and name.startswith(LOOP):
                yield name
            elif name == "Type" and isinstance(item, str) and item.endswith(MODULE):
                yield item


def _transform(value: object) -> str:
    return symbols.text(mapping(value).get("Name", value)) or TRANSFORM
