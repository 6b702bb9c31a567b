"""No role can delete resources or change infrastructure (FR-018).

An action is harmless if the catalogue says that it lists or reads, or if it is one of the few that
write data and nothing else. Everything else, and everything unknown, counts as destructive.
"""

from __future__ import annotations

from bidops_cfn.facts.actions import access_level
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs.principals import admitted
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.verdict import Claim, Verdict, Witness, judge
from bidops_cfn.settings.contract import Imports
from bidops_cfn.spec.permissions import DATA_WRITES

HARMLESS_LEVELS = frozenset({"List", "Read"})


def is_destructive(action: str) -> bool:
    """Tell whether ``action`` may delete something or change infrastructure."""
    levels = frozenset(access_level(action).split(", "))
    return action not in DATA_WRITES and not levels <= HARMLESS_LEVELS


def _objects(role: Role, contract: Contract) -> tuple[str, ...]:
    if not any("s3:PutObject" in one.actions for one in role.statements if one.allows):
        return ()
    bucket = contract.written(Imports.KNOWLEDGE_BASE_BUCKET.value)
    return (f"writing an object can replace it: the bucket of {bucket} keeps versions",)


def unaided(role: Role) -> str:
    """Return what every claim about permissions of ``role`` takes for granted."""
    name = role.logical_id
    return f"no other stack attaches a policy to {name} or admits it in a policy of a resource"


def no_destruction(reading: Reading, role: Role, contract: Contract) -> Verdict:
    """Judge the claim that ``role`` permits no deletion and no change of infrastructure."""
    claim = Claim(
        "no-destruction",
        role.logical_id,
        f"The template gives {role.logical_id} no permission to delete resources or to change "
        "infrastructure.",
        ("FR-018",),
        (
            unaided(role),
            *_objects(role, contract),
        ),
    )
    against: list[Witness] = []
    unknown = [Witness("a managed policy from outside", policy.path) for policy in role.outside]
    shown: list[Witness] = []
    for statement in role.statements:
        reached = sorted(filter(is_destructive, statement.actions)) if statement.allows else []
        if not statement.readable:
            unknown.append(Witness("the statement cannot be read", statement.path))
        elif reached:
            more = f" and {len(reached) - 3} more" if len(reached) > 3 else ""
            against.append(Witness(f"allows {', '.join(reached[:3])}{more}", statement.path))
        else:
            shown.append(Witness("lists, reads or writes data only", statement.path))
    for outcome, witness in admitted(reading, role, is_destructive):
        (against if outcome == "against" else unknown).append(witness)
    return judge(claim, against=against, unknown=unknown, shown=shown)
