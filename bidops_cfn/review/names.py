"""Names that people read: an import by its key in the contract instead of its export's name.

``${import bidopsai-prod-network-VpcId}`` is shown as ``${network.VpcId}``, so that environments can
be compared line by line. A name that is not the pattern's is shown beside the key:
``${network.VpcId (export shared-vpc)}``. A name that the contract does not have stays as it is, and
stands out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bidops_cfn.contract import Import, Imports, key_import, secret_import, secrets_manager_import
from bidops_cfn.model import Environment
from bidops_cfn.spec.imports import is_plain

_IMPORT = re.compile(r"import ([^\s{}]+)")
_PARTS = (
    (re.compile(r"item (\d) of split , of "), r"half \1 of "),
    (re.compile(r"item 0 of split \. of "), "account in "),
    (re.compile(r"item 1 of split \.amazonaws\.com(?:\.cn)?/ of "), "name in "),
)


@dataclass(frozen=True)
class Names:
    """The contract's values by the export names that one environment has for them.

    ``plain`` are the exports whose name is the pattern's: their key says it all.
    """

    values: Mapping[str, tuple[Import, ...]]
    plain: frozenset[str]

    @classmethod
    def of(cls, environment: Environment) -> Names:
        """Return the names of ``environment``."""
        values: dict[str, tuple[Import, ...]] = {}
        plain: set[str] = set()
        for value in contract_values(environment):
            for name in environment.export_names(value):
                values[name] = (*values.get(name, ()), value)
                if is_plain(environment.name, environment.import_names, value, name):
                    plain.add(name)
        return cls(values, frozenset(one for one in plain if len(values[one]) == 1))

    def shown(self, text: str) -> str:
        """Return ``text``, as ``symbols.show`` wrote it, with imports by their contract key."""
        text = _IMPORT.sub(lambda match: self.title(match.group(1), match.group(0)), text)
        for pattern, words in _PARTS:
            text = pattern.sub(words, text)
        return text

    def title(self, export: str, unknown: str = "") -> str:
        """Return the contract's key of an export, with its name unless that is the pattern's.

        What the contract does not have stays ``unknown``, or the name itself.
        """
        values = self.values.get(export, ())
        if not values:
            return unknown or export
        keys = " and ".join(value.key for value in values)
        return keys if export in self.plain else f"{keys} (export {export})"


def contract_values(environment: Environment) -> tuple[Import, ...]:
    """Return every value of other stacks that the settings of ``environment`` ask for."""
    found = [member.value for member in Imports]
    for settings in environment.services.values():
        found += [secret_import(output) for output in settings.secrets.values()]
        found += [secrets_manager_import(output) for output in settings.secrets_manager.values()]
    found += map(key_import, environment.key_outputs)
    return tuple(dict.fromkeys(found))
