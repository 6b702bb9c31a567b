"""What stands against executing a change set, whoever says yes."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from bidops_cfn.deploy import template
from bidops_cfn.deploy.change_set import ChangeSet
from bidops_cfn.deploy.preflight.exports import in_use, refusal
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.records import ChangeRow
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.validation import objections
from bidops_cfn.errors import ChangeSetFailed, GuardRefused


def require_made(runtime: Runtime, change_set: ChangeSet) -> None:
    """Raise ``ChangeSetFailed`` unless CloudFormation could work the change set out."""
    if change_set.status == "CREATE_COMPLETE":
        return
    raise ChangeSetFailed(
        f"the change set is in {change_set.status}",
        change_set.reason or "CloudFormation gives no reason",
        details=list(objections(runtime, change_set.id)),
        hint="Nothing was changed. Mend the cause and run the command again.",
    )


def require_allowed(rows: Sequence[ChangeRow], allowed: Collection[str]) -> None:
    """Raise ``GuardRefused`` for a guarded replacement or removal that nobody allowed by name."""
    refused = [row for row in rows if row.guarded and row.logical_id not in allowed]
    if not refused:
        return
    options = " ".join(f"--allow-replacement {row.logical_id}" for row in refused)
    raise GuardRefused(
        "this would replace or remove what the application runs on",
        "nothing was executed",
        details=[
            f"{row.logical_id} ({row.resource_type}): "
            + ("removed" if row.action == "Remove" else f"replacement {row.replacement}")
            for row in refused
        ],
        hint=f"If that is meant, say so by adding: {options}",
    )


def require_exports(subject: Subject, rows: Sequence[ChangeRow]) -> None:
    """Raise ``GuardRefused`` if a replacement alters an export that other stacks import.

    Which resources are replaced is known only from the change set, hence after preflight.
    """
    if subject.deployed is None:
        return
    gone = {row.logical_id for row in rows if row.replacement in ("True", "Conditional")}
    names = [
        name
        for name, value in template.exports(json.loads(subject.deployed)).items()
        if template.references(value) & gone
    ]
    used = in_use(subject.wire, sorted(names))
    if used:
        finding = refusal(used)
        raise GuardRefused(finding.message, details=finding.details, hint=finding.hint)
