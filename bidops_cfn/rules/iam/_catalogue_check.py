"""Actions of the reviewed allow-list that AWS does not have: a typo there, not in a template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bidops_cfn.facts.actions import actions_of, catalogue_version
from bidops_cfn.settings.problem import Problem, near, shown
from bidops_cfn.spec.permissions import FILE, allow_list
from bidops_cfn.spec.reviewed import HERE, refuse


def check_actions() -> None:
    """Raise ``UsageError`` where the allow-list names an action that the catalogue has not."""
    found = list(unknown_actions(allow_list()))
    if found:
        refuse(FILE, (HERE / FILE).read_text("utf-8"), found)


def unknown_actions(listed: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield each action of ``listed``, an allow-list, that is in no catalogue."""
    for service, roles in listed.items():
        for role, entries in roles.items():
            for index, entry in enumerate(entries):
                for place, action in enumerate(entry["actions"]):
                    known = actions_of(action.partition(":")[0])
                    if action not in known:
                        yield Problem(
                            f"{service}.{role}[{index}].actions[{place}]",
                            f"{shown(action)}{near(action, known)}",
                            f"an action as the catalogue {catalogue_version()} spells it",
                        )
