"""Imports: what a template takes from other stacks, and the contract's values as symbols."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Path, places
from bidops_cfn.settings.contract import Import, ImportNames
from bidops_cfn.settings.references import IMPORT, STACK_OUTPUT, Reference, read_expression
from bidops_cfn.spec.doubts import doubts, is_plain, taken

UNLOCKED = "not locked: its owner may change it"


@dataclass(frozen=True)
class ImportUse:
    """One use of an import or a stack output; ``reference`` is None when it is not literal."""

    path: Path
    reference: Reference | None


def import_uses(document: Document) -> Iterator[ImportUse]:
    """Yield every ``Fn::ImportValue`` and ``Fn::GetStackOutput`` in resources and outputs."""
    for here, part in document.parts():
        if here[0] in ("Resources", "Outputs"):
            for path, reference in document.once(_imports_in, part):
                yield ImportUse((*here, *path), reference)


def _imports_in(value: object) -> Sequence[tuple[Path, Reference | None]]:
    return [(path, read_expression(node)) for path, node in places(value, _is_import)]


def _is_import(node: object) -> bool:
    return (symbols.function(node) or ("",))[0] in (IMPORT, STACK_OUTPUT)


def constant_uses(template: Mapping[str, object], value: str) -> Iterator[Path]:
    """Yield where a constant stands in a template as it is written, as a word of its own.

    A reading has put what is derived from it, such as a repository's ARN, in its place.
    """
    word = re.compile(rf"(?<![\w.-]){re.escape(value)}(?![\w.-])")
    for section in ("Resources", "Outputs"):
        for path, _ in places(
            template.get(section), lambda text: isinstance(text, str) and word.search(text)
        ):
            yield (section, *path)


@dataclass(frozen=True)
class Contract:
    """The contract's values as an environment's template has to write them.

    ``one`` is a single value, ``each`` every security group that settings name for a value.

    ``prefix_lists`` are the ids of the S3 lists that settings name; none where there are none.
    """

    environment: str
    names: ImportNames = field(default_factory=ImportNames)
    prefix_lists: frozenset[str] = frozenset()

    def one(self, value: Import) -> object:
        """Return the symbol of a single value."""
        return self.each(value)[0]

    def each(self, value: Import) -> list[object]:
        """Return the symbol of each part of a value, as settings name them."""
        return [one.expression for one in self.names.of(self.environment, value)]

    def keys(self, value: Import) -> frozenset[str]:
        """Return each part of a value as canonical JSON text."""
        return frozenset(map(symbols.key, self.each(value)))

    def written(self, value: Import) -> str:
        """Return where a value comes from, in Markdown: an export by its name alone."""
        *first, last = (f"`{taken(one)}`" for one in self.names.of(self.environment, value))
        return f"{', '.join(first)} and {last}" if first else last

    def promise(self, value: Import) -> str:
        """Return what another stack promises about ``value``, and where it comes from here.

        A reference that does not lock its producer says so.
        """
        found = self.names.of(self.environment, value)
        plain = all(is_plain(self.environment, self.names, value, one) for one in found)
        held = self.written(value)
        source = f"export {held}" if plain else f"which settings take from {held}"
        loose = "" if all(one.locks for one in found) else f" ({UNLOCKED})"
        return f"{value.stack.title}'s `{value.output}`, {source}{loose}: {value.claim}"

    def doubts(self, value: Import) -> tuple[str, ...]:
        """Return why what settings refer to may not be ``value``."""
        return doubts(self.environment, self.names, value)

    def pair(self, value: Import) -> list[object]:
        """Return the symbols of a pair: two references, or one that is split in two."""
        found = self.each(value)
        if len(found) == 2:
            return found
        source = {symbols.SPLIT: [",", found[0]]}
        return [{symbols.SELECT: [index, source]} for index in (0, 1)]
