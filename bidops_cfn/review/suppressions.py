"""Suppressions: metadata with which a template tells a checker to look away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.paths import Path

CHECKERS = ("cfn-lint", "cfn_nag", "checkov", "cdk_nag", "guard", "skip")


def suppressions(template: Mapping[str, object]) -> Iterator[tuple[str, Path]]:
    """Yield the checker's word and where it stands, for the template and every resource."""
    for name in _words(template.get("Metadata")):
        yield name, ("Metadata", name)
    for logical_id, raw in mapping(template.get("Resources")).items():
        for name in _words(mapping(raw).get("Metadata")):
            yield name, ("Resources", logical_id, "Metadata", name)


def _words(metadata: object) -> Iterator[str]:
    for name in mapping(metadata):
        if any(word in str(name).lower() for word in CHECKERS):
            yield str(name)
