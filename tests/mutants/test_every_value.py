"""No place of a template is overlooked: what is changed, left out or added there is found there.

Each place is tried once, in one of the environments and, where both have it, in one of the
services. Texts for people are free, as are names that nothing refers to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bidops_cfn.compute import template as templates
from bidops_cfn.facts.document import descend
from bidops_cfn.settings.environment import Environment
from tests.mutants.corpus import found_in, named
from tests.mutants.mutant import ENVIRONMENTS, Template, committed
from tests.rules.rendered import under_settings
from tests.rules.test_other_settings import ADDITIONS

Steps = tuple[Any, ...]
Change = tuple[str, str, Steps]  # environment, what is done, and where
FREE = frozenset(
    {
        "AlarmDescription", "ConstraintDescription", "Description", "GroupDescription", "Label",
        "PolicyName", "Sid",
    }
)  # fmt: skip
# What may be left out: AWS does the same without it, it is a text, or it is missed elsewhere.
OPTIONAL = {
    "EnableExecuteCommand", "HealthCheckEnabled", "HealthCheckPort", "HealthCheckProtocol",
    "Privileged", "ProtocolVersion", "ConstraintDescription", "Description", "Label", "Sid",
    "BffDesiredCountGiven", "AgentCoreDesiredCountGiven",
}  # fmt: skip


def changes(node: Any, steps: Steps, *, inside: bool = False) -> Iterator[tuple[str, Steps]]:
    """Yield what can be done to a node and in it; ``inside`` a function values only change."""
    function = isinstance(node, dict) and any(k == "Ref" or k.startswith("Fn::") for k in node)
    if not inside and steps[-1] not in OPTIONAL:
        yield "leave out", steps
    if isinstance(node, (dict, list)):
        if not inside and not function and steps[-1] != "DependsOn":
            yield "add", steps
        for step, item in node.items() if isinstance(node, dict) else enumerate(node):
            yield from changes(item, (*steps, step), inside=inside or function)
    elif not FREE & set(steps):
        yield "change", steps


def changed(template: Template, what: str, steps: Steps) -> Template:
    copy: Template = json.loads(json.dumps(template))
    node: Any = copy
    for step in steps[:-1]:
        node = node[step]
    last = steps[-1]
    old = node[last]
    if what == "leave out":
        del node[last]
    elif what == "add":
        node[last] = [*old, "x"] if isinstance(old, list) else {**old, "Another": "x"}
    elif isinstance(old, bool):
        node[last] = not old
    else:
        node[last] = old + 1 if isinstance(old, int) else f"{old}x"
    return copy


def by_logical_id() -> dict[str, list[Change]]:
    same: dict[tuple[Any, ...], list[Change]] = {}
    for environment in ENVIRONMENTS:
        template = committed(environment)
        for section in ("Resources", "Outputs", "Parameters", "Conditions"):
            for name, declared in template[section].items():
                for what, steps in changes(declared, (section, name)):
                    place = (what, name.replace("AgentCore", "Bff"), *steps[2:])
                    same.setdefault(place, []).append((environment, what, steps))
    tried: dict[str, list[Change]] = {}
    for number, places in enumerate(same.values()):
        one = places[number % len(places)]
        tried.setdefault(one[2][1], []).append(one)
    return tried


@pytest.mark.parametrize(
    "tried", [pytest.param(each, id=name) for name, each in by_logical_id().items()]
)
def test_what_is_done_to_a_place_is_found_there(tried: list[Change]) -> None:
    overlooked = []
    for environment, what, steps in tried:
        template = committed(environment)
        kind = template[steps[0]][steps[1]].get("Type", "")
        found = named(changed(template, what, steps), first=kind)
        if not any(logical_id == steps[1] for _, logical_id in found):
            overlooked.append(f"{environment}: {what} {'/'.join(map(str, steps))}")
    assert overlooked == []


def test_what_is_done_to_what_settings_add_is_found_there(dev: Environment) -> None:
    environment = dev
    for change in [*ADDITIONS.values()][:-1]:  # each key of its own
        environment = change(environment)
    plain, added = templates.build(dev), templates.build(environment)
    tried = 0
    for name, declared in added["Resources"].items():
        for what, steps in changes(declared, ("Resources", name)):
            if descend(plain, *steps) != descend(added, *steps):
                judged = under_settings(changed(added, what, steps), environment)
                found = (one for _, one in found_in(judged, first=declared["Type"]))
                assert name in found, (what, steps)
                tried += 1
    assert tried > 300
