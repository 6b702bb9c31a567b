"""No value of a template is overlooked: change any one of them, and it is found where it stands.

Every twelfth value of each template is changed here, another twelfth in each environment. Texts
for people are free, as is a name that nothing refers to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.mutants.corpus import named
from tests.mutants.mutant import ENVIRONMENTS, committed

Steps = tuple[Any, ...]
FREE = frozenset(
    {
        "AlarmDescription", "ConstraintDescription", "Description", "GroupDescription", "Label",
        "PolicyName", "Sid",
    }
)  # fmt: skip
STEP = 12


def values(node: Any, steps: Steps) -> Iterator[Steps]:
    if isinstance(node, dict):
        for name, item in node.items():
            yield from values(item, (*steps, name))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from values(item, (*steps, index))
    elif not FREE & set(steps):
        yield steps


def other(value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


def sample() -> Iterator[Any]:
    for offset, environment in enumerate(ENVIRONMENTS):
        template = committed(environment)
        for section in ("Resources", "Outputs", "Parameters", "Conditions"):
            found = list(values(template[section], (section,)))
            for steps in found[offset * 4 :: STEP]:
                name = ".".join(map(str, steps[1:]))
                yield pytest.param(environment, steps, id=f"{environment}-{name}")


@pytest.mark.parametrize(("environment", "steps"), list(sample()))
def test_a_changed_value_is_found_where_it_stands(environment: str, steps: Steps) -> None:
    template = committed(environment)
    node: Any = template
    for step in steps[:-1]:
        node = node[step]
    node[steps[-1]] = other(node[steps[-1]])
    kind = template[steps[0]][steps[1]].get("Type", "")
    found = (logical_id for _, logical_id in named(template, first=kind))
    assert steps[1] in found, list(named(template))
