"""The exposure list: everything that a reviewer wants to have seen, one line each.

Facts that should not be there (a public address, an address range, missing hardening) come first;
then what is there on purpose: principals, ``*`` resources, routes, secrets, plain variables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bidops_cfn.consistency import SECRET_WORD
from bidops_cfn.facts.exposure import ExposureKind, exposures
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.posture import PostureKind, posture
from bidops_cfn.facts.reading import Reading
from bidops_cfn.review.permission_facts import permission_facts
from bidops_cfn.review.subject import SUBJECTS, Subject

ALARMING = {
    ExposureKind.PUBLIC_ADDRESS: "Public address",
    ExposureKind.CIDR: "Address range in a security group",
    ExposureKind.IMPLICIT_EGRESS: "Egress to everywhere that EC2 adds",
    ExposureKind.MANAGED_POLICY: "Managed policy from outside",
    PostureKind.HARDENING: "Missing hardening",
}
TELLTALE_VARIABLE = "Plain variable that is named like a secret"
FOREIGN_IMAGE = "Image that is not from the service's repository"
TRUST = "Who may assume a role"
ON_PURPOSE = {
    ExposureKind.STAR_RESOURCE: "Permission on every resource (`*`)",
    PostureKind.ROUTE: "Requests from the load balancer",
    PostureKind.IMAGE: "Image",
    PostureKind.SECRET: "Secret variable",
    PostureKind.VARIABLE: "Plain variable",
}


@dataclass(frozen=True)
class Exposed:
    """One line of the list; an ``alarming`` one should not be there."""

    alarming: bool
    kind: str
    subject: str
    shown: str
    path: Path


@lru_cache(maxsize=SUBJECTS)
def exposure_list(subject: Subject) -> tuple[Exposed, ...]:
    """Return every exposure of any world, each once, in the order of the kinds."""
    found: dict[tuple[str, str, str], Exposed] = {}
    for reading in subject.readings:
        for one in _of_world(subject, reading):
            found.setdefault((one.kind, one.subject, one.shown), one)
    for fact in permission_facts(subject):
        if fact.fact == "trusts":
            when = f" when {fact.condition}" if fact.condition != "-" else ", unconditionally"
            shown = fact.resource + when
            found[TRUST, fact.role, shown] = Exposed(False, TRUST, fact.role, shown, fact.path)
    order = [*ALARMING.values(), FOREIGN_IMAGE, TELLTALE_VARIABLE, TRUST, *ON_PURPOSE.values()]
    return tuple(
        sorted(found.values(), key=lambda one: (order.index(one.kind), one.subject, one.shown))
    )


def _of_world(subject: Subject, reading: Reading) -> Iterator[Exposed]:
    shown = subject.names.shown
    for exposure in exposures(reading):
        kind = ALARMING.get(exposure.kind) or ON_PURPOSE.get(exposure.kind)
        if kind:
            alarming = exposure.kind in ALARMING
            path = reading.origin(exposure.path)
            yield Exposed(alarming, kind, shown(exposure.subject), shown(exposure.shown), path)
    repositories = {
        service.name: f"${{{service.repository.value.key}}}" for service in subject.specified
    }
    for fact in posture(reading):
        kind = ALARMING.get(fact.kind) or ON_PURPOSE.get(fact.kind)
        alarming = fact.kind in ALARMING
        own = repositories.get(fact.service, "no repository")
        if fact.kind is PostureKind.IMAGE and not shown(fact.shown).startswith(own):
            kind, alarming = FOREIGN_IMAGE, True
        if fact.kind is PostureKind.VARIABLE and SECRET_WORD.search(fact.shown.upper()):
            kind, alarming = TELLTALE_VARIABLE, True
        if kind:
            yield Exposed(
                alarming, kind, fact.service, shown(fact.shown), reading.origin(fact.path)
            )
