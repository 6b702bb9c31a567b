"""A deployment from end to end: preflight, state, change set, table, consent, execution, verdict.

Nothing that it does is unsafe to do twice, and it can be interrupted anywhere: before the execution
nothing of ours is left behind, after it the operation goes on and can be watched again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from bidops_cfn.deploy import template
from bidops_cfn.deploy.admission import admit
from bidops_cfn.deploy.change_report import report
from bidops_cfn.deploy.change_table import rows as table
from bidops_cfn.deploy.change_table import summary
from bidops_cfn.deploy.clearance import ready
from bidops_cfn.deploy.conclusion import unchanged
from bidops_cfn.deploy.consent import consent
from bidops_cfn.deploy.counts import live_counts
from bidops_cfn.deploy.draft import Draft, draft, made
from bidops_cfn.deploy.guards import require_allowed, require_exports, require_made
from bidops_cfn.deploy.launch import Launch, launch
from bidops_cfn.deploy.plan_file import Plan
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.proposal import request
from bidops_cfn.deploy.records import ChangeRow, Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import Interrupted


class Purpose(Enum):
    """What a change set is made for."""

    EXECUTE = "execute"
    SHOW = "show"  # and delete
    KEEP = "keep"  # for somebody to execute later


def by_hand(plan: Plan) -> str:
    """Return how to execute or delete a change set without this tool."""
    return (
        "Execute it, and see how it ends:\n"
        f"  aws cloudformation execute-change-set --change-set-name {plan.change_set_id}\n"
        f"  bidops-cfn watch --env {plan.environment}\n"
        "Or delete it:\n"
        f"  aws cloudformation delete-change-set --change-set-name {plan.change_set_id}"
    )


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who deploys chose; ``minutes`` is the time limit of the operation.

    ``take`` gets the plan of a change set that is kept, and returns what to type next; the change
    set is deleted if it raises.
    """

    purpose: Purpose = Purpose.EXECUTE
    yes: bool = False
    wait: bool = False
    recreate: bool = False
    allowed: frozenset[str] = field(default_factory=frozenset)
    minutes: float = 30
    take: Callable[[Plan], str] = by_hand


def deploy(runtime: Runtime, target: Target, options: Options) -> Result:
    """Create or update the target's stack, or only show how, and return how it ended.

    Raises the errors of ``errors``, each with its documented exit code.
    """
    try:
        subject = ready(runtime, target, options)
        admit(runtime, target, subject.stack)
        return propose(runtime, subject, options)
    except KeyboardInterrupt:
        raise interrupted(target) from None


def interrupted(target: Target) -> Interrupted:
    """Return the error for a deployment that was interrupted before anything was executed."""
    return Interrupted(
        "interrupted",
        "nothing was executed",
        hint=f"Deploy when you are ready: {target.command('deploy')}",
    )


def propose(
    runtime: Runtime, subject: Subject, options: Options, live: Mapping[str, int] | None = None
) -> Result:
    """Make a change set, show it, and do with it what it is for.

    Only the change set tells whether a service is replaced. Then a second one takes its place, with
    the counts that run now (``live``): a replacement must not scale a busy service in.
    """
    asked = request(runtime, subject, live)
    with draft(runtime, asked, placeholder=subject.stack is None) as held:
        change_set = made(runtime, held)
        if change_set.empty:
            return unchanged(runtime, subject)
        require_made(runtime, change_set)
        rows = table(change_set.changes, template.hidden_parameters(subject.target.template))
        counts = live_counts(subject, rows) if live is None else {}
        if not counts:
            report(runtime, subject, change_set, rows)
            return dispose(runtime, subject, options, held, rows)
    return propose(runtime, subject, options, counts)


def dispose(
    runtime: Runtime,
    subject: Subject,
    options: Options,
    held: Draft,
    rows: Sequence[ChangeRow],
) -> Result:
    """Execute, keep or drop the draft's change set, as its purpose is."""
    target = subject.target
    if options.purpose is Purpose.SHOW:
        return planned(subject, held, summary(rows))
    if options.purpose is Purpose.KEEP:
        step = options.take(plan_of(subject, held))
        held.keep()
        return planned(subject, held, summary(rows), step)
    require_allowed(rows, options.allowed)
    require_exports(subject, rows)
    consent(
        runtime,
        target.environment,
        summary(rows),
        yes=options.yes,
        otherwise="nothing was executed, and our change set is deleted",
        instead=f"let somebody look first: {target.command('plan', '--out', 'plan.json')}",
    )
    what = Launch(
        stack_id=held.stack_id,
        change_set_id=held.change_set_id,
        token=held.request.name,
        update=held.request.kind == "UPDATE",
        allowed=options.allowed,
        minutes=options.minutes,
    )
    return launch(runtime, subject, what, held.keep)


def plan_of(subject: Subject, held: Draft) -> Plan:
    """Return the plan of a draft."""
    environment = subject.target.environment
    return Plan(
        environment=environment.name,
        account_id=environment.account_id,
        region=environment.region,
        stack_name=environment.stack_name,
        stack_id=held.stack_id,
        change_set_id=held.change_set_id,
        change_set_name=held.request.name,
        update=held.request.kind == "UPDATE",
        template_sha256=subject.target.sha256,
        images={name: image for name, image in subject.images.items() if image},
    )


def planned(subject: Subject, held: Draft, what: str, step: str = "") -> Result:
    """Return the result of a change set that is not executed here."""
    target = subject.target
    return Result(
        outcome="planned",
        exit_code=0,
        summary=f"{what}; nothing was executed",
        next=step or f"Deploy it: {target.command('deploy')}",
        environment=target.environment.name,
        stack_id=held.stack_id if held.kept else "",
        change_set_id=held.change_set_id if held.kept else "",
        template_sha256=target.sha256,
    )
