"""What is reviewed: one environment's template, with the settings that it was rendered from.

A value of another stack is named by its key in the contract: ``${import
bidopsai-prod-network-VpcId}`` is shown as ``${network.VpcId}``, so that environments can be
compared line by line. Where a value comes from elsewhere than the pattern says, that is shown
beside the key: ``${network.VpcId (export shared-vpc)}``, ``${network.VpcId (output VpcId of
NetworkStack)}``, ``${network.VpcId (constant vpc-0a1b2c3d)}``. What the contract does not have
stays as it is, and stands out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bidops_cfn.errors import UsageError
from bidops_cfn.facts import symbols
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs import prove
from bidops_cfn.facts.proofs.spot import spot_saving
from bidops_cfn.facts.reading import Facts, Reading, read
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.facts.verdict import Verdict
from bidops_cfn.review.rule_packs import RuleList
from bidops_cfn.settings.contract import Import
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, Reference
from bidops_cfn.settings.services import SERVICES, Service
from bidops_cfn.spec.doubts import doubt_of_prefix_list, is_plain, is_refuted

# As ``symbols.show`` writes them.
_REFERENCE = re.compile(
    r"import [^\s{}]+|output [^\s{}]+ of [^\s{}]+(?: in [^\s{}]+)?(?: by [^\s{}]+)?"
)
_PARTS = (
    (re.compile(r"item (\d) of split , of "), r"half \1 of "),
    (re.compile(r"item 0 of split \. of "), "account in "),
    (re.compile(r"item 1 of split \.amazonaws\.com(?:\.cn)?/ of "), "name in "),
)


@dataclass(frozen=True)
class Names:
    """The contract's values by what one environment refers to for them.

    ``plain`` are the exports whose name is the pattern's: their key says it all.
    """

    values: Mapping[Reference, tuple[Import, ...]]
    plain: frozenset[Reference]

    @classmethod
    def of(cls, environment: Environment) -> Names:
        """Return the names of ``environment``."""
        values: dict[Reference, tuple[Import, ...]] = {}
        plain: set[Reference] = set()
        for value in environment.contract_values:
            for one in environment.references(value):
                values[one] = (*values.get(one, ()), value)
                if is_plain(environment.name, environment.imports, value, one):
                    plain.add(one)
        return cls(values, frozenset(one for one in plain if len(values[one]) == 1))

    def shown(self, text: str) -> str:
        """Return ``text``, as ``symbols.show`` wrote it, with references by their contract key."""
        text = _REFERENCE.sub(lambda match: self._written.get(match[0], match[0]), text)
        if self._constants is not None:
            text = self._constants.sub(lambda match: f"${{{self.title(Constant(match[0]))}}}", text)
        for pattern, words in _PARTS:
            text = pattern.sub(words, text)
        return text

    def title(self, reference: Reference) -> str:
        """Return the contract's key of a reference, with its source unless that is the pattern's.

        What the contract does not have is an export's name, or its source.
        """
        values = self.values.get(reference, ())
        if not values:
            return reference.name if isinstance(reference, Export) else reference.source
        keys = " and ".join(value.key for value in values)
        return keys if reference in self.plain else f"{keys} ({reference.source})"

    @cached_property
    def _written(self) -> Mapping[str, str]:
        """Titles by what stands between the braces of a shown symbol."""
        return {symbols.show(one.expression)[2:-1]: self.title(one) for one in self.values}

    @cached_property
    def _constants(self) -> re.Pattern[str] | None:
        """What finds constants in a text, each as a word of its own; None where there are none."""
        found = sorted((one.value for one in self.values if isinstance(one, Constant)), key=len)
        words = "|".join(re.escape(one) for one in reversed(found))
        return re.compile(rf"(?<![\w.-])(?:{words})(?![\w.-])") if words else None


SUBJECTS = 16  # as many as a cache keeps
MOST_LEVELS = 200  # facts look less deep and say so; Python itself gives up at a thousand
RENDER = "A template is what this writes: bidops-cfn render --env ENV --out FILE"


@dataclass(frozen=True, eq=False)
class Subject:
    """A template's text and its environment; everything else follows from the two.

    ``rule_lists`` is what rule packs of others say about it, as the project lists it; None where
    that was not read.
    Subjects are told apart by identity, so that facts about one are computed once (``SUBJECTS``).
    """

    environment: Environment
    text: str
    specified: Sequence[Service] = SERVICES
    rule_lists: Sequence[RuleList] | None = None

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.environment.name

    @cached_property
    def template(self) -> Mapping[str, object]:
        """The template; raises ``UsageError`` when the text is not a JSON object."""
        return parse(self.text, f"the template of {self.name}")

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def under_review(self) -> TemplateUnderReview:
        """The template in its environment, as rules and proofs look at it."""
        facts = read(self.template, self.specified)
        return TemplateUnderReview(self.template, facts, self.name, self.environment)

    @property
    def facts(self) -> Facts:
        """The facts of the template."""
        return self.under_review.facts

    @property
    def readings(self) -> tuple[Reading, ...]:
        """One reading per case of the template's conditions."""
        return self.facts.readings

    @cached_property
    def contract(self) -> Contract:
        """The values of the other stacks, as this environment's template has to write them.

        A prefix list that is known to be another than S3's is none of them.
        """
        refuted = is_refuted(doubt_of_prefix_list(self.environment))
        contract = self.under_review.contract
        return replace(contract, prefix_lists=frozenset()) if refuted else contract

    @cached_property
    def names(self) -> Names:
        """How imports are shown: by their key in the contract."""
        return Names.of(self.environment)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict on every claim, by claim and subject."""
        found = (
            *prove(self.facts, self.contract, self.specified),
            *spot_saving(self.facts, self.environment, self.specified),
        )
        return tuple(sorted(found, key=lambda one: (one.claim.name, one.claim.subject)))


def parse(text: str, what: str) -> Mapping[str, object]:
    """Return the JSON object that ``text`` is; raises ``UsageError`` naming ``what``.

    A key that stands twice is refused, since readers differ in which one they believe.
    """
    try:
        found = json.loads(text, object_pairs_hook=_members)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"cannot read {what}", f"it is not JSON: {error}", hint=RENDER) from error
    if not isinstance(found, dict):
        raise UsageError(f"cannot read {what}", "it is not a JSON object", hint=RENDER)
    if _too_deep(found):
        raise UsageError(
            f"cannot read {what}", f"it nests deeper than {MOST_LEVELS} levels", hint=RENDER
        )
    return found


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice} stands twice")
    return found


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for one in level for inner in _inside(one)]
    return bool(level)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
