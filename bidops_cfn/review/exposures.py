"""The exposure list: everything that a reviewer wants to have seen, one line each.

What no requirement asks for (a public address, an address range, missing hardening, an image from
elsewhere) comes first; then what is there on purpose, with the requirement that asks for it.

``spec/services.toml`` has the requirement of each thing that a service has; settings, contract and
the parts that are played say which it is. No requirement asks for anything else, for missing
hardening, and for what no fact looks into.
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
from bidops_cfn.review.permissions import (
    EXCLUDED,
    MANAGED_POLICY,
    UNCONDITIONALLY,
    permission_facts,
)
from bidops_cfn.review.settings_facts import settings_facts
from bidops_cfn.review.subject import SUBJECTS, Subject
from bidops_cfn.settings.contract import (
    Import,
    Imports,
    Stack,
    by_key,
    secret_import,
    secrets_manager_import,
)
from bidops_cfn.settings.environment import ServiceSettings
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.concerns import takes_all
from bidops_cfn.spec.doubts import is_plain, taken
from bidops_cfn.spec.health_commands import command_concern, voided
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


@dataclass(frozen=True)
class Reviewed:
    """An exposure of a service, beside what settings, contract and parts say that it should be."""

    subject: Subject
    reading: Reading
    service: Service
    fact: Exposure

    @property
    def settings(self) -> ServiceSettings:
        """The settings of the service."""
        return self.subject.environment.services[self.service.name]

    def part(self, part: Part) -> str | None:
        """Return the logical id of what plays a part for the service."""
        return played_parts(self.reading).id(self.service.name, part)

    def imported(self, having: Having) -> Import | None:
        """Return what the service takes from another stack, where nothing speaks against it."""
        value = by_key(contract_key(self.service.name, having))
        return None if value is None or self.subject.contract.doubts(value) else value


def reason_of(subject: Subject, reading: Reading, fact: Exposure) -> str:
    """Return the requirement that asks for ``fact``, or NONE."""
    if fact.kind is ExposureKind.ALARM_ACTION:
        own = fact.shown == subject.environment.alarms.topic_arn
        return asked_by(TEMPLATE, Having.ALARM_ACTION) if own else NONE
    services = {service.name: service for service in subject.specified}
    service, known = services.get(fact.subject), REASONS.get(fact.kind)
    if service is None or known is None:
        return NONE
    having, is_asked = known
    asked = is_asked(Reviewed(subject, reading, service, fact))
    return asked_by(service.name, having) if asked else NONE


def _subnet(one: Reviewed) -> bool:
    value = one.imported(Having.SUBNETS)
    tier = one.subject.contract.pair(value) if value else ()
    return one.fact.shown in map(symbols.show, tier)


def _group(one: Reviewed) -> bool:
    attribute = {symbols.GETATT: [one.part(Part.GROUP), "GroupId"]}
    alone = one.reading.attachments.get(symbols.key(attribute)) == (one.service.name,)
    return alone and one.fact.shown == f"${{{one.part(Part.GROUP)}.GroupId}}"


def _route(one: Reviewed) -> bool:
    listener, value = one.settings.listener, Imports.HTTPS_LISTENER_ARN.value
    if listener is None or takes_all(listener) or one.subject.contract.doubts(value):
        return False
    kinds = (("host", listener.hosts), ("path-pattern", listener.paths))
    parts = [f"{name} {', '.join(sorted(values))}" for name, values in kinds if values]
    where = symbols.show(one.subject.contract.one(value))
    priority = descend(one.reading.document.body, *one.fact.path, "Properties", "Priority")
    same = symbols.same(priority, symbols.canonical(listener.priority))
    return same and one.fact.shown == f"{' and '.join(parts)} at {where}"


def _target(one: Reviewed) -> bool:
    where = f"{one.service.name} on {one.service.port}"
    return one.fact.shown == f"{where} by ${{{one.part(Part.TARGET_GROUP)}}}"


def _image(one: Reviewed) -> bool:
    value = one.imported(Having.REPOSITORY)
    repository = symbols.show(one.subject.contract.one(value)) if value else None
    if repository is None or not one.fact.shown.startswith(repository):
        return False
    return re.fullmatch(r"\$\{\w+\}", one.fact.shown.removeprefix(repository)) is not None


def _image_choice(one: Reviewed) -> bool:
    name = one.fact.path[1]
    pattern = descend(one.reading.document.body, "Parameters", name, "AllowedPattern")
    if not isinstance(pattern, str) or len(pattern) > LONGEST_PATTERN:
        return False
    if one.fact.shown != f"{name} may be {pattern}":  # a default, or what is stored elsewhere
        return False
    try:
        return not any(re.fullmatch(pattern, image) for image in FORBIDDEN_IMAGES)
    except re.error:
        return False


def _secret(one: Reviewed) -> bool:
    values = {name: secret_import(output) for name, output in one.settings.secrets.items()} | {
        name: secrets_manager_import(output)
        for name, output in one.settings.secrets_manager.items()
    }
    contract = one.subject.contract
    asked = {
        f"{name} from {symbols.show(contract.one(value))}"
        for name, value in values.items()
        if not contract.doubts(value)
    }
    return one.fact.shown in asked and not effect_of(one.fact.shown.partition(" from ")[0])


def _variable(one: Reviewed) -> bool:
    name, value = one.fact.shown, value_of(one.reading, one.fact)
    asked = expected_variables(one.subject.environment, one.subject.specified, one.service)
    own = name in asked and symbols.same(value, symbols.canonical(asked[name]))
    return own and not (named_like_a_secret(name) or effect_of(name, symbols.text(value)))


def value_of(reading: Reading, variable: Exposure) -> object:
    """Return the value of a plain variable, as its container has it."""
    return descend(reading.document.body, *variable.path, "Value")


def explained(subject: Subject, reading: Reading, variable: Exposure) -> str:
    """Return a variable that no requirement asks for, with its value where that is what is wrong.

    What is named like a secret, or not expected at all, is not repeated: it may be one.
    """
    value = value_of(reading, variable)
    effect = effect_of(variable.shown, symbols.text(value))
    asked = any(
        variable.shown in expected_variables(subject.environment, subject.specified, one)
        for one in subject.specified
        if one.name == variable.subject
    )
    if named_like_a_secret(variable.shown) or not (effect or asked):
        return variable.shown
    return f"{variable.shown} = {symbols.show(value)}{f', which {effect}' if effect else ''}"


def _health(one: Reviewed) -> bool:
    command, service = one.settings.health_command, one.service
    void = voided(command, service.port, service.health_path) or command_concern(command)
    return one.fact.shown == symbols.show([*command]) and not void


def _logs(one: Reviewed) -> bool:
    return one.fact.shown == f"awslogs to ${{{one.part(Part.LOG_GROUP)}}}"


def _discovery(one: Reviewed) -> bool:
    namespace = played_parts(one.reading).id("", Part.NAMESPACE)
    return one.fact.shown == f"{one.service.name} in ${{{namespace}.Id}}"


# What of a service each kind is, and whether this one is what is asked for.
REASONS: Mapping[ExposureKind, tuple[Having, Callable[[Reviewed], bool]]] = {
    ExposureKind.SUBNET: (Having.SUBNETS, _subnet),
    ExposureKind.GROUP: (Having.GROUP, _group),
    ExposureKind.ROUTE: (Having.ROUTE, _route),
    ExposureKind.TARGET: (Having.TARGET, _target),
    ExposureKind.DISCOVERY: (Having.DISCOVERY, _discovery),
    ExposureKind.IMAGE: (Having.REPOSITORY, _image),
    ExposureKind.IMAGE_CHOICE: (Having.IMAGE_CHOICE, _image_choice),
    ExposureKind.HEALTH: (Having.HEALTH_CHECK, _health),
    ExposureKind.LOGS: (Having.LOGS, _logs),
    ExposureKind.SECRET: (Having.SECRET, _secret),
    ExposureKind.VARIABLE: (Having.VARIABLE, _variable),
}


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
            shown = fact.resource + (fact.when or UNCONDITIONALLY)
            yield Exposed(TRUST, fact.role, shown, fact.requirement, fact.path)
        elif fact.fact == "allows" and fact.action == MANAGED_POLICY:
            shown = f"{fact.action} {fact.resource}"
            yield Exposed(STAR, fact.role, shown, fact.requirement, fact.path)
        elif fact.fact == "allows" and fact.resource.startswith(("*", EXCLUDED)):
            shown = fact.action if fact.resource == "*" else f"{fact.action} on {fact.resource}"
            yield Exposed(STAR, fact.role, shown, fact.requirement, fact.path)


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
