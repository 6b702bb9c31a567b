"""Every review file that is committed, by its path below ``templates/``, with its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn.facts.document import Document, Path, logical_id, mapping
from bidops_cfn.facts.imports import UNLOCKED, constant_uses, import_uses
from bidops_cfn.printable import json_text
from bidops_cfn.review.environments import environments_page
from bidops_cfn.review.flows import network_tsv
from bidops_cfn.review.permissions import iam_tsv
from bidops_cfn.review.review_page import review_page
from bidops_cfn.review.settings_facts import settings_tsv
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check, traceability_page
from bidops_cfn.settings.contract import Import
from bidops_cfn.settings.references import Constant, Export, Reference, StackOutput
from bidops_cfn.spec.doubts import taken

OF_ENVIRONMENT = {
    "iam.tsv": iam_tsv,
    "network.tsv": network_tsv,
    "settings.tsv": settings_tsv,
    "REVIEW.md": review_page,
}


def environment_files(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the files of one environment, ``prod/iam.tsv`` first."""
    for name, write in OF_ENVIRONMENT.items():
        yield f"{subject.name}/{name}", write(subject)


def repository_files(subjects: Sequence[Subject], check: Check) -> Iterator[tuple[str, str]]:
    """Yield the files that are about all environments together."""
    yield "ENVIRONMENTS.md", environments_page(subjects)
    yield "TRACEABILITY.md", traceability_page(subjects, check)
    yield "contract.json", contract_json(subjects)


UNKNOWN_CLAIM = "not in the contract: nothing is known about it"


def contract_json(subjects: Sequence[Subject]) -> str:
    """Return the text of ``contract.json``."""
    found = {"imports": _imports(subjects), "parameters": _parameters(subjects)}
    return json_text(found, indent=1, sort_keys=True) + "\n"


KINDS = {Export: "exports", StackOutput: "outputs", Constant: "constants"}
UNKNOWN = Export("unknown")


def _imports(subjects: Sequence[Subject]) -> Mapping[str, object]:
    found: dict[str, dict[str, object]] = {}
    sources: dict[str, dict[str, set[Reference]]] = {}
    users: dict[str, set[str]] = {}
    for subject in subjects:
        for reading in subject.readings:
            for path, reference in _uses(subject, reading.document):
                values = subject.names.values.get(reference, ())
                for key, entry in _entries(subject, reference, values):
                    found[key] = {**found.get(key, {}), **entry}
                    sources.setdefault(key, {}).setdefault(subject.name, set()).add(reference)
                    users.setdefault(key, set()).add(logical_id(path))
    return {
        key: {**entry, **_sources(sources[key]), "used_by": sorted(users[key])}
        for key, entry in found.items()
    }


def _uses(subject: Subject, document: Document) -> Iterator[tuple[Path, Reference]]:
    """Yield every reference to another stack with its place; a constant of the settings too."""
    for use in import_uses(document):
        yield use.path, use.reference or UNKNOWN
    for reference in subject.names.values:
        if isinstance(reference, Constant):
            for path in constant_uses(subject.template, reference.value):
                yield path, reference


def _sources(by_environment: Mapping[str, set[Reference]]) -> Mapping[str, object]:
    """Return where a value comes from by its kind and environment, and what nothing locks."""
    found: dict[str, dict[str, list[object]]] = {}
    for name, references in by_environment.items():
        for one in sorted(references, key=lambda one: one.source):
            kind = found.setdefault(KINDS[type(one)], {})
            shown = one.value if isinstance(one, Constant) else one.setting
            kind.setdefault(name, []).append(shown)
    loose = {
        name: UNLOCKED
        for name, references in by_environment.items()
        if not all(one.locks for one in references)
    }
    return {**found, **({"unlocked": loose} if loose else {})}


def _entries(
    subject: Subject, reference: Reference, values: Sequence[Import]
) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield what a reference stands for, by its key; several where settings have it for several."""
    if not values:
        yield taken(reference), {"claim": UNKNOWN_CLAIM, "kind": None, "producer": None}
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
