"""The exposure list: everything that a reviewer wants to have seen, one line each.

What no requirement asks for (a public address, an address range, missing hardening, an image from
elsewhere) comes first; then what is there on purpose, with the requirement that asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bidops_cfn.facts.document import Path, mapping
from bidops_cfn.facts.exposures import exposures
from bidops_cfn.facts.imports import UNLOCKED
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.tasks import ExposureKind
from bidops_cfn.review.permissions import MANAGED_POLICY, permission_facts
from bidops_cfn.review.reasons import explained, reason_of
from bidops_cfn.review.settings_facts import settings_facts
from bidops_cfn.review.subject import SUBJECTS, Subject
from bidops_cfn.settings.contract import Stack
from bidops_cfn.spec.doubts import is_plain, taken
from bidops_cfn.spec.reviewed import NONE

TRUST = "Who may assume a role"
STAR = "Permission on every resource (`*`)"
EXPOSURES = {
    ExposureKind.ADDRESS: "Public address",
    ExposureKind.RANGE: "Address range in a security group",
    ExposureKind.IMPLICIT_EGRESS: "Egress to everywhere that EC2 adds",
    ExposureKind.HOLDER: "Policy for a role that is not in the template",
    ExposureKind.HARDENING: "Missing hardening",
    ExposureKind.DYNAMIC: "Value that CloudFormation reads, and writes in plain text",
    ExposureKind.RESOURCE: "Resource that no review looks into",
    ExposureKind.PROPERTY: "Property that no review looks into",
    ExposureKind.COMMAND: "Command instead of the image's own",
    ExposureKind.ROUTE: "Listener rule",
    ExposureKind.TARGET: "Load balancer target",
    ExposureKind.DISCOVERY: "Service discovery",
    ExposureKind.ALARM_ACTION: "Action of an alarm",
    ExposureKind.EVENT_TARGET: "Event target, told by EventBridge",
    ExposureKind.IMAGE: "Image",
    ExposureKind.IMAGE_CHOICE: "Image that a deployment may choose",
    ExposureKind.HEALTH: "Health check, which runs beside the secrets",
    ExposureKind.LOGS: "Logs",
    ExposureKind.RECORD: "Record of ECS Exec",
    ExposureKind.SECRET: "Secret variable",
    ExposureKind.VARIABLE: "Plain variable",
}
SETTING = "Setting"
MAPPED = "Value of another stack, from where settings say"
PRODUCERS = {Stack.NETWORK: "FR-047", Stack.STORAGE: "FR-048", Stack.SECURITY: "FR-049"}
ORDER = (*[*EXPOSURES.values()][:3], SETTING, TRUST, STAR, MAPPED, *[*EXPOSURES.values()][3:])
CHECKERS = ("cfn-lint", "cfn_nag", "checkov", "cdk_nag", "guard", "skip")
# Settings whose concern shows at what the template makes of them.
IN_THE_TEMPLATE = re.compile(
    r"services\.[^.]+\.(environment|secrets|secrets_manager|health_command)\b"
    r"|alarms\.events_topic_arn$"
)


@dataclass(frozen=True)
class Exposed:
    """One line of the list; ``requirement`` is NONE for what should not be there."""

    kind: str
    subject: str
    shown: str
    requirement: str
    path: Path

    @property
    def alarming(self) -> bool:
        """Whether no requirement asks for it."""
        return self.requirement == NONE


@lru_cache(maxsize=SUBJECTS)
def exposure_list(subject: Subject) -> tuple[Exposed, ...]:
    """Return every exposure of any case, each once: alarming ones first, then by kind."""
    found: dict[tuple[str, str, str], Exposed] = {}
    for one in (*_permissions(subject), *_settings(subject), *_mapped(subject)):
        found.setdefault((one.kind, one.subject, one.shown), one)
    for reading in subject.readings:
        for one in _exposures(subject, reading):
            found.setdefault((one.kind, one.subject, one.shown), one)
    return tuple(
        sorted(
            found.values(),
            key=lambda one: (not one.alarming, ORDER.index(one.kind), one.subject, one.shown),
        )
    )


def _permissions(subject: Subject) -> Iterator[Exposed]:
    for fact in permission_facts(subject):
        if fact.fact == "trusts":
            when = f" when {fact.condition}" if fact.condition != "-" else ", unconditionally"
            shown = fact.resource + when
            yield Exposed(TRUST, fact.role, shown, fact.requirement, fact.path)
        elif fact.fact == "allows" and fact.action == MANAGED_POLICY:
            shown = f"{fact.action} {fact.resource}"
            yield Exposed(STAR, fact.role, shown, fact.requirement, fact.path)
        elif fact.fact == "allows" and fact.resource == "*":
            yield Exposed(STAR, fact.role, fact.action, fact.requirement, fact.path)


def _settings(subject: Subject) -> Iterator[Exposed]:
    for fact in settings_facts(subject):
        if fact.concern and not IN_THE_TEMPLATE.match(fact.key):
            shown = f"{fact.key} = {fact.value}" if fact.value else fact.key
            yield Exposed(SETTING, subject.name, f"{shown}: {fact.concern}", NONE, ())


def _mapped(subject: Subject) -> Iterator[Exposed]:
    environment, names = subject.name, subject.environment.imports
    for value in subject.environment.contract_values:
        doubts = subject.contract.doubts(value)
        for one in names.of(environment, value):
            if doubts or not is_plain(environment, names, value, one):
                asked = NONE if doubts else PRODUCERS[value.stack]
                loose = "" if one.locks else f" ({UNLOCKED})"
                shown = "; ".join(doubts) or f"{value.key} is taken from {taken(one)}{loose}"
                yield Exposed(MAPPED, value.stack.title, shown, asked, ())


def _exposures(subject: Subject, reading: Reading) -> Iterator[Exposed]:
    shown = subject.names.shown
    for fact in exposures(reading):
        if fact.kind in EXPOSURES:
            reason, path = reason_of(subject, reading, fact), reading.origin(fact.path)
            owner = shown(fact.subject).removeprefix("${").removesuffix("}")
            name, told = owner.removesuffix(".GroupId"), fact.shown
            if fact.kind is ExposureKind.VARIABLE and reason == NONE:
                told = explained(subject, reading, fact)
            yield Exposed(EXPOSURES[fact.kind], name, shown(told), reason, path)


def suppressions(template: Mapping[str, object]) -> Iterator[tuple[str, Path]]:
    """Yield each word of metadata that tells a checker to look away, and where it stands."""
    resources = mapping(template.get("Resources"))
    places: dict[Path, object] = {("Metadata",): template.get("Metadata")}
    for name, raw in resources.items():
        places["Resources", name, "Metadata"] = mapping(raw).get("Metadata")
    for path, metadata in places.items():
        for word in mapping(metadata):
            if any(checker in str(word).lower() for checker in CHECKERS):
                yield str(word), (*path, word)
