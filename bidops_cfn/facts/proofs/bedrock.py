"""A service without the capability cannot use Bedrock (User Story 5, scenario 4).

The way goes from every ECS service that runs it over its task definition to the role that its code
gets and the one that starts it, so that swapped roles are seen, and on to the roles that trust
these. Conditions, resources and denials are ignored: an action that is allowed anywhere counts as
allowed.
"""

from __future__ import annotations

from bidops_cfn.facts import symbols
from bidops_cfn.facts.dynamic import is_dynamic
from bidops_cfn.facts.proofs.destruction import unaided
from bidops_cfn.facts.proofs.escalation import escalates
from bidops_cfn.facts.proofs.strangers import strangers
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import Role, may_be_called, role_of
from bidops_cfn.facts.statements import Statement
from bidops_cfn.facts.verdict import Claim, Outcomes, Verdict, Witness, judged
from bidops_cfn.model import Service


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
    if not running:
        missing = f"no task role of {service.name} is in the template"
        yield "unknown", Witness(missing, ("Resources",))
    for role in roles:
        for policy in role.outside:
            yield "unknown", Witness("a managed policy from outside", policy.path)
        for statement in role.statements:
            yield _statement(statement)
        yield from _trusting(reading, role)
    for role in roles:
        yield "shown", Witness(f"{role.logical_id} is a role of {service.name}", role.resource.path)


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
                outcome = _admits(reading, role, kind, who)
                if outcome:
                    text = f"{other.logical_id} trusts {symbols.show(who)}"
                    yield outcome, Witness(text, statement.path)


def _admits(reading: Reading, role: Role, kind: str, who: object) -> str:
    """Return whether a principal is, or may be, ``role``; empty for what it is not."""
    written = symbols.text(who)
    if kind not in ("AWS", "*"):
        return ""
    if written is None:
        own = role_of(reading.document, who)
        if own is None and role.logical_id in symbols.all_referenced(who):
            own = role.logical_id
        if own == role.logical_id:
            return "against"
        pseudo = symbols.all_referenced(who) <= {"AWS::AccountId", "AWS::Partition"}
        return "" if own or (pseudo and symbols.show(who).endswith(":root")) else "unknown"
    if "*" in written:
        return "against"
    if is_dynamic(written):
        return "unknown"
    # arn:aws:iam::ACCOUNT:role/PATH/NAME, or arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION
    names = written.rpartition(":")[2].split("/")[1:]
    return "against" if any(may_be_called(role.resource, one) for one in names) else ""


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
