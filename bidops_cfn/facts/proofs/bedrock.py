"""A service without the capability cannot use Bedrock (User Story 5, scenario 4).

The way goes from the service over its task definition to the role that its code gets, so that
swapped roles are seen. Conditions, resources and denials are ignored: an action that is allowed
anywhere counts as allowed.
"""

from __future__ import annotations

from bidops_cfn.facts.actions import actions_of, services
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.verdict import Claim, Verdict, Witness, judge
from bidops_cfn.model import Service

BORROWING = frozenset({"iam:PassRole"})
ASSUMING = "sts:AssumeRole"


def forbidden_actions() -> frozenset[str]:
    """Return every action of Bedrock, and those that borrow somebody else's permissions."""
    bedrock = (actions_of(prefix) for prefix in services() if prefix.startswith("bedrock"))
    assuming = (action for action in actions_of("sts") if action.startswith(ASSUMING))
    return BORROWING.union(assuming, *bedrock)


def no_bedrock(reading: Reading, service: Service) -> Verdict:
    """Judge the claim that the code of ``service`` cannot call Bedrock with its own role."""
    claim = Claim(
        "no-bedrock",
        service.name,
        f"The template gives {service.name} no permission to use Bedrock, nor another role to take "
        "on.",
        ("FR-016", "US5-4"),
        (
            "no other stack attaches a policy to the role or admits it in a policy of a resource",
            f"what {service.name} asks another service to do is that service's own permission",
        ),
    )
    against: list[Witness] = []
    unknown: list[Witness] = []
    shown: list[Witness] = []
    found = reading.service(service.name)
    task = reading.task_definitions.get(found.task_definition or "") if found else None
    role = reading.roles.get(task.task_role or "") if task else None
    if role is None:
        where = task.resource.at("TaskRoleArn") if task else ("Resources",)
        unknown.append(Witness(f"no task role of {service.name} is in the template", where))
        return judge(claim, against=against, unknown=unknown, shown=shown)
    unknown += [Witness("a managed policy from outside", policy.path) for policy in role.outside]
    for statement in role.statements:
        reached = sorted(statement.actions & forbidden_actions()) if statement.allows else []
        if not statement.readable:
            unknown.append(Witness("the statement cannot be read", statement.path))
        elif reached:
            against.append(Witness(f"allows {_few(reached)}", statement.path))
        else:
            shown.append(Witness("allows no such action", statement.path))
    shown.append(Witness(f"{role.logical_id} is the task role", role.resource.path))
    return judge(claim, against=against, unknown=unknown, shown=shown)


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
