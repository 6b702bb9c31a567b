"""``docs/deploy-permissions.md``: every decision about permissions, for people to read.

``make docs`` writes it; a test fails when the committed page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bidops_cfn import project
from bidops_cfn.deploy.calls import Call, Need, Resource
from bidops_cfn.permissions import deployer, handlers
from bidops_cfn.permissions import place as places
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Condition
from bidops_cfn.permissions.scopes import list_scopes
from bidops_cfn.permissions.scopes.everywhere import WIDE
from bidops_cfn.permissions.scopes.omissions import OMISSIONS
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment

INTRODUCTION = """\
# Permissions

Four roles look at, plan and deploy an environment. Each has a policy that the tool prints, narrowed
to the environment's account, region, stack and names:

```console run
$ bidops-cfn policy --env dev --role deployer > deployer.json
...
$ bidops-cfn policy --env dev --role cloudformation > service-role.json
...
$ bidops-cfn policy --env dev --role reader | head -3
{
  "Version": "2012-10-17",
  "Statement": [
```

| Role | Who | Policy from |
|---|---|---|
| `reader` | who only looks: `preflight`, `status`, `verify` | the calls of these commands |
| `planner` | a pipeline that plans a pull request | the reader's, and change sets |
| `deployer` | the person or pipeline that types the commands | every call of the tool |
| `cloudformation` | CloudFormation: `deploy.role_arn` | the handlers of the template's types |

Set `deploy.role_arn`: then people and pipelines have `deployer` alone, and change a resource only
through a change set. Without it CloudFormation acts as the caller, who needs both policies.

The service role trusts CloudFormation:

```json
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": { "Service": "cloudformation.amazonaws.com" },
      "Action": "sts:AssumeRole"
    }
  ]
}
```

Give it a name that does not start with the stack's: what is called like the stack's roles, the
policy may change. Set `security.permissions_boundary_arn`: without a boundary the service role may
give the stack's roles any permission.

Print the policies anew when settings or templates change. Attach the wider one before a deployment
that adds a type of resource, and the narrower one after a deployment that removes the last of a
type. Role names are matched by the stack's name; where stack and logical id do not fit into 64
characters, CloudFormation shortens both, and the policy takes the first 25 letters of the stack's.

No value of a secret is ever read: parameters and secrets are only looked for by name.

This page is written by `make docs` from the same decisions as the policies. In it, `<stack>` stands
for the stack's name, `<family>` for a task definition's.
[ADR 0015](adr/0015-narrow-policies.md) says how the decisions are made.
"""


def write_page(place: Place) -> str:
    """Return the page; ``place`` gives the template's types."""
    lines = [
        INTRODUCTION,
        "## Reader and deployer",
        "",
        "The deployer has the reader's permissions too. So has the planner, and of the deployer's",
        f"{format_code(frozenset(one.text for one in deployer.PLANNING))}.",
        "",
        *list_deploying(place),
        "",
        "## CloudFormation",
        "",
        *list_granted(place),
        "",
        "Beyond what the schemas list, since AWS's pages or reports of users ask for it:",
        "",
        *list_beyond(),
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
        *list_omitted(),
    ]
    region = place.environment.region  # any other would be none of AWS's
    return "\n".join(lines).rstrip().replace(region, "<region>") + "\n"


def list_deploying(place: Place) -> Iterator[str]:
    """Yield the table of what people and pipelines may do."""
    yield "| On | Reader | Deployer | Why not narrower |"
    yield "|---|---|---|---|"
    where = deployer.map_arns(place, None)
    for resource in Resource:
        calls = [call for call in Call if call.value.resource is resource]
        for condition in dict.fromkeys(
            format_condition(deployer.choose_condition(place, one)) for one in calls
        ):
            same = [
                one
                for one in calls
                if format_condition(deployer.choose_condition(place, one)) == condition
            ]
            reading, writing = (
                format_code(
                    frozenset(one.text for one in same if one.value.need is need).union(
                        *(deployer.list_beside(one) for one in same if one.value.need is need)
                    )
                )
                for need in (Need.READ, Need.DEPLOY)
            )
            reasons = [
                deployer.NOT_NARROWER_CALL[one] for one in same if one in deployer.NOT_NARROWER_CALL
            ]
            why = deployer.NOT_NARROWER.get(resource, "; ".join(reasons))
            if resource is Resource.ANY and not why:
                why = "IAM knows no resource for these actions"
            yield f"| {format_code(where[resource])}{condition} | {reading} | {writing} | {why} |"
    for one in deployer.list_for_drift(place):
        on = f"{format_code(one.resources)}{format_condition(one.condition)}"
        why = "a drift detection reads every resource as the caller, by its type's `read` handler"
        yield f"| {on} | {format_code(one.actions)} |  | {why} |"
    tags = next(deployer.list_further(place, where))
    yield f"| {format_code(tags.resources)} |  | {format_code(tags.actions)} |  |"
    yield "| `deploy.role_arn`, to `cloudformation.amazonaws.com` |  | `iam:PassRole` |  |"


def list_granted(place: Place) -> Iterator[str]:
    """Yield the table of what CloudFormation may do."""
    yield "| Statement | Actions | On | Why not narrower |"
    yield "|---|---|---|---|"
    needed = {
        type_: handlers.list_actions(type_, place.environment.region) for type_ in place.types
    }
    for scope in list_scopes(place):
        actions = frozenset(
            action
            for type_ in scope.types
            for action in needed.get(type_, ())
            if action in scope.actions
        )
        if actions:
            on = f"{format_code(scope.resources)}{format_condition(scope.condition)}"
            yield f"| `{scope.sid}` | {format_code(actions)} | {on} | {scope.why} |"


def list_beyond() -> Iterator[str]:
    """Yield what is granted although no schema lists it."""
    for type_, (actions, source) in sorted(handlers.BEYOND.items()):
        yield f"- `{type_}`: {format_code(actions)} (<{source}>)"


def list_omitted() -> Iterator[str]:
    """Yield the table of what is not granted."""
    yield "| Type | Actions | Why | Only for |"
    yield "|---|---|---|---|"
    for one in OMISSIONS:
        only = f"`{one.only_for}`" if one.only_for else ""
        yield f"| `{one.type}` | {format_code(one.actions)} | {one.why} | {only} |"


def format_code(words: Sequence[str] | frozenset[str]) -> str:
    """Return words as a list of code in one cell."""
    return ", ".join(f"`{word}`" for word in sorted(words))


def format_condition(condition: Condition) -> str:
    """Return a condition as words that follow a resource; nothing for none."""
    verbs = {"StringEquals": "is"}
    parts = [
        f"`{key}` {verbs.get(operator, 'is like')} {format_code(as_sequence(value))}"
        for operator, keys in condition.items()
        for key, value in sorted(keys.items())
    ]
    return f", where {' and '.join(parts)}" if parts else ""


def as_sequence(value: str | Sequence[str]) -> Sequence[str]:
    """Return one or several values as a sequence."""
    return (value,) if isinstance(value, str) else value


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
    """Return the page of the project in ``root``."""
    where = project.find(root)
    name = where.environments[0]
    text = where.template(name).read_text(encoding="utf-8")
    environment = load.load(where.params, name)
    return write_page(make_example(environment, text)).replace(environment.region, "<region>")


if __name__ == "__main__":
    sys.stdout.write(write_committed(Path.cwd()))
