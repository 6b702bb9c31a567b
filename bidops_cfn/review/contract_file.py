"""``contract.json``: every value that the templates take from outside, and what is relied on.

An import names its producer stack, its kind and the claim that no template here can show; a
parameter is what a deployment chooses without a review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn.contract import Import
from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.imports import import_uses
from bidops_cfn.facts.paths import logical_id
from bidops_cfn.json_text import json_text
from bidops_cfn.review.subject import Subject

UNKNOWN_CLAIM = "not in the contract: nothing is known about it"


def contract_json(subjects: Sequence[Subject]) -> str:
    """Return the text of ``contract.json``."""
    found = {"imports": _imports(subjects), "parameters": _parameters(subjects)}
    return json_text(found, indent=1, sort_keys=True) + "\n"


def _imports(subjects: Sequence[Subject]) -> Mapping[str, object]:
    found: dict[str, dict[str, object]] = {}
    exports: dict[str, dict[str, set[str]]] = {}
    users: dict[str, set[str]] = {}
    for subject in subjects:
        for reading in subject.readings:
            for use in import_uses(reading.document):
                name = use.name or "unknown"
                values = subject.names.values.get(name, ())
                for key, entry in _entries(subject, name, values):
                    found[key] = {**found.get(key, {}), **entry}
                    exports.setdefault(key, {}).setdefault(subject.name, set()).add(name)
                    users.setdefault(key, set()).add(logical_id(use.path))
    return {
        key: {
            **entry,
            "exports": {name: sorted(names) for name, names in exports[key].items()},
            "used_by": sorted(users[key]),
        }
        for key, entry in found.items()
    }


def _entries(
    subject: Subject, name: str, values: Sequence[Import]
) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield what an export stands for, by its key; several where settings name it for several."""
    if not values:
        yield name, {"claim": UNKNOWN_CLAIM, "kind": None, "producer": None}
    for value in values:
        doubts = subject.contract.doubts(value)
        yield (
            value.key,
            {"claim": value.claim, "kind": value.kind.value, "producer": value.stack.title}
            | ({"doubts": list(doubts)} if doubts else {}),
        )


def _parameters(subjects: Sequence[Subject]) -> Mapping[str, object]:
    found: dict[str, dict[str, object]] = {}
    for subject in subjects:
        for name, raw in mapping(subject.template.get("Parameters")).items():
            by_environment = found.setdefault(name, {})
            by_environment[subject.name] = dict(mapping(raw))
    return {name: _same_or_each(each, len(subjects)) for name, each in found.items()}


def _same_or_each(each: Mapping[str, object], environments: int) -> object:
    """Return the one declaration that all environments share, or each environment's own."""
    values = list(each.values())
    same = len(values) == environments and all(value == values[0] for value in values)
    return values[0] if same else {"environments": each}
