"""Names that people read: a value of another stack by its key in the contract.

``${import bidopsai-prod-network-VpcId}`` is shown as ``${network.VpcId}``, so that environments can
be compared line by line. Where a value comes from elsewhere than the pattern says, that is shown
beside the key: ``${network.VpcId (export shared-vpc)}``, ``${network.VpcId (output VpcId of
NetworkStack)}``, ``${network.VpcId (constant vpc-0a1b2c3d)}``. What the contract does not have
stays as it is, and stands out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bidops_cfn.facts import symbols
from bidops_cfn.settings.contract import Import
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, Reference
from bidops_cfn.spec.doubts import is_plain

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
