"""Which properties of a resource cannot be changed, from the schemas of CloudFormation's registry.

cfn-lint ships the schemas of all types. ``createOnlyProperties`` make a new resource,
``conditionalCreateOnlyProperties`` sometimes do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bidops_cfn.facts.expansions import MODULE

Steps = tuple[str, ...]

REGION = "us-east-1"  # which has every type
# What a custom resource's own code makes of a change, no schema tells.
CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


@dataclass(frozen=True)
class CreateOnly:
    """Paths of properties without indexes; ``whole`` where no other property makes a new one."""

    always: frozenset[Steps]
    maybe: frozenset[Steps]
    whole: bool


@cache
def create_only(kind: str) -> CreateOnly | None:
    """Return what is known about the type ``kind``, None where nothing is."""
    # cfn-lint takes half a second to load, and only a changed property needs it.
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError  # noqa: PLC0415 - loads cfn-lint

    if kind.endswith(MODULE):
        return None
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    except ResourceNotFoundError:
        return None
    return CreateOnly(
        _steps(schema.get("createOnlyProperties", ())),
        _steps(schema.get("conditionalCreateOnlyProperties", ())),
        not kind.startswith(CUSTOM),
    )


def _steps(pointers: object) -> frozenset[Steps]:
    """Return ``/properties/A/*/B`` as ``("A", "B")``."""
    found = pointers if isinstance(pointers, (list, tuple)) else ()
    return frozenset(
        tuple(step for step in str(one).split("/")[2:] if step not in ("*", "items", "properties"))
        for one in found
    )
