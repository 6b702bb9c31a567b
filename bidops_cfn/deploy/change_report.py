"""What a change set would do, reported: its rows, what they widen, and what others say of it."""

from __future__ import annotations

from collections.abc import Sequence

from bidops_cfn.deploy.change_set import ChangeSet
from bidops_cfn.deploy.counts import at_risk
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.records import ChangeRow, Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.validation import hooks, objections
from bidops_cfn.deploy.widening import marked


def report(
    runtime: Runtime, subject: Subject, change_set: ChangeSet, rows: Sequence[ChangeRow]
) -> None:
    """Report every change with what it widens, then what should be known before consent."""
    judged, others = marked(rows, subject.deployed, subject.target.template)
    for row in judged:
        runtime.output.emit(row)
    said = (*objections(runtime, change_set.id), *hooks(runtime, change_set))
    for notice in (*others, *(Notice(text) for text in said), *at_risk(subject)):
        runtime.output.emit(notice)
