"""E9301: each role may do what was reviewed, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules.iam._allow_list import (
    KINDS,
    Allowed,
    allowed,
    distance,
    granted,
    on_what,
)
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part
from bidops_cfn.spec.permissions import allow_list

MOST_ACTIONS = 6


class AllowedPermissions(HouseRule):
    """What was not reviewed is not allowed, and what was reviewed is there.

    Actions are expanded by the catalogue of all AWS actions and compared, with resource and
    condition, against allowed_permissions.toml. A missing permission breaks the service, one too
    many is a hole.
    """

    id = "E9301"
    shortdesc = "Roles have exactly the permissions of the reviewed allow-list"
    source_url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"
    requirements = (
        "FR-009", "FR-016", "FR-017", "FR-018", "US2-2", "US2-5", "US5-3", "US5-4",
    )  # fmt: skip
    fix = (
        "In bidops_cfn/compute/policies.py, grant what bidops_cfn/spec/allowed_permissions.toml "
        "lists, or have the security team change the list"
    )
    judges = properties("AWS::IAM::Role", "Policies")
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare each role, in the place that it is used in."""
        for service in case.services:
            if service.name not in allow_list():
                path = ("Resources",)
                yield Mismatch(path, f"runs {service.name}, for which no permission was reviewed")
                continue
            for part in KINDS:
                for resource in case.parts.all(service.name, part):
                    role = case.reading.roles[resource.logical_id]
                    yield from _compared(case, role, service, part)


def _compared(
    case: ReadingUnderReview, role: Role, service: Service, part: Part
) -> Iterator[Mismatch]:
    wanted = allowed(case, service, part).keys()
    found = granted(case, role)
    place = f"the {part} of {service.name}"
    elsewhere = _fits_elsewhere(case, role, service, part)
    if elsewhere:
        text = f"is {place} and has the permissions of {elsewhere}"
        yield Mismatch(role.resource.path, text)
    else:
        for path, actions, what in _grouped((one, found[one]) for one in found.keys() - wanted):
            yield Mismatch(path, f"allows {actions} {what}, which is not allowed to {place}")
        nowhere = role.resource.path
        for _, actions, what in _grouped((one, nowhere) for one in wanted - found.keys()):
            yield Mismatch(nowhere, f"lacks {actions} {what}, which {place} needs")
    for statement in role.statements:
        if not statement.allows or not statement.readable:
            problem = "denies something" if not statement.allows else "cannot be read"
            yield Mismatch(statement.path, f"{problem}, which no requirement asks for")


def _fits_elsewhere(case: ReadingUnderReview, role: Role, service: Service, part: Part) -> str:
    """Return the other place that a role fits exactly, where it does not fit its own."""
    if distance(case, role, service, part) == 0:
        return ""
    for other in case.services:
        for kind in KINDS:
            if distance(case, role, other, kind) == 0:
                return f"the {kind} of {other.name}"
    return ""


def _grouped(permissions: Iterator[tuple[Allowed, Path]]) -> Iterator[tuple[Path, str, str]]:
    """Yield where, which actions, and on what, with all actions on one resource together."""
    together: dict[tuple[Path, str], list[str]] = {}
    for one, path in sorted(permissions, key=lambda pair: (str(pair[1]), pair[0])):
        together.setdefault((path, on_what(one)), []).append(one[0])
    for (path, what), actions in together.items():
        yield path, _few(actions), what


def _few(actions: Collection[str]) -> str:
    shown = list(actions)[:MOST_ACTIONS]
    more = len(actions) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
