"""A deployment from end to end: preflight, state, change set, table, consent, execution, verdict.

Nothing that it does is unsafe to do twice, and it can be interrupted anywhere: before the execution
nothing of ours is left behind, after it the operation goes on and can be watched again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy import template
from bidops_cfn.deploy.admission import admit
from bidops_cfn.deploy.attend import Undo
from bidops_cfn.deploy.change_set import ChangeSet
from bidops_cfn.deploy.change_table import rows as table
from bidops_cfn.deploy.change_table import summary
from bidops_cfn.deploy.conclusion import conclude, still_right
from bidops_cfn.deploy.consent import consent
from bidops_cfn.deploy.draft import Draft, draft, made
from bidops_cfn.deploy.events import Journal, newest
from bidops_cfn.deploy.evidence import Evidence, baseline
from bidops_cfn.deploy.execution import execute
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.preflight.survey import survey
from bidops_cfn.deploy.proposal import (
    hooks,
    live_counts,
    objections,
    request,
    require_allowed,
    require_exports,
    require_made,
)
from bidops_cfn.deploy.protection import protect
from bidops_cfn.deploy.records import ChangeRow, Notice, Outputs, Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.watch import Operation
from bidops_cfn.errors import Interrupted


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who deploys chose; ``minutes`` is the time limit."""

    yes: bool = False
    execute: bool = True
    wait: bool = False
    recreate: bool = False
    allowed: frozenset[str] = field(default_factory=frozenset)
    minutes: float = 30


def deploy(runtime: Runtime, target: Target, options: Options) -> Result:
    """Create or update the target's stack and return how it ended.

    Raises the errors of ``errors``, each with the exit code that ``deploy.md`` gives it.
    """
    try:
        subject = survey(runtime, target)
        admit(runtime, target, subject.stack)
        return propose(runtime, subject, options)
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted",
            "nothing was executed, and nothing of ours is left behind",
            hint=f"Deploy when you are ready: {target.command('deploy')}",
        ) from None


def propose(
    runtime: Runtime,
    subject: Subject,
    options: Options,
    live: Mapping[str, int] | None = None,
) -> Result:
    """Make a change set, show it, and execute it with consent.

    Only the change set tells whether a service is replaced. Then a second one takes its place, with
    the counts that run now (``live``): a replacement must not scale a busy service in.
    """
    asked = request(runtime, subject, live)
    with draft(runtime, asked, placeholder=subject.stack is None) as held:
        change_set = made(runtime, held)
        if change_set.empty:
            return no_changes(runtime, subject)
        require_made(runtime, change_set)
        rows = table(change_set.changes, template.hidden_parameters(subject.target.template))
        counts = live_counts(subject, rows) if live is None else {}
        if not counts:
            show(runtime, change_set, rows)
            require_allowed(rows, options.allowed)
            require_exports(subject, rows)
            if not options.execute:
                return kept(subject, held, summary(rows))
            consent(runtime, subject.target.environment, summary(rows), yes=options.yes)
            return carry_out(runtime, subject, options, held)
    return propose(runtime, subject, options, counts)


def show(runtime: Runtime, change_set: ChangeSet, rows: tuple[ChangeRow, ...]) -> None:
    """Report every change, and what validation and hooks say."""
    for row in rows:
        runtime.output.emit(row)
    for said in (*objections(runtime, change_set.id), *hooks(runtime, change_set)):
        runtime.output.emit(Notice(said))


def kept(subject: Subject, held: Draft, what: str) -> Result:
    """Keep the draft's change set for somebody to execute, and return the result that says so."""
    held.keep()
    return Result(
        outcome="planned",
        exit_code=0,
        summary=f"{what}; nothing was executed",
        next="Execute it, or delete it:\n"
        f"  aws cloudformation execute-change-set --change-set-name {held.change_set_id}\n"
        f"  aws cloudformation delete-change-set --change-set-name {held.change_set_id}",
        environment=subject.target.environment.name,
        stack_id=held.stack_id,
        change_set_id=held.change_set_id,
        template_sha256=subject.target.sha256,
    )


def carry_out(runtime: Runtime, subject: Subject, options: Options, held: Draft) -> Result:
    """Execute the draft's change set and return how the operation ended."""
    target = subject.target
    before = stacks.find(runtime.wire, held.stack_id)
    assert before is not None  # noqa: S101 - its change set was just described
    update = subject.deployed is not None
    if update and options.allowed:
        protect(runtime, target, before, template.parsed(subject.deployed), options.allowed)
    operation = Operation(
        Journal(held.stack_id, {held.request.name}, newest(runtime.wire, held.stack_id)),
        before=before if update else None,
        change_set_id=held.change_set_id,
        evidence=Evidence(
            baseline=baseline(runtime.wire, held.stack_id) if update else frozenset()
        ),
    )
    execute(runtime, target, held.change_set_id, held.request.name)
    held.keep()
    undo = Undo.CANCEL if update else Undo.DELETE
    return conclude(runtime, subject, operation, undo, options.minutes)


def no_changes(runtime: Runtime, subject: Subject) -> Result:
    """Return the result of a deployment that changes nothing, after a look at what runs."""
    stack, target = subject.stack, subject.target
    assert stack is not None  # noqa: S101 - only an update can be empty
    protect(runtime, target, stack, target.template)
    still_right(runtime, target, stack)
    runtime.output.emit(Outputs({output.key: output.value for output in stack.outputs}))
    return Result(
        outcome="no changes",
        exit_code=0,
        summary=f"{stack.name} is what {target.path} says",
        environment=target.environment.name,
        stack_id=stack.id,
        template_sha256=target.sha256,
    )
