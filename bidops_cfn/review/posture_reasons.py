"""Why a posture fact is there: the requirement that asks for it, or NONE for what should not be.

Settings, contract and roster say what is expected of a service's place in the network and of what
runs in its tasks. What hardening misses, and what no fact looks into, nobody asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bidops_cfn.contract import Imports, secret_import, secrets_manager_import
from bidops_cfn.facts import symbols
from bidops_cfn.facts.posture import Posture
from bidops_cfn.facts.posture_kind import PostureKind
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roster import Part, roster
from bidops_cfn.model import Service
from bidops_cfn.review.reasons import NOBODY
from bidops_cfn.review.subject import Subject
from bidops_cfn.rules.tasks._expected_variables import expected_variables
from bidops_cfn.spec.concerns import command_concern
from bidops_cfn.spec.health_commands import voided
from bidops_cfn.spec.secret_texts import named_like_a_secret
from bidops_cfn.spec.variables import effect_of

# What an image reference, which is put behind a repository's URI, must not be able to be.
FORBIDDEN_IMAGES = ("", ":latest", "-other:1", "/other:1", ".example.com/x:1", "x", "@sha256:0")
LONGEST_PATTERN = 200

Reason = Callable[[Subject, Reading, Service, Posture], str]


def reason_of(subject: Subject, reading: Reading, fact: Posture) -> str:
    """Return the requirement that asks for ``fact``, or NONE."""
    services = {service.name: service for service in subject.specified}
    service, reason = services.get(fact.subject), REASONS.get(fact.kind)
    if service is None or reason is None:
        return NOBODY
    return reason(subject, reading, service, fact)


def _subnet(subject: Subject, _reading: Reading, service: Service, fact: Posture) -> str:
    tier = [symbols.show(one) for one in subject.contract.pair(service.subnets.value)]
    app = service.subnets is Imports.PRIVATE_APP_SUBNETS
    return ("FR-031" if app else "FR-032") if fact.shown in tier else NOBODY


def _group(_subject: Subject, reading: Reading, service: Service, fact: Posture) -> str:
    own = f"${{{roster(reading).id(service.name, Part.GROUP)}.GroupId}}"
    return ("FR-025" if service.public else "FR-026") if fact.shown == own else NOBODY


def _route(subject: Subject, _reading: Reading, service: Service, fact: Posture) -> str:
    listener = subject.environment.services[service.name].listener
    if listener is None:
        return NOBODY
    kinds = (("host", listener.hosts), ("path-pattern", listener.paths))
    parts = [f"{name} {', '.join(sorted(values))}" for name, values in kinds if values]
    where = symbols.show(subject.contract.one(Imports.HTTPS_LISTENER_ARN.value))
    return "FR-021" if fact.shown == f"{' and '.join(parts)} at {where}" else NOBODY


def _target(_subject: Subject, reading: Reading, service: Service, fact: Posture) -> str:
    group = roster(reading).id(service.name, Part.TARGET_GROUP)
    own = f"{service.name} on {service.port} by ${{{group}}}"
    return "FR-021" if service.public and fact.shown == own else NOBODY


def _image(subject: Subject, _reading: Reading, service: Service, fact: Posture) -> str:
    repository = symbols.show(subject.contract.one(service.repository.value))
    chosen = fact.shown.removeprefix(repository)
    own = fact.shown.startswith(repository) and re.fullmatch(r"\$\{\w+\}", chosen)
    return "FR-011" if own else NOBODY


def _image_choice(_subject: Subject, _reading: Reading, _service: Service, fact: Posture) -> str:
    _, _, pattern = fact.shown.partition(" may be ")
    if len(pattern) > LONGEST_PATTERN:
        return NOBODY
    try:
        matches = [re.fullmatch(pattern, image) for image in FORBIDDEN_IMAGES]
    except re.error:
        return NOBODY
    return "FR-011" if not any(matches) else NOBODY


def _logs(_subject: Subject, reading: Reading, service: Service, fact: Posture) -> str:
    group = roster(reading).id(service.name, Part.LOG_GROUP)
    return "FR-010" if fact.shown == f"awslogs to ${{{group}}}" else NOBODY


def _secret(subject: Subject, _reading: Reading, service: Service, fact: Posture) -> str:
    settings = subject.environment.services[service.name]
    asked = {
        f"{name} from {symbols.show(subject.contract.one(secret_import(output)))}"
        for name, output in settings.secrets.items()
    } | {
        f"{name} from {symbols.show(subject.contract.one(secrets_manager_import(output)))}"
        for name, output in settings.secrets_manager.items()
    }
    named = fact.shown.partition(" from ")[0]
    return "FR-014" if fact.shown in asked and not effect_of(named) else NOBODY


def _variable(subject: Subject, reading: Reading, service: Service, fact: Posture) -> str:
    name = fact.shown
    telltale = named_like_a_secret(name) or effect_of(name)
    asked = expected_variables(subject.world(reading), service)
    return "FR-013" if name in asked and not telltale else NOBODY


def _health(subject: Subject, _reading: Reading, service: Service, fact: Posture) -> str:
    command = subject.environment.services[service.name].health_command
    void = voided(command, service.port, service.health_path) or command_concern(command)
    return "SC-002" if fact.shown == symbols.show([*command]) and not void else NOBODY


REASONS: Mapping[PostureKind, Reason] = {
    PostureKind.SUBNET: _subnet,
    PostureKind.GROUP: _group,
    PostureKind.ROUTE: _route,
    PostureKind.TARGET: _target,
    PostureKind.IMAGE: _image,
    PostureKind.IMAGE_CHOICE: _image_choice,
    PostureKind.HEALTH: _health,
    PostureKind.LOGS: _logs,
    PostureKind.SECRET: _secret,
    PostureKind.VARIABLE: _variable,
}
