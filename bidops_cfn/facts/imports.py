"""Imports: what a template takes from other stacks, and the contract's values as symbols."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bidops_cfn.contract import Import, ImportNames
from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document
from bidops_cfn.facts.paths import Path
from bidops_cfn.spec.imports import doubts, is_plain


@dataclass(frozen=True)
class ImportUse:
    """One use of an import; ``name`` is None when it is not a literal."""

    path: Path
    name: str | None


def import_uses(document: Document) -> Iterator[ImportUse]:
    """Yield every use of ``Fn::ImportValue`` in resources and outputs."""
    for section in ("Resources", "Outputs"):
        yield from _uses(document.body.get(section), (section,))


def _uses(value: object, path: Path) -> Iterator[ImportUse]:
    name, _ = symbols.function(value) or ("", None)
    if name == symbols.IMPORT:
        yield ImportUse(path, symbols.imported(value))
    elif isinstance(value, dict):
        for step, item in value.items():
            yield from _uses(item, (*path, str(step)))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _uses(item, (*path, index))


@dataclass(frozen=True)
class Contract:
    """The contract's values as an environment's template has to write them.

    ``prefix_lists`` are the ids of the S3 lists that settings name; none where there are none.
    """

    environment: str
    names: ImportNames = field(default_factory=ImportNames)
    prefix_lists: frozenset[str] = frozenset()

    def one(self, value: Import) -> object:
        """Return the symbol of a single value."""
        return {symbols.IMPORT: self.names.of(self.environment, value)[0]}

    def promise(self, value: Import) -> str:
        """Return what another stack promises about ``value``, by the exports that hold it here."""
        exports = self.names.of(self.environment, value)
        plain = all(is_plain(self.environment, self.names, value, one) for one in exports)
        held = " and ".join(f"`{one}`" for one in exports)
        source = f"export {held}" if plain else f"which settings take from {held}"
        return f"{value.stack.title}'s `{value.output}`, {source}: {value.claim}"

    def doubts(self, value: Import) -> tuple[str, ...]:
        """Return why the exports that settings name may not be ``value``."""
        return doubts(self.environment, self.names, value)

    def pair(self, value: Import) -> list[object]:
        """Return the symbols of a pair: two imports, or one that is split in two."""
        names = self.names.of(self.environment, value)
        if len(names) == 2:
            return [{symbols.IMPORT: name} for name in names]
        source = {symbols.SPLIT: [",", {symbols.IMPORT: names[0]}]}
        return [{symbols.SELECT: [index, source]} for index in (0, 1)]
