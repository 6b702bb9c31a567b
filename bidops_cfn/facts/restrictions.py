"""Conditions of policies compared as sets: which requests one of them admits and another does not.

Conditions hold together, the values of one are alternatives, and alternatives of an operator that
denies hold together too. So fewer conditions or more values admit more, unless the operator is
``...Not...``:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bidops_cfn.facts import symbols
from bidops_cfn.facts.flows import collapsed, networks, within
from bidops_cfn.facts.statements import Condition
from bidops_cfn.facts.wildcards import Pattern, arn_pattern, covered, literal, lower, pattern

MOST_CASES = 64

_TEXTS: dict[str, Callable[[object], Pattern]] = {
    "stringequals": literal,
    "stringequalsignorecase": lambda value: lower(literal(value)),
    "stringlike": pattern,
    "arnequals": arn_pattern,
    "arnlike": arn_pattern,
}
# Whether a comparison admits what is below its value.
_BELOW = {
    "lessthan": True,
    "lessthanequals": True,
    "greaterthan": False,
    "greaterthanequals": False,
}


@dataclass(frozen=True)
class _Test:
    """One condition: its operator taken apart, its key, and the values as they are in JSON."""

    quantifier: str
    family: str
    negative: bool
    if_exists: bool
    key: str
    values: tuple[str, ...]

    @classmethod
    def of(cls, condition: Condition) -> _Test:
        operator, key, values = condition
        quantifier, _, name = operator.rpartition(":")
        if_exists = name.endswith("ifexists")
        name = name.removesuffix("ifexists")
        negative = "not" in name
        return cls(quantifier, name.replace("not", "", 1), negative, if_exists, key, values)

    @property
    def needs_the_key(self) -> bool:
        """Whether a request without the key fails."""
        return not (self.if_exists or self.negative or self.quantifier == "forallvalues")

    @property
    def literals(self) -> Sequence[object]:
        """The values as they are in the template."""
        return [json.loads(value) for value in self.values]


def implied(narrow: frozenset[Condition], wide: frozenset[Condition]) -> bool:
    """Tell whether every request that ``narrow`` admits is admitted by ``wide`` too."""
    known = [_Test.of(one) for one in narrow]
    return all(any(_implies(one, _Test.of(other)) for one in known) for other in wide)


def cases(conditions: frozenset[Condition]) -> tuple[frozenset[Condition], ...]:
    """Return conditions with one value each that together admit the same requests."""
    choices = []
    for operator, key, values in sorted(conditions):
        test = _Test.of((operator, key, values))
        if test.negative or test.quantifier == "forallvalues" or not values:
            choices.append([(operator, key, values)])
        else:
            choices.append([(operator, key, (value,)) for value in _parted(test)])
    count = 1
    for one in choices:
        count *= len(one)
    if count > MOST_CASES:
        return (conditions,)
    return tuple(frozenset(one) for one in itertools.product(*choices))


def _parted(test: _Test) -> Sequence[str]:
    """Return the alternatives of a test, address ranges as few as say the same: halves joined."""
    if test.family != "ipaddress":
        return test.values
    ranges = networks(test.literals)
    if None in ranges:
        return test.values
    return [json.dumps(str(one)) for one in collapsed(ranges)]


def show_conditions(conditions: Iterable[Condition]) -> str:
    """Return conditions as people read them: ``stringequals aws:sourceaccount 1 or 2``."""
    return " and ".join(
        f"{operator} {key} {_listed(operator, values)}"
        for operator, key, values in sorted(conditions)
    )


def _listed(operator: str, values: Sequence[str]) -> str:
    word = " and " if "not" in operator else " or "
    return word.join(symbols.show(json.loads(value)) for value in values) or "nothing"


def _implies(one: _Test, other: _Test) -> bool:
    if one.key != other.key:
        return False
    if other.family == "null" and other.values == ('"false"',):
        return one.needs_the_key and (one.family != "null" or one.values == other.values)
    if (one.quantifier, one.negative) != (other.quantifier, other.negative):
        return False
    if one.if_exists and not other.if_exists:
        return False
    narrow, wide = (other, one) if one.negative else (one, other)
    return _within(narrow, wide)


def _within(narrow: _Test, wide: _Test) -> bool:
    """Tell whether each value that the test ``narrow`` matches is matched by ``wide``."""
    if narrow.family in _TEXTS and wide.family in _TEXTS:
        return _texts_within(narrow, wide)
    if narrow.family != wide.family:
        return False
    if set(narrow.values) <= set(wide.values):
        return True
    if narrow.family == "ipaddress":
        return within(networks(narrow.literals), networks(wide.literals))
    for start, read in (("numeric", _number), ("date", _date)):
        if narrow.family.startswith(start):
            return _bounded(narrow, wide, narrow.family.removeprefix(start), read)
    return False


def _texts_within(narrow: _Test, wide: _Test) -> bool:
    folds = "stringequalsignorecase"
    if narrow.family == folds != wide.family:
        return False
    fold = lower if wide.family == folds else tuple
    known = tuple(_TEXTS[wide.family](value) for value in wide.literals)
    return all(covered(fold(_TEXTS[narrow.family](one)), known) for one in narrow.literals)


def _bounded(
    narrow: _Test, wide: _Test, comparison: str, read: Callable[[object], float | None]
) -> bool:
    ours, theirs = ([read(value) for value in test.literals] for test in (narrow, wide))
    if not ours or not theirs or None in (*ours, *theirs):
        return False
    if comparison not in _BELOW:
        return set(ours) <= set(theirs)
    below = _BELOW[comparison]
    known = [one for one in theirs if one is not None]
    return all(
        one is not None and (one <= max(known) if below else one >= min(known)) for one in ours
    )


def _number(value: object) -> float | None:
    try:
        return float(symbols.text(value) or "")
    except ValueError:
        return None


def _date(value: object) -> float | None:
    written = symbols.text(value) or ""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return _number(value)
    return found.replace(tzinfo=found.tzinfo or UTC).timestamp()
