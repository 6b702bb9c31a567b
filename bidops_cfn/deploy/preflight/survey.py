"""All checks in order, reported one by one; refused at the end with everything that was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.admission import admit
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.preflight.account import account
from bidops_cfn.deploy.preflight.alarms import alarms
from bidops_cfn.deploy.preflight.exports import exports, imports
from bidops_cfn.deploy.preflight.images import images
from bidops_cfn.deploy.preflight.network import prefix_list
from bidops_cfn.deploy.preflight.review import check, review
from bidops_cfn.deploy.preflight.secrets import secrets
from bidops_cfn.deploy.preflight.size import size
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.records import Preflight, Result, Verdict
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.state import Action, action
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import GuardRefused

Check = tuple[str, Callable[[Subject], Preflight]]

IN_THE_REPOSITORY: tuple[Callable[[Target], Preflight], ...] = (review, size, check)
IN_THE_ACCOUNT: tuple[Check, ...] = (
    ("imports", imports),
    ("exports", exports),
    ("images", images),
    ("secrets", secrets),
    ("prefix list", prefix_list),
    ("alarms", alarms),
)


def survey(runtime: Runtime, target: Target) -> Subject:
    """Run every check, emit what each found, and return what stands in the account.

    Raises ``GuardRefused`` with all findings, and the ``Fault`` where AWS cannot be asked at all.
    """
    runtime.output.status("Checking the template ...")
    findings = [emitted(runtime, one(target)) for one in IN_THE_REPOSITORY]
    runtime.output.status("Asking AWS who we are ...")
    where = emitted(runtime, account(runtime.wire, target.environment))
    findings.append(where)
    subject = None
    if where.verdict is Verdict.OK:
        subject = inspected(runtime, target)
        for name, one in IN_THE_ACCOUNT:
            runtime.output.status(f"Checking {name} ...")
            findings.append(emitted(runtime, guarded(name, one, subject)))
    refused = [finding for finding in findings if finding.verdict is Verdict.REFUSED]
    if refused or subject is None:
        raise GuardRefused(
            "preflight refused",
            f"{len(refused)} of {len(findings)} checks; nothing was created",
            details=list(shown(refused)),
            hint="\n".join(dict.fromkeys(finding.hint for finding in refused if finding.hint)),
        )
    return subject


def ready_to_deploy(runtime: Runtime, target: Target) -> Result:
    """Run every check and return the result of a good end: a deployment could begin now.

    Raises what stands against that, a finding or the stack's state.
    """
    subject = survey(runtime, target)
    admit(runtime, target, subject.stack)
    return Result(
        outcome="ready",
        exit_code=0,
        summary=f"{target.environment.name} can be deployed",
        next=f"Deploy it: {target.command('deploy')}",
        environment=target.environment.name,
        stack_id=subject.stack.id if subject.stack else "",
        template_sha256=target.sha256,
    )


def inspected(runtime: Runtime, target: Target) -> Subject:
    """Return the target with its stack, and the stack's template when it can be updated."""
    stack = stacks.find(runtime.wire, target.environment.stack_name)
    deployed = None
    if stack is not None and action(stack.status) is Action.UPDATE:
        deployed = stacks.deployed_template(runtime.wire, stack.id)
    return Subject(runtime.wire, target, stack, deployed)


def guarded(name: str, check_: Callable[[Subject], Preflight], subject: Subject) -> Preflight:
    """Return the check's finding; what cannot be checked is refused, not passed over."""
    try:
        return check_(subject)
    except Fault as fault:
        return Preflight(name, Verdict.REFUSED, f"could not be checked: {fault}", hint=fault.hint)


def emitted(runtime: Runtime, finding: Preflight) -> Preflight:
    """Report ``finding`` and return it."""
    runtime.output.emit(finding)
    return finding


def shown(findings: Iterable[Preflight]) -> Iterable[str]:
    """Yield findings as lines of an error: each with its details below."""
    for finding in findings:
        yield f"{finding.check}: {finding.message}"
        yield from (f"    {detail}" for detail in finding.details)
