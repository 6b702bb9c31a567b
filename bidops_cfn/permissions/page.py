"""``docs/deploy-permissions.md``: every decision about permissions, for people to read.

``make docs`` writes it; a test fails when the committed page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bidops_cfn import project
from bidops_cfn.deploy.calls import Call, Need, Resource
from bidops_cfn.permissions import cloudformation, deployer
from bidops_cfn.permissions import place as places
from bidops_cfn.permissions.cloudformation import OMISSIONS
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Condition
from bidops_cfn.permissions.scopes import WIDE
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment

PAGE = "docs/deploy-permissions.md"
HEAD = "## Reader and deployer"
"""From here on the page is written; what stands above it is kept."""


def _write_page(place: Place) -> str:
    lines = [
        HEAD,
        "",
        "The deployer has the reader's permissions too. So has the planner, and of the deployer's",
        f"{_format_code(one.text for one in deployer.PLANNING)}.",
        "",
        *_list_deploying(place),
        "",
        "## CloudFormation",
        "",
        *_list_granted(place),
        "",
        "Beyond what the schemas list, since AWS's pages or reports of users ask for it:",
        "",
        *_list_beyond(),
        "",
        "Granted on everything although the catalogue of IAM actions knows, or may know, less:",
        "",
        *(f"- `{action}`: {why}." for action, why in sorted(WIDE.items())),
        "",
        "### Not granted",
        "",
        "The schemas' handlers name these too. Should a template get a property that needs one,",
        "`bidops-cfn policy` says so.",
        "",
        *_list_omitted(),
    ]
    region = place.environment.region  # any other would be none of AWS's
    return "\n".join(lines).replace(region, "<region>").rstrip() + "\n"


def _list_deploying(place: Place) -> Iterator[str]:
    yield "| On | Reader | Deployer | Why not narrower |"
    yield "|---|---|---|---|"
    where = deployer.map_arns(place, None)
    for resource in Resource:
        groups: dict[str, list[Call]] = {}
        for call in (one for one in Call if one.value.resource is resource):
            condition = format_condition(deployer.choose_condition(place, call))
            groups.setdefault(condition, []).append(call)
        for condition, calls in groups.items():
            reading, writing = (
                _format_code(deployer.list_actions(one for one in calls if one.value.need is need))
                for need in (Need.READ, Need.DEPLOY)
            )
            known = deployer.NOT_NARROWER_CALL
            why = deployer.NOT_NARROWER.get(
                resource, "; ".join(known[one] for one in calls if one in known)
            )
            if resource is Resource.ANY and not why:
                why = "IAM knows no resource for these actions"
            yield f"| {_format_code(where[resource])}{condition} | {reading} | {writing} | {why} |"
    for one in deployer.list_for_drift(place):
        on = f"{_format_code(one.resources)}{format_condition(one.condition)}"
        why = "a drift detection reads every resource as the caller, by its type's `read` handler"
        yield f"| {on} | {_format_code(one.actions)} |  | {why} |"
    tags = next(deployer.list_further(place, where))
    yield f"| {_format_code(tags.resources)} |  | {_format_code(tags.actions)} |  |"
    yield "| `deploy.role_arn`, to `cloudformation.amazonaws.com` |  | `iam:PassRole` |  |"


def _list_granted(place: Place) -> Iterator[str]:
    yield "| Statement | Actions | On | Why not narrower |"
    yield "|---|---|---|---|"
    needed = {
        type_: cloudformation.list_actions(type_, place.environment.region) for type_ in place.types
    }
    for scope, actions in cloudformation.match_scopes(place, needed):
        on = f"{_format_code(scope.resources)}{format_condition(scope.condition)}"
        yield f"| `{scope.sid}` | {_format_code(actions)} | {on} | {scope.why} |"


def _list_beyond() -> Iterator[str]:
    for type_, (actions, source) in sorted(cloudformation.BEYOND.items()):
        yield f"- `{type_}`: {_format_code(actions)} (<{source}>)"


def _list_omitted() -> Iterator[str]:
    yield "| Type | Actions | Why | Only for |"
    yield "|---|---|---|---|"
    for one in OMISSIONS:
        only = f"`{one.only_for}`" if one.only_for else ""
        yield f"| `{one.type}` | {_format_code(one.actions)} | {one.why} | {only} |"


def _format_code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def format_condition(condition: Condition) -> str:
    """Return a condition as words that follow a resource; nothing for none."""
    verbs = {"StringEquals": "is"}
    parts = [
        f"`{key}` {verbs.get(operator, 'is like')} "
        + _format_code([value] if isinstance(value, str) else value)
        for operator, keys in condition.items()
        for key, value in sorted(keys.items())
    ]
    return f", where {' and '.join(parts)}" if parts else ""


def make_example(environment: Environment, text: str) -> Place:
    """Return the place of an environment and template, with placeholders for its names.

    The region stays, since it decides the partition.
    """
    found = places.read_place(environment, text, "the template")
    named = replace(
        environment,
        account_id="<account>",
        stack_name="<stack>",
        discovery=replace(environment.discovery, namespace="<namespace>"),
    )
    types: dict[str, Any] = {
        type_: {"Type": type_, "Properties": {"Family": "<family>"}} for type_ in found.types
    }
    return Place(named, {"Resources": types})


def write_committed(root: Path) -> str:
    """Return the page of the project in ``root``, with what a person wrote at its beginning."""
    where = project.find(root)
    kept, _, _ = (root / PAGE).read_text(encoding="utf-8").partition(HEAD)
    name = where.environments[0]
    text = where.template(name).read_text(encoding="utf-8")
    environment = load.load(where.params, name)
    return kept + _write_page(make_example(environment, text))


if __name__ == "__main__":
    sys.stdout.write(write_committed(Path.cwd()))
