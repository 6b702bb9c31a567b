"""How a check of several things becomes one finding: what stands against it, what is doubtful."""

from __future__ import annotations

from collections.abc import Sequence

from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.settings.contract import Import

PAGE = "docs/before-the-first-deployment.md says what each line of preflight wants."


def judge(
    check: str,
    fine: str,
    *,
    against: Sequence[str] = (),
    doubts: Sequence[str] = (),
    hint: str = "",
) -> Preflight:
    """Return the finding: refused for anything in ``against``, a warning for anything in doubt.

    ``fine`` is what to say where there is neither; ``hint`` is left out there.
    """
    if not against and not doubts:
        return Preflight(check, Verdict.OK, fine)
    told = list(dict.fromkeys((*against, *doubts)))
    more = len(told) - 1
    message = told[0] + (f"; {more} more" if more else "")
    return Preflight(
        check,
        Verdict.REFUSED if against else Verdict.WARNING,
        message,
        details=tuple(told[1:]),
        hint=hint,
    )


def number_assumption(context: DeploymentContext, value: Import) -> str:
    """Return how REVIEW.md numbers the assumption about a contract value, ``A4``.

    Where it has none, what the contract claims of the value by name.
    """
    return find_number(context, f"`{value.output}`", f"the claim about {value.output}")


def find_number(context: DeploymentContext, words: str, otherwise: str) -> str:
    """Return the number of the first assumption whose text has ``words``, or ``otherwise``."""
    for number, text in context.target.assumptions().items():
        if words in text:
            return number
    return otherwise
