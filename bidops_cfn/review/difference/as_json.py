"""A difference as one JSON object, for programs."""

from __future__ import annotations

from bidops_cfn.facts.document import logical_id, pointer
from bidops_cfn.json_text import json_text
from bidops_cfn.review.difference.compared import Difference, Version
from bidops_cfn.review.difference.replacement import meaning
from bidops_cfn.review.difference.resources import Action
from bidops_cfn.review.difference.values import ValueChange

SCHEMA_VERSION = 1


def as_json(difference: Difference) -> str:
    """Return the difference as JSON text."""
    found = {
        "schema_version": SCHEMA_VERSION,
        "old": _version(difference.old),
        "new": _version(difference.new),
        "catalogue": difference.catalogue,
        "summary": difference.summary,
        "widened": len(difference.widened),
        "cannot_tell": len(difference.unknown),
        "narrowed": len(difference.narrowed),
        "access": [
            {
                "change": one.change.value,
                "kind": one.kind.value,
                "subject": one.subject,
                "fact": one.shown,
                "logical_id": logical_id(one.path),
                "pointer": pointer(one.path),
            }
            for one in difference.access
        ],
        "deployment": [
            {
                "setting": one.key,
                "change": one.direction.value,
                "before": one.before,
                "after": one.after,
            }
            for one in difference.settings
        ],
        "resources": [
            {
                "action": one.action.value,
                "logical_id": one.logical_id,
                "type": one.type,
                "causes": list(one.causes),
                "means": meaning(one.type) if one.action is Action.REPLACED else "",
                "values": [_value(change) for change in one.changes],
            }
            for one in difference.resources
        ],
        "remainder": [_value(one) for one in difference.remainder],
    }
    return json_text(found, indent=1) + "\n"


def _version(one: Version) -> dict[str, str]:
    return {"label": one.label, "sha256": one.sha256}


def _value(one: ValueChange) -> dict[str, str]:
    return {"pointer": pointer(one.path), "before": one.before, "after": one.after}
