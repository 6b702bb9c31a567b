"""All checks at the same time, reported in one order; refused at the end with all that was found.

::

    repository   review, size, check  -.
    account      credentials, region  --+-- right: every check of CHECKS, each in a thread
                                        '-- wrong: nothing in that account is looked at
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

from bidops_cfn.deploy.client import start
from bidops_cfn.deploy.faults import (
    STRANGE_ANSWER,
    AccessDenied,
    ExpiredCredentials,
    Fault,
    NoCredentials,
    Unsupported,
    describe_strange,
)
from bidops_cfn.deploy.guards import require_deployable
from bidops_cfn.deploy.preflight.account import hooks, models, roles, secrets, secrets_key
from bidops_cfn.deploy.preflight.alarms import alarms, notifications
from bidops_cfn.deploy.preflight.basics import account, check, review, size
from bidops_cfn.deploy.preflight.context import DeploymentContext, Unseen
from bidops_cfn.deploy.preflight.exports import exports, imports
from bidops_cfn.deploy.preflight.groups import groups
from bidops_cfn.deploy.preflight.images import images, platform
from bidops_cfn.deploy.preflight.load_balancer import listener, load_balancer
from bidops_cfn.deploy.preflight.public_alb import https, public_alb
from bidops_cfn.deploy.preflight.quotas import quotas
from bidops_cfn.deploy.preflight.scans import scan_findings, signatures
from bidops_cfn.deploy.preflight.vpc import endpoints, prefix_list, subnets
from bidops_cfn.deploy.records import Preflight, Result, Verdict
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import GuardRefused


class Kind(Enum):
    """What it means that a check cannot look."""

    OTHERS = auto()  # it protects other people: refused
    NEEDED = auto()  # no deployment ends well without: refused, but for a lack of permission
    ADVICE = auto()  # said, and nothing more


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the account by its name."""

    name: str
    look: Callable[[DeploymentContext], Preflight]
    kind: Kind = Kind.ADVICE


IN_THE_REPOSITORY: tuple[Callable[[Target], Preflight], ...] = (review, size, check)
CHECKS: tuple[Check, ...] = (
    Check("imports", imports, Kind.NEEDED),
    Check("exports", exports, Kind.OTHERS),
    Check("images", images, Kind.NEEDED),
    Check("platform", platform),
    Check("scan findings", scan_findings),
    Check("signatures", signatures),
    Check("secrets", secrets, Kind.NEEDED),
    Check("secrets key", secrets_key),
    Check("roles", roles),
    Check("quotas", quotas),
    Check("models", models),
    Check("prefix list", prefix_list, Kind.NEEDED),
    Check("subnets", subnets),
    Check("endpoints", endpoints),
    Check("groups", groups),
    Check("load balancer", load_balancer),
    Check("public alb", public_alb),
    Check("https", https),
    Check("listener", listener),
    Check("alarms", alarms, Kind.NEEDED),
    Check("notifications", notifications),
    Check("hooks", hooks),
)


def survey(runtime: Runtime, target: Target) -> DeploymentContext:
    """Run every check, emit what each found, and return what a deployment starts from.

    Raises ``GuardRefused`` with all findings, and the ``Fault`` where AWS cannot be asked at all.
    """
    return _inspect(runtime, target)[0]


def ready_to_deploy(runtime: Runtime, target: Target) -> Result:
    """Run every check and return the result of a good end: a deployment could begin now."""
    context, findings = _inspect(runtime, target)
    require_deployable(runtime, target, context.stack)
    summary = f"{target.environment.name} can be deployed{_count_doubts(findings)}"
    stack_id = context.stack.id if context.stack else ""
    step = f"Deploy it: {context.resolved_target.command('deploy')}"
    return target.succeed("ready", summary, stack_id, next=step, template_sha256=target.sha256)


def _count_doubts(findings: Sequence[Preflight]) -> str:
    verdicts = [finding.verdict for finding in findings]
    warnings, unseen = verdicts.count(Verdict.WARNING), verdicts.count(Verdict.NOT_CHECKED)
    parts = [f"{warnings} warning{'s' * (warnings != 1)}"] if warnings else []
    parts += [f"{unseen} not checked"] if unseen else []
    return f", with {' and '.join(parts)}" if parts else ""


def _inspect(runtime: Runtime, target: Target) -> tuple[DeploymentContext, list[Preflight]]:
    runtime.output.status("Checking the template ...")
    caller = start(partial(account, runtime.client, target.environment))
    findings = [_report(runtime, one(target)) for one in IN_THE_REPOSITORY]
    runtime.output.status("Checking credentials ...")
    where = _report(runtime, caller.result())
    findings.append(where)
    context = DeploymentContext(runtime.client, target, runtime.clock)
    if where.verdict is Verdict.OK:
        runtime.output.status(f"Checking the account ({len(CHECKS)} checks) ...")
        begun = [start(partial(run_check, one, context)) for one in CHECKS]
        findings += [_report(runtime, one.result()) for one in begun]
        _ = (context.stack, context.deployed)  # raises where it is not known whether there is one
    refused = [finding for finding in findings if finding.verdict is Verdict.REFUSED]
    if refused:
        names = ", ".join(one.check for one in refused)
        hints = dict.fromkeys(line for one in refused for line in one.hint.splitlines())
        raise GuardRefused(
            "preflight failed",
            f"{names} ({len(refused)} of {len(findings)} checks); nothing was created",
            details=list(_format_findings(refused)),
            hint="\n".join(hints),
        )
    return context, findings


def run_check(one: Check, context: DeploymentContext) -> Preflight:
    """Return the check's finding; why it could not look, where it could not."""
    try:
        return one.look(context)
    except Unseen as unseen:
        return Preflight(one.name, Verdict.NOT_CHECKED, str(unseen))
    except STRANGE_ANSWER as error:
        verdict = Verdict.NOT_CHECKED if one.kind is Kind.ADVICE else Verdict.REFUSED
        return Preflight(one.name, verdict, describe_strange(error))
    except Fault as fault:
        no_credentials = isinstance(fault, NoCredentials | ExpiredCredentials)
        needed = one.kind is Kind.NEEDED and not isinstance(fault, AccessDenied | Unsupported)
        if no_credentials or needed or one.kind is Kind.OTHERS:
            message = f"could not be checked: {fault}"
            return Preflight(one.name, Verdict.REFUSED, message, hint=fault.hint)
        return Preflight(one.name, Verdict.NOT_CHECKED, str(fault), hint=fault.hint)


def _report(runtime: Runtime, finding: Preflight) -> Preflight:
    runtime.output.emit(finding)
    return finding


def _format_findings(findings: Iterable[Preflight]) -> Iterable[str]:
    for finding in findings:
        yield f"{finding.check}: {finding.message}"
        yield from (f"    {detail}" for detail in finding.details)
