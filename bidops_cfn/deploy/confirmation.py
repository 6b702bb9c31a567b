"""The question before anything is executed, answered by a person or by ``--yes``."""

from __future__ import annotations

from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.errors import Declined
from bidops_cfn.settings.environment import Environment


def confirm(
    runtime: Runtime,
    environment: Environment,
    what: str,
    *,
    yes: bool,
    otherwise: str,
) -> None:
    """Return if ``what`` may be executed; raise ``Declined`` if not.

    ``otherwise`` says what a no leaves.
    Environments with ``confirm_name`` want their name typed, so that a habit does not deploy.
    """
    if yes:
        return
    require_answer(runtime, yes=yes, otherwise=otherwise)
    if runtime.agree:
        agreed = runtime.agree(f"{what} ({environment.account_id}, {environment.region})")
    else:
        agreed = ask(runtime, environment, what)
    if not agreed:
        raise Declined("declined", otherwise)


def ask(runtime: Runtime, environment: Environment, what: str) -> bool:
    """Return whether the person at the terminal agrees."""
    where = f"{environment.name} ({environment.account_id}, {environment.region})"
    if environment.deploy.confirm_name:
        answer = runtime.terminal.ask(
            f"{what} on {where}. Type the environment's name to execute: "
        )
        return answer.strip() == environment.name
    answer = runtime.terminal.ask(f"{what} on {where}. Execute? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def require_answer(runtime: Runtime, *, yes: bool, otherwise: str, instead: str = "") -> None:
    """Raise ``Declined`` where a question could not be answered: no ``--yes``, and no terminal.

    ``otherwise`` says what that leaves, ``instead`` what can be done without a terminal.
    """
    if not yes and not runtime.agree and not runtime.terminal.interactive:
        raise Declined(
            "no terminal for the confirmation, and no --yes",
            otherwise,
            hint=f"Add --yes, or {instead}" if instead else "Add --yes if that is meant.",
        )
