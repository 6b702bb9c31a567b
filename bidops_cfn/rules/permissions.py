"""E9301 to E9303: each role may do what was reviewed, written out, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.actions import expand, is_known, is_wild
from bidops_cfn.facts.document import Path, descend, each, mapping
from bidops_cfn.facts.roles import POLICIES, ROLE, Role
from bidops_cfn.facts.statements import Statement
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._allow_list import (
    KINDS,
    Allowed,
    allowed,
    distance,
    granted,
    on_what,
)
from bidops_cfn.rules._expect import (
    ANY,
    SOME_TEXT,
    Forbidden,
    Maybe,
    Mismatch,
    Where,
    mismatches,
    used_once,
)
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules._values import Rows, Values
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part
from bidops_cfn.spec.permissions import allow_list

MOST_ACTIONS = 6


class AllowedPermissions(HouseRule):
    """Roles have exactly the permissions of the reviewed allow-list.

    What was not reviewed is not allowed, and what was reviewed is there. Actions are expanded by
    the catalogue of all AWS actions and compared, with resource and condition, against
    allowed_permissions.toml. A missing permission breaks the service, one too many is a hole.
    """

    id = "E9301"
    source = "iam/best-practices"
    requirements = (
        "FR-009", "FR-016", "FR-017", "FR-018", "US2-2", "US2-5", "US5-3", "US5-4",
    )  # fmt: skip
    fix = (
        "In bidops_cfn/compute/roles.py, grant what bidops_cfn/spec/allowed_permissions.toml "
        "lists, or have the security team change the list"
    )
    judges = properties("AWS::IAM::Role", "Policies")
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
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


class WrittenOut(HouseRule):
    """Policies write out actions that exist, without wildcard and exclusion.

    A wildcard admits actions that do not exist yet. NotAction and NotResource allow everything
    else. A name that IAM does not know, such as bedrock-runtime:InvokeModel, grants nothing: it is
    the name of an API.
    """

    id = "E9302"
    source = "iam/reference_policies_elements_action"
    requirements = ("FR-017", "FR-018", "US2-5")
    fix = (
        "In bidops_cfn/compute/roles.py, write each action out, by its IAM name and in its "
        "usual spelling"
    )

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for role in case.reading.roles.values():
            for statement in (*role.statements, *role.trust):
                yield from _written(statement)


def _written(statement: Statement) -> Iterator[Mismatch]:
    if statement.patterns_excluded:
        yield Mismatch(statement.path, "allows all actions but some (NotAction)")
    if statement.resources_excluded:
        yield Mismatch(statement.path, "reaches all resources but some (NotResource)")
    if ("*", "*") in statement.principals and not statement.readable:
        yield Mismatch(statement.path, "cannot be read")
    for pattern in statement.patterns:
        if is_wild(pattern):
            yield Mismatch(statement.path, f"allows {pattern}, which has a wildcard")
            continue
        for usual in expand(pattern):
            if not is_known(usual):
                yield Mismatch(statement.path, f"allows {pattern}, which IAM does not know")
            elif usual != pattern:
                yield Mismatch(statement.path, f"allows {pattern}, which is written {usual}")


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
POLICY_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
NEEDED = ("Effect", "Action", "Resource")
STATEMENT = frozenset({*NEEDED, "Sid", "Condition"})


class InlinePolicies(Values):
    """Policies are inline in their role, of the current version.

    A separate policy is no dependency of the task definition and races the first launch. What a
    role may do stands in one place. A policy resource beside it is easily overlooked and may come
    after the first task; a managed policy changes without a review. Of two policies of one name in
    a role the later replaces the other; Sids are distinct, too.
    """

    id = "E9303"
    source = "iam/access_policies_managed-vs-inline"
    requirements = ("FR-009", "FR-016", "FR-017", "FR-018")
    fix = "In bidops_cfn/compute/roles.py, keep all statements in the role's Policies"
    rows: ClassVar[Rows] = {
        ROLE: {
            "Policies": Maybe(ANY),
            "Description": Maybe(SOME_TEXT),
            "ManagedPolicyArns": Forbidden("attaches policies from elsewhere"),
        }
    }

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        yield from super().judge(case)
        for resource in case.reading.document.of_type(*POLICIES):
            yield Mismatch(resource.path, "is a policy outside its role")
        for role in case.reading.document.of_type(ROLE):
            for policy, path in role.each("Policies"):
                yield from _form(policy, path)
            yield from used_once(_named(role.each("Policies"), "PolicyName"))


def _form(policy: object, path: Path) -> Iterator[Mismatch]:
    statements = Where("statements", lambda value: isinstance(value, (list, dict)))
    name = Where(
        "a name of letters, digits and +=,.@_-",
        lambda value: isinstance(value, str) and bool(POLICY_NAME.fullmatch(value)),
    )
    document = {"Version": "2012-10-17", "Statement": statements}
    yield from mismatches(policy, {"PolicyName": name, "PolicyDocument": document}, path)
    inside = descend(policy, "PolicyDocument", "Statement")
    there = (*path, "PolicyDocument", "Statement")
    for statement, listed in each(inside, there):
        here = there if isinstance(inside, dict) else listed  # IAM reads it as a list of one
        elements = mapping(statement)
        for element in elements:
            if element not in STATEMENT:
                yield Mismatch((*here, element), "is an element that no requirement asks for")
        for element in NEEDED:
            if not elements.get(element):
                yield Mismatch((*here, element), "is missing or empty")
        if not elements.get("Condition", True):
            yield Mismatch((*here, "Condition"), "is a condition without a content")
    yield from used_once(_named(each(inside, there), "Sid"))


def _named(found: Iterable[tuple[object, Path]], key: str) -> dict[Path, str]:
    names = (((*path, key), symbols.text(mapping(one).get(key))) for one, path in found)
    return {path: name for path, name in names if name is not None}
