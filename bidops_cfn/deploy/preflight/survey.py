"""All checks in order, reported one by one; refused at the end with everything that was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.guards import require_deployable
from bidops_cfn.deploy.preflight.account import account
from bidops_cfn.deploy.preflight.alarms import alarms
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.exports import exports, imports
from bidops_cfn.deploy.preflight.images import images
from bidops_cfn.deploy.preflight.network import prefix_list
from bidops_cfn.deploy.preflight.review import check, review
from bidops_cfn.deploy.preflight.secrets import secrets
from bidops_cfn.deploy.preflight.size import size
from bidops_cfn.deploy.records import Preflight, Result, Verdict
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import StackAction, choose_action, find_stack, get_template
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import GuardRefused

Check = tuple[str, Callable[[DeploymentContext], Preflight]]

IN_THE_REPOSITORY: tuple[Callable[[Target], Preflight], ...] = (review, size, check)
IN_THE_ACCOUNT: tuple[Check, ...] = (
    ("imports", imports),
    ("exports", exports),
    ("images", images),
    ("secrets", secrets),
    ("prefix list", prefix_list),
    ("alarms", alarms),
)


def survey(runtime: Runtime, target: Target) -> DeploymentContext:
    """Run every check, emit what each found, and return what stands in the account.

    Raises ``GuardRefused`` with all findings, and the ``Fault`` where AWS cannot be asked at all.
    """
    runtime.output.status("Checking the template ...")
    findings = [emitted(runtime, one(target)) for one in IN_THE_REPOSITORY]
    runtime.output.status("Asking AWS who we are ...")
    where = emitted(runtime, account(runtime.client, target.environment))
    findings.append(where)
    context = None
    if where.verdict is Verdict.OK:
        context = inspected(runtime, target)
        for name, one in IN_THE_ACCOUNT:
            runtime.output.status(f"Checking {name} ...")
            findings.append(emitted(runtime, guarded(name, one, context)))
    refused = [finding for finding in findings if finding.verdict is Verdict.REFUSED]
    if refused or context is None:
        raise GuardRefused(
            "preflight refused",
            f"{len(refused)} of {len(findings)} checks; nothing was created",
            details=list(shown(refused)),
            hint="\n".join(dict.fromkeys(finding.hint for finding in refused if finding.hint)),
        )
    return context


def ready_to_deploy(runtime: Runtime, target: Target) -> Result:
    """Run every check and return the result of a good end: a deployment could begin now.

    Raises what stands against that, a finding or the stack's state.
    """
    context = survey(runtime, target)
    require_deployable(runtime, target, context.stack)
    return Result(
        outcome="ready",
        exit_code=0,
        summary=f"{target.environment.name} can be deployed",
        next=f"Deploy it: {target.command('deploy')}",
        environment=target.environment.name,
        stack_id=context.stack.id if context.stack else "",
        template_sha256=target.sha256,
    )


def inspected(runtime: Runtime, target: Target) -> DeploymentContext:
    """Return the target with its stack, and the stack's template when it can be updated."""
    stack = find_stack(runtime.client, target.environment.stack_name)
    deployed = None
    if stack is not None and choose_action(stack.status) is StackAction.UPDATE:
        deployed = get_template(runtime.client, stack.id)
    return DeploymentContext(runtime.client, target, stack, deployed)


def guarded(
    name: str, check_: Callable[[DeploymentContext], Preflight], context: DeploymentContext
) -> Preflight:
    """Return the check's finding; what cannot be checked is refused, not passed over."""
    try:
        return check_(context)
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
