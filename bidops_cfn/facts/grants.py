"""Grants: statements as sets of requests, and what one list of them permits beyond another.

A request has a principal, an action, a resource and circumstances. A statement is the product of
four sets of these; what is permitted is every allowed request that no denial matches. So a denial
that is gone permits more. What cannot be read covers nothing but itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bidops_cfn.facts import actions, symbols
from bidops_cfn.facts.document import Path
from bidops_cfn.facts.restrictions import cases, implied, show_conditions
from bidops_cfn.facts.statements import EVERYONE, Condition, Statement, show_principal
from bidops_cfn.facts.wildcards import ALL, MANY, SEGMENT, Pattern, Texts, literal, pattern

MOST_GRANTS = 512  # of one statement; beyond that its conditions are not taken apart
MOST_PAIRS = 250_000
MOST_NAMES = 6
_ACCOUNT = re.compile(r"(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?")


@dataclass(frozen=True)
class Grant:
    """A part of a statement: some actions by one principal on one resource in one case.

    ``whole`` are the statement's own conditions, of which ``conditions`` are one case; ``unread``
    is the JSON text of what cannot be read.
    """

    path: Path
    allows: bool
    patterns: str
    actions: frozenset[str]
    principal: Texts = ALL
    who: str = ""
    resource: Texts = ALL
    what: str = "*"
    conditions: frozenset[Condition] = frozenset()
    whole: frozenset[Condition] = frozenset()
    unread: str = ""

    @property
    def scope(self) -> tuple[object, ...]:
        """All that a request needs to be one of these, but its action."""
        return (self.principal, self.resource, self.conditions, self.unread)

    def covers(self, other: Grant) -> bool:
        """Tell whether every request of ``other`` is one of these, its action aside."""
        if self.unread:
            return self.unread == other.unread
        return (
            self.principal.covers(other.principal)
            and self.resource.covers(other.resource)
            and implied(other.conditions, self.conditions)
        )

    def meets(self, other: Grant) -> bool:
        """Tell whether a request may be one of both, its action aside."""
        return self.principal.overlaps(other.principal) and self.resource.overlaps(other.resource)


@dataclass(frozen=True)
class Gain:
    """What became possible: ``left`` are the actions of ``grant`` that were not possible before.

    A ``grant`` that does not allow is a denial that is gone.
    """

    grant: Grant
    left: frozenset[str]
    conditions: frozenset[Condition]

    @property
    def under(self) -> str:
        """The conditions as people read them, empty where there are none."""
        return f" if {show_conditions(self.conditions)}" if self.conditions else ""

    def grants_more_than(self, one: Grant) -> bool:
        """Tell whether a grant allows the same to the same, under narrower conditions alone."""
        return (
            one.allows
            and bool(one.whole)
            and not (one.unread or self.grant.unread)
            and self.left <= one.actions
            and one.principal.covers(self.grant.principal)
            and one.resource.covers(self.grant.resource)
            and implied(one.whole, self.conditions)
        )

    @property
    def named(self) -> str:
        """The actions in few words: all of them, or the patterns of the statement."""
        if self.left == actions.every_action():
            return "*"
        names = sorted(self.left)
        return ", ".join(names) if len(names) <= MOST_NAMES else self.grant.patterns


def grants(statements: Iterable[Statement], *, any_principal: bool = False) -> tuple[Grant, ...]:
    """Return statements as grants; ``any_principal`` where a policy names none by its nature."""
    return tuple(one for statement in statements for one in _grants(statement, any_principal))


def outside(arn: object, path: Path) -> Grant:
    """Return the grant of a managed policy that is not in the template: what it holds is unknown.

    Only AWS's own policy that permits everything is known by its name.
    """
    shown = symbols.show(arn)
    known = shown.startswith("arn:") and shown.endswith(":iam::aws:policy/AdministratorAccess")
    unread = "" if known else symbols.key(arn)
    return Grant(path, True, f"whatever {shown} permits", actions.every_action(), unread=unread)


def _grants(statement: Statement, any_principal: bool) -> Iterator[Grant]:
    excluded = "everything but " if statement.patterns_excluded else ""
    principals = [(ALL, "")] if any_principal else list(_principals(statement))
    resources = list(_resources(statement))
    several = cases(statement.conditions)
    if len(principals) * len(resources) * len(several) > MOST_GRANTS:
        several = (statement.conditions,)
    for (principal, who), (resource, what), case in itertools.product(
        principals, resources, several
    ):
        yield Grant(
            path=statement.path,
            allows=statement.allows,
            patterns=excluded + ", ".join(statement.patterns),
            actions=statement.actions,
            principal=principal,
            who=who,
            resource=resource,
            what=what,
            conditions=case,
            whole=statement.conditions,
            unread=statement.unread,
        )


def _resources(statement: Statement) -> Iterator[tuple[Texts, str]]:
    if statement.resources_excluded:
        shown = "* but " + ", ".join(sorted(map(symbols.show, statement.resources)))
        yield Texts(tuple(map(pattern, statement.resources)), excluded=True), shown
        return
    for resource in statement.resources:
        yield Texts((pattern(resource),)), symbols.show(resource)


def _principals(statement: Statement) -> Iterator[tuple[Texts, str]]:
    if statement.spared:
        shown = ", ".join(show_principal(*one) for one in statement.spared)
        spared = tuple(_principal(kind, who) for kind, who in statement.spared)
        yield Texts(spared, excluded=True), f"{EVERYONE} but {shown}"
        return
    if not statement.principals:
        yield ALL, EVERYONE
    for kind, who in statement.principals:
        yield Texts((_principal(kind, who),)), show_principal(kind, who)


def _principal(kind: str, who: object) -> Pattern:
    """Return who is named; an account stands for every principal in it, ``*`` for all."""
    if who == "*":
        return (MANY,)
    account = _ACCOUNT.fullmatch(symbols.text(who) or "")
    if account:
        number = account.group(1)
        return (*literal("AWS:arn:"), SEGMENT, ":", SEGMENT, *literal(f"::{number}:"), MANY)
    return literal(symbols.compose([f"{kind}:", who]))


def gains(before: Sequence[Grant], after: Sequence[Grant]) -> Iterator[Gain]:
    """Yield what ``after`` permits and ``before`` does not.

    Most grants are as they were, and nothing has to be compared for them. Where there are more than
    any policy on AWS can hold, only equal ones are found to be the same.
    """
    permitted = _by_scope(one for one in before if one.allows)
    denied = _by_scope(one for one in after if not one.allows)
    compared = len(before) * len(after) <= MOST_PAIRS
    left: dict[Grant, frozenset[str]] = {}
    for grant in after:
        if grant.allows:
            new = grant.actions - permitted.get(grant.scope, frozenset())
            left[grant] = _left(grant, new, before, after) if new and compared else new
    for denial in before:
        if not denial.allows:
            lost = denial.actions - denied.get(denial.scope, frozenset())
            left[denial] = _lifted(denial, lost, before, after) if lost and compared else lost
    yield from _joined(left)


def _by_scope(found: Iterable[Grant]) -> dict[object, frozenset[str]]:
    several: dict[object, frozenset[str]] = {}
    for one in found:
        several[one.scope] = several.get(one.scope, frozenset()) | one.actions
    return several


def _left(
    grant: Grant, left: frozenset[str], before: Sequence[Grant], after: Sequence[Grant]
) -> frozenset[str]:
    """Return which of the actions ``left`` were neither permitted before nor are denied now."""
    for known in before:
        if left and known.allows and known.covers(grant):
            left -= known.actions
    left = _undenied(grant, left, after)
    if left and not grant.unread:
        # Several resources can cover one together: ``a*`` and everything that does not begin so.
        several = tuple(
            one
            for known in before
            if known.allows and not known.unread and left <= known.actions
            if known.principal.covers(grant.principal) and not known.resource.excluded
            if implied(grant.conditions, known.conditions)
            for one in known.resource.patterns
        )
        if len(several) > 1 and Texts(several).covers(grant.resource):
            return frozenset()
    return left


def _undenied(grant: Grant, left: frozenset[str], after: Sequence[Grant]) -> frozenset[str]:
    for known in after:
        if left and not known.allows and known.covers(grant):
            left -= known.actions
    return left


def _lifted(
    denial: Grant, left: frozenset[str], before: Sequence[Grant], after: Sequence[Grant]
) -> frozenset[str]:
    """Return which of the actions ``left`` of a denial nothing denies now.

    Those count that are allowed now, and those that were not allowed before either: what else
    allows them cannot be seen from here.
    """
    left = _undenied(denial, left, after)
    allowed = frozenset[str]()
    for grant in after:
        if left and grant.allows and grant.meets(denial):
            allowed |= _undenied(grant, grant.actions & left, after)
    guarded = frozenset[str]().union(
        *(one.actions for one in before if left and one.allows and one.meets(denial))
    )
    return allowed | (left - guarded)


Parted = tuple[Path, bool, Texts, Texts, frozenset[Condition]]


def _joined(found: dict[Grant, frozenset[str]]) -> Iterator[Gain]:
    """Yield gains; the cases of one statement are one again where all of them were gained."""
    whole: dict[Parted, list[Grant]] = {}
    for grant in found:
        whole.setdefault(_parted(grant), []).append(grant)
    for several in whole.values():
        gained = [grant for grant in several if found[grant]]
        if len(gained) == len(several) and len({found[grant] for grant in gained}) == 1:
            yield Gain(gained[0], found[gained[0]], gained[0].whole)
        else:
            for grant in gained:
                yield Gain(grant, found[grant], grant.conditions)


def _parted(grant: Grant) -> Parted:
    return (grant.path, grant.allows, grant.principal, grant.resource, grant.whole)
