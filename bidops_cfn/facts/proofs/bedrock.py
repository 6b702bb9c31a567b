"""A service without the capability cannot use Bedrock (User Story 5, scenario 4).

The way goes from every ECS service that runs it over its task definition to the role that its code
gets and the one that starts it, so that swapped roles are seen, and on to the roles that trust
these. Conditions, resources and denials are ignored: an action that is allowed anywhere counts as
allowed.
"""

from __future__ import annotations

import re

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping
from bidops_cfn.facts.proofs.destruction import unaided
from bidops_cfn.facts.proofs.escalation import escalates
from bidops_cfn.facts.proofs.principals import admits, admitted
from bidops_cfn.facts.proofs.strangers import strangers
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.statements import Statement
from bidops_cfn.facts.task_definitions import TaskDefinition
from bidops_cfn.facts.verdict import Claim, Outcomes, Verdict, Witness, judged
from bidops_cfn.settings.services import Service

# Variables by which an SDK takes credentials instead of the task role's.
CREDENTIALS = re.compile(
    r"AWS_(BEARER_TOKEN_\w+|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN"
    r"|CONTAINER_CREDENTIALS_\w+)$"
)


def is_forbidden(action: str) -> bool:
    """Tell whether ``action`` is one of Bedrock, or leads to permissions that may be."""
    return action.startswith("bedrock") or escalates(action)


def no_bedrock(reading: Reading, service: Service) -> Verdict:
    """Judge the claim that the code of ``service`` cannot call Bedrock, as itself or as another."""
    roles = _roles(reading, service)
    claim = Claim(
        "no-bedrock",
        service.name,
        f"The template gives {service.name} no permission to use Bedrock, nor another role to take "
        "on.",
        ("FR-016", "US5-4"),
        (
            *map(unaided, roles),
            f"what {service.name} asks another service to do is that service's own permission",
        ),
    )
    return judged(claim, _outcomes(reading, service, roles))


def _roles(reading: Reading, service: Service) -> tuple[Role, ...]:
    running = reading.running(service)
    tasks = (reading.task_definitions.get(one.task_definition or "") for one in running)
    names = [name for task in tasks if task for name in (task.task_role, task.execution_role)]
    return tuple(reading.roles[name] for name in dict.fromkeys(filter(None, names)))


def _outcomes(reading: Reading, service: Service, roles: tuple[Role, ...]) -> Outcomes:
    yield from strangers(reading, service)
    running = reading.running(service)
    tasks = [reading.task_definitions.get(one.task_definition or "") for one in running]
    for task in tasks:
        if task is None or task.task_role is None:
            where = task.resource.at("TaskRoleArn") if task else ("Resources",)
            missing = f"no task role of {service.name} is in the template"
            yield "unknown", Witness(missing, where)
        yield from _credentials(task)
    if not running:
        missing = f"no task role of {service.name} is in the template"
        yield "unknown", Witness(missing, ("Resources",))
    for role in roles:
        for policy in role.outside:
            yield "unknown", Witness("a managed policy from outside", policy.path)
        for statement in role.statements:
            yield _statement(statement)
        yield from _trusting(reading, role)
        yield from admitted(reading, role, is_forbidden)
    for role in roles:
        yield "shown", Witness(f"{role.logical_id} is a role of {service.name}", role.resource.path)


def _credentials(task: TaskDefinition | None) -> Outcomes:
    """Yield every variable by which the code gets other credentials."""
    for container in task.containers if task else ():
        for step in ("Environment", "Secrets"):
            for index, raw in enumerate(items(container.definition.get(step))):
                name = symbols.show(mapping(raw).get("Name"))
                if CREDENTIALS.match(name):
                    path = (*container.path, step, index)
                    yield "unknown", Witness(f"{name} has the credentials of another", path)


def _statement(statement: Statement) -> tuple[str, Witness]:
    if not statement.readable:
        return "unknown", Witness("the statement cannot be read", statement.path)
    reached = sorted(filter(is_forbidden, statement.actions)) if statement.allows else []
    if reached:
        return "against", Witness(f"allows {_few(reached)}", statement.path)
    return "shown", Witness("allows no such action", statement.path)


def _trusting(reading: Reading, role: Role) -> Outcomes:
    """Yield every role that ``role`` may take on because that one trusts it."""
    for other in reading.roles.values():
        for statement in other.trust:
            if not statement.readable:
                text = f"whom {other.logical_id} trusts cannot be read"
                yield "unknown", Witness(text, statement.path)
            for kind, who in statement.principals if statement.allows else ():
                outcome = admits(reading, role, kind, who)
                if outcome:
                    text = f"{other.logical_id} trusts {symbols.show(who)}"
                    yield outcome, Witness(text, statement.path)


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
