"""The exposure list: everything that a reviewer wants to have seen, one line each.

What no requirement asks for (a public address, an address range, missing hardening, an image from
elsewhere) comes first; then what is there on purpose, with the requirement that asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bidops_cfn.facts import symbols
from bidops_cfn.facts.changes import TEMPLATE
from bidops_cfn.facts.document import Path, descend, mapping
from bidops_cfn.facts.exposures import exposures
from bidops_cfn.facts.imports import UNLOCKED
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.tasks import Exposure, ExposureKind
from bidops_cfn.facts.template_under_review import played_parts
from bidops_cfn.review.permissions import MANAGED_POLICY, permission_facts
from bidops_cfn.review.settings_facts import settings_facts
from bidops_cfn.review.subject import SUBJECTS, Subject
from bidops_cfn.settings.contract import (
    Imports,
    Stack,
    by_key,
    secret_import,
    secrets_manager_import,
)
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.commands import command_concern
from bidops_cfn.spec.concerns import takes_all
from bidops_cfn.spec.doubts import is_plain, taken
from bidops_cfn.spec.health_commands import voided
from bidops_cfn.spec.parts import Having, Part, asked_by, contract_key
from bidops_cfn.spec.reviewed import NONE
from bidops_cfn.spec.secret_texts import named_like_a_secret
from bidops_cfn.spec.variables import effect_of, expected_variables

# What an image reference, which is put behind a repository's URI, must not be able to be.
FORBIDDEN_IMAGES = (
    *("", ":latest", "-other:1", "/other:1", ".example.com/x:1", "x", "@sha256:0"),
    *(":1@sha256:0", ":1@x", ":1/other"),
)
LONGEST_PATTERN = 200

Reason = Callable[[Subject, Reading, Service, Exposure], str]


def reason_of(subject: Subject, reading: Reading, fact: Exposure) -> str:
    """Return the requirement that asks for ``fact``, or NONE."""
    if fact.kind is ExposureKind.ALARM_ACTION:
        own = fact.shown == subject.environment.alarms.topic_arn
        return asked_by(TEMPLATE, Having.ALARM_ACTION) if own else NONE
    services = {service.name: service for service in subject.specified}
    service, reason = services.get(fact.subject), REASONS.get(fact.kind)
    if service is None or reason is None:
        return NONE
    return reason(subject, reading, service, fact)


def _subnet(subject: Subject, _reading: Reading, service: Service, fact: Exposure) -> str:
    value = by_key(contract_key(service.name, Having.SUBNETS))
    if value is None or subject.contract.doubts(value):
        return NONE
    tier = [symbols.show(one) for one in subject.contract.pair(value)]
    return asked_by(service.name, Having.SUBNETS) if fact.shown in tier else NONE


def _group(_subject: Subject, reading: Reading, service: Service, fact: Exposure) -> str:
    own = f"${{{played_parts(reading).id(service.name, Part.GROUP)}.GroupId}}"
    key = symbols.key(
        {symbols.GETATT: [played_parts(reading).id(service.name, Part.GROUP), "GroupId"]}
    )
    alone = reading.attachments.get(key) == (service.name,)
    return asked_by(service.name, Having.GROUP) if fact.shown == own and alone else NONE


def _route(subject: Subject, reading: Reading, service: Service, fact: Exposure) -> str:
    listener = subject.environment.services[service.name].listener
    if listener is None:
        return NONE
    kinds = (("host", listener.hosts), ("path-pattern", listener.paths))
    parts = [f"{name} {', '.join(sorted(values))}" for name, values in kinds if values]
    where = symbols.show(subject.contract.one(Imports.HTTPS_LISTENER_ARN.value))
    priority = descend(reading.document.body, *fact.path, "Properties", "Priority")
    doubted = subject.contract.doubts(Imports.HTTPS_LISTENER_ARN.value) or takes_all(listener)
    asked = fact.shown == f"{' and '.join(parts)} at {where}" and not doubted
    asked = asked and symbols.same(priority, symbols.canonical(listener.priority))
    return asked_by(service.name, Having.ROUTE) if asked else NONE


def _target(_subject: Subject, reading: Reading, service: Service, fact: Exposure) -> str:
    group = played_parts(reading).id(service.name, Part.TARGET_GROUP)
    own = f"{service.name} on {service.port} by ${{{group}}}"
    return asked_by(service.name, Having.TARGET) if fact.shown == own else NONE


def _image(subject: Subject, _reading: Reading, service: Service, fact: Exposure) -> str:
    value = by_key(contract_key(service.name, Having.REPOSITORY))
    if value is None or subject.contract.doubts(value):
        return NONE
    repository = symbols.show(subject.contract.one(value))
    chosen = fact.shown.removeprefix(repository)
    own = fact.shown.startswith(repository) and re.fullmatch(r"\$\{\w+\}", chosen)
    return asked_by(service.name, Having.REPOSITORY) if own else NONE


def _image_choice(_subject: Subject, reading: Reading, service: Service, fact: Exposure) -> str:
    name = fact.path[1]
    pattern = descend(reading.document.body, "Parameters", name, "AllowedPattern")
    if not isinstance(pattern, str) or len(pattern) > LONGEST_PATTERN:
        return NONE
    if fact.shown != f"{name} may be {pattern}":  # a default, or what is stored elsewhere
        return NONE
    try:
        matches = [re.fullmatch(pattern, image) for image in FORBIDDEN_IMAGES]
    except re.error:
        return NONE
    return asked_by(service.name, Having.IMAGE_CHOICE) if not any(matches) else NONE


def _logs(_subject: Subject, reading: Reading, service: Service, fact: Exposure) -> str:
    group = played_parts(reading).id(service.name, Part.LOG_GROUP)
    own = fact.shown == f"awslogs to ${{{group}}}"
    return asked_by(service.name, Having.LOGS) if own else NONE


def _secret(subject: Subject, _reading: Reading, service: Service, fact: Exposure) -> str:
    settings = subject.environment.services[service.name]
    values = {name: secret_import(output) for name, output in settings.secrets.items()} | {
        name: secrets_manager_import(output) for name, output in settings.secrets_manager.items()
    }
    asked = {
        f"{name} from {symbols.show(subject.contract.one(value))}"
        for name, value in values.items()
        if not subject.contract.doubts(value)
    }
    named = fact.shown.partition(" from ")[0]
    own = fact.shown in asked and not effect_of(named)
    return asked_by(service.name, Having.SECRET) if own else NONE


def _variable(subject: Subject, reading: Reading, service: Service, fact: Exposure) -> str:
    name, value = fact.shown, value_of(reading, fact)
    telltale = named_like_a_secret(name) or effect_of(name, symbols.text(value))
    asked = expected_variables(subject.environment, subject.specified, service)
    own = name in asked and symbols.same(value, symbols.canonical(asked[name])) and not telltale
    return asked_by(service.name, Having.VARIABLE) if own else NONE


def value_of(reading: Reading, variable: Exposure) -> object:
    """Return the value of a plain variable, as its container has it."""
    return descend(reading.document.body, *variable.path, "Value")


def explained(subject: Subject, reading: Reading, variable: Exposure) -> str:
    """Return a variable that no requirement asks for, with its value where that is what is wrong.

    What is named like a secret, or not expected at all, is not repeated: it may be one.
    """
    value = value_of(reading, variable)
    effect = effect_of(variable.shown, symbols.text(value))
    services = [one for one in subject.specified if one.name == variable.subject]
    asked = any(
        variable.shown in expected_variables(subject.environment, subject.specified, one)
        for one in services
    )
    if named_like_a_secret(variable.shown) or not (effect or asked):
        return variable.shown
    return f"{variable.shown} = {symbols.show(value)}{f', which {effect}' if effect else ''}"


def _health(subject: Subject, _reading: Reading, service: Service, fact: Exposure) -> str:
    command = subject.environment.services[service.name].health_command
    void = voided(command, service.port, service.health_path) or command_concern(command)
    own = fact.shown == symbols.show([*command])
    return asked_by(service.name, Having.HEALTH_CHECK) if own and not void else NONE


def _discovery(_subject: Subject, reading: Reading, service: Service, fact: Exposure) -> str:
    namespace = played_parts(reading).id("", Part.NAMESPACE)
    own = fact.shown == f"{service.name} in ${{{namespace}.Id}}"
    return asked_by(service.name, Having.DISCOVERY) if own else NONE


REASONS: Mapping[ExposureKind, Reason] = {
    ExposureKind.SUBNET: _subnet,
    ExposureKind.GROUP: _group,
    ExposureKind.ROUTE: _route,
    ExposureKind.TARGET: _target,
    ExposureKind.DISCOVERY: _discovery,
    ExposureKind.IMAGE: _image,
    ExposureKind.IMAGE_CHOICE: _image_choice,
    ExposureKind.HEALTH: _health,
    ExposureKind.LOGS: _logs,
    ExposureKind.SECRET: _secret,
    ExposureKind.VARIABLE: _variable,
}


TRUST = "Who may assume a role"
STAR = "Permission on every resource (`*`)"
EXPOSURES = {
    ExposureKind.ADDRESS: "Public address",
    ExposureKind.RANGE: "Address range in a security group",
    ExposureKind.IMPLICIT_EGRESS: "Egress to everywhere that EC2 adds",
    ExposureKind.HARDENING: "Missing hardening",
    ExposureKind.DYNAMIC: "Value that CloudFormation reads, and writes in plain text",
    ExposureKind.RESOURCE: "Resource that no review looks into",
    ExposureKind.PROPERTY: "Property that no review looks into",
    ExposureKind.COMMAND: "Command instead of the image's own",
    ExposureKind.ROUTE: "Requests from the load balancer",
    ExposureKind.TARGET: "Load balancer target",
    ExposureKind.DISCOVERY: "Name in the VPC",
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
