"""Stack policies: which resources an update may modify, replace or delete.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from typing import Any

from bidops_cfn_sandbox.cloudformation.errors import ValidationError


def read_policy(text: str) -> str:
    """Return the text of a stack policy; raise ValidationError when it is none."""
    try:
        statements = json.loads(text)["Statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValidationError("Error validating stack policy: Invalid stack policy") from error
    for statement in statements:
        if statement.get("Effect") not in ("Allow", "Deny") or "Action" not in statement:
            raise ValidationError("Error validating stack policy: Invalid stack policy")
    return text


def is_allowed(policy: str | None, action: str, logical_id: str, type_: str) -> bool:
    """Whether ``action`` (``Update:Replace``, …) is allowed; without a policy, everything is."""
    if policy is None:
        return True
    effects = {
        statement["Effect"]
        for statement in json.loads(policy)["Statement"]
        if _matches(statement, action, logical_id, type_)
    }
    return effects == {"Allow"}


def _matches(statement: Mapping[str, Any], action: str, logical_id: str, type_: str) -> bool:
    if not _any(statement["Action"], action):
        return False
    target = f"LogicalResourceId/{logical_id}"
    if "NotResource" in statement:
        named = not _any(statement["NotResource"], target)
    else:
        named = _any(statement.get("Resource", "*"), target)
    return named and all(
        _any(values, type_)
        for tests in statement.get("Condition", {}).values()
        for values in tests.values()
    )


def _any(patterns: str | list[str], value: str) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in listed)
