"""What CloudFormation makes of a template before it deploys it: macros, loops, includes, modules.

What comes of them does not stand in the template, so that nothing can be claimed of it:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html
"""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping

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
    waiting = [template]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for name, item in node.items():
                if name == TRANSFORM:
                    yield _transform(item)
                elif isinstance(name, str) and name.startswith(LOOP):
                    yield name
                elif name == "Type" and isinstance(item, str) and item.endswith(MODULE):
                    yield item
            waiting.extend(node.values())
        elif isinstance(node, (list, tuple)):
            waiting.extend(node)


def _transform(value: object) -> str:
    return symbols.text(mapping(value).get("Name", value)) or TRANSFORM
