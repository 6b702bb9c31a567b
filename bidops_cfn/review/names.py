"""Names that people read: an import by its key in the contract instead of its export's name.

``${import bidopsai-prod-network-VpcId}`` is shown as ``${network.VpcId}``, so that environments can
be compared line by line. A name that the contract does not have stays as it is, and stands out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bidops_cfn.contract import Import, Imports, key_import, secret_import, secrets_manager_import
from bidops_cfn.model import Environment

_IMPORT = re.compile(r"import ([^\s{}]+)")
_PARTS = (
    (re.compile(r"item (\d) of split , of "), r"half \1 of "),
    (re.compile(r"item 0 of split \. of "), "account in "),
    (re.compile(r"item 1 of split \.amazonaws\.com(?:\.cn)?/ of "), "name in "),
)


@dataclass(frozen=True)
class Names:
    """The contract's values by the export names that one environment has for them."""

    values: Mapping[str, Import]

    @classmethod
    def of(cls, environment: Environment) -> Names:
        """Return the names of ``environment``."""
        return cls(
            {
                name: value
                for value in contract_values(environment)
                for name in environment.export_names(value)
            }
        )

    def shown(self, text: str) -> str:
        """Return ``text``, as ``symbols.show`` wrote it, with imports by their contract key."""
        text = _IMPORT.sub(self._key, text)
        for pattern, words in _PARTS:
            text = pattern.sub(words, text)
        return text

    def title(self, export: str) -> str:
        """Return the contract's key of an export name, or the name itself."""
        return self.values[export].key if export in self.values else export

    def _key(self, match: re.Match[str]) -> str:
        export = match.group(1)
        return self.values[export].key if export in self.values else match.group(0)


def contract_values(environment: Environment) -> tuple[Import, ...]:
    """Return every value of other stacks that the settings of ``environment`` ask for."""
    found = [member.value for member in Imports]
    for settings in environment.services.values():
        found += [secret_import(output) for output in settings.secrets.values()]
        found += [secrets_manager_import(output) for output in settings.secrets_manager.values()]
    found += map(key_import, environment.key_outputs)
    return tuple(dict.fromkeys(found))
