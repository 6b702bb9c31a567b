"""What a change permits or opens that was not so before, worked out from both templates.

CloudFormation's own values are cut where they are long; the facts of the two templates are not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from bidops_cfn.deploy.records import ChangeRow, Notice
from bidops_cfn.deploy.template import Json
from bidops_cfn.facts.paths import logical_id
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.widening import Change, FactChange, changes


def marked(
    rows: Sequence[ChangeRow], deployed: str | None, new: Json
) -> tuple[tuple[ChangeRow, ...], tuple[Notice, ...]]:
    """Return the rows with what each widens and narrows, and notices for what has no row.

    A stack that is created has nothing to be compared with; parameters are no facts.
    """
    old = None if deployed is None else json.loads(deployed)
    if old is None or old == new:
        return tuple(rows), ()
    found: dict[str, list[FactChange]] = {}
    for one in changes(read(old), read(new)):
        found.setdefault(logical_id(one.path), []).append(one)
    judged = tuple(
        replace(
            row,
            widened=told(found.get(row.logical_id, ()), Change.WIDENED),
            narrowed=told(found.get(row.logical_id, ()), Change.NARROWED),
        )
        for row in rows
    )
    named = {row.logical_id for row in rows}
    return judged, tuple(
        Notice(f"{kind.value} by {owner or 'the template'}", told(facts, kind))
        for owner, facts in sorted(found.items())
        if owner not in named
        for kind in Change
        if told(facts, kind)
    )


def told(facts: Sequence[FactChange], kind: Change) -> tuple[str, ...]:
    """Return the facts of one kind as text, ``BffTaskRole: s3:DeleteObject on *``."""
    return tuple(f"{one.subject}: {one.shown}" for one in facts if one.change is kind)
