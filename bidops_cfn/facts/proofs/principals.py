"""Which role a principal of a policy is, and what policies of resources permit a role."""

from __future__ import annotations

from collections.abc import Callable

from bidops_cfn.facts import symbols
from bidops_cfn.facts.dynamic import is_dynamic
from bidops_cfn.facts.holders import policies_in
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import POLICIES, ROLE, Role, may_be_called, role_of
from bidops_cfn.facts.verdict import Outcomes, Witness


def admits(reading: Reading, role: Role, kind: str, who: object) -> str:
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


def admitted(reading: Reading, role: Role, counts: Callable[[str], bool]) -> Outcomes:
    """Yield what policies of the template's resources permit ``role``, of actions that count.

    In an account of its own such a policy permits by itself, whatever the role's policies say.
    """
    for resource in reading.document.resources.values():
        if resource.type in (ROLE, *POLICIES):
            continue
        for statement in (one for policy in policies_in(resource) for one in policy):
            if not statement.allows or not any(map(counts, statement.actions)):
                continue
            for kind, who in statement.principals:
                outcome = admits(reading, role, kind, who)
                if outcome:
                    text = f"{resource.logical_id} admits {symbols.show(who)}"
                    yield outcome, Witness(text, statement.path)
