"""Mutants of our own functions: what mutmut's operators make of a function, by its name and number.

A decorated function has none, nor has what runs when a module is imported.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from types import CodeType

import libcst
from mutmut.mutation.file_mutation import create_mutations

from tests.mutation.score import REPOSITORY


@dataclass(frozen=True)
class Mutant:
    """A file's text with one thing of one function changed, in ``line``."""

    file: Path
    function: str
    number: int
    line: int
    source: str

    @property
    def folder(self) -> str:
        """The folder of the package that the function stands in."""
        return self.file.relative_to(REPOSITORY).parts[1]

    @property
    def module(self) -> str:
        """The name by which the function's module is imported."""
        return ".".join(self.file.relative_to(REPOSITORY).with_suffix("").parts)

    def __str__(self) -> str:
        """Name the mutant and show the line that it changes."""
        changed = self.source.splitlines()[self.line - 1].strip()
        place = f"{self.file.relative_to(REPOSITORY)}:{self.line}"
        return f"{self.function} {self.number} ({place}): {changed}"

    def code(self) -> CodeType:
        """Return what the function does now."""
        (code,) = (
            code
            for code in code_objects(compile(self.source, self.file, "exec", dont_inherit=True))
            if code.co_qualname == self.function
        )
        return code


def code_objects(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of everything in a module, a class or a function."""
    yield code
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from code_objects(value)


def sampled(function: str, number: int, every: int) -> bool:
    """Tell whether a mutant is in a sample of one in ``every``: where it stands plays no part."""
    digest = hashlib.sha256(f"{function} {number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % every == 0


def mutants(rates: dict[str, int]) -> list[Mutant]:
    """Return a sample of the mutants of all folders, one in so many of each."""
    files = [
        (file, every)
        for folder, every in rates.items()
        for file in sorted((REPOSITORY / "bidops_cfn" / folder).rglob("*.py"))
    ]
    with Pool() as pool:
        return [mutant for made in pool.starmap(of_file, files) for mutant in made]


def of_file(file: Path, every: int) -> list[Mutant]:
    """Return the sampled mutants of a file."""
    text = file.read_text(encoding="utf-8")
    module, mutations, *_ = create_mutations(str(file), text)
    names = qualified(module)
    numbers: Counter[str] = Counter()
    made = []
    for mutation in mutations:
        function = names.get(mutation.contained_by_top_level_function)
        if function is None:
            continue
        numbers[function] += 1
        if sampled(function, numbers[function], every):
            changed = module.deep_replace(mutation.original_node, mutation.mutated_node)
            source = changed.code
            made.append(Mutant(file, function, numbers[function], differs(text, source), source))
    return made


def qualified(module: libcst.Module) -> dict[libcst.CSTNode | None, str]:
    """Return the name, with that of its class, of each function that a module holds."""
    names: dict[libcst.CSTNode | None, str] = {}

    def look(body: Iterable[libcst.CSTNode], prefix: str) -> None:
        for node in body:
            if isinstance(node, libcst.FunctionDef):
                names[node] = f"{prefix}{node.name.value}"
            elif isinstance(node, libcst.ClassDef):
                look(node.body.body, f"{prefix}{node.name.value}.")

    look(module.body, "")
    return names


def differs(text: str, changed: str) -> int:
    """Return the number of the first line that two texts do not share."""
    lines = zip(text.splitlines(), changed.splitlines(), strict=False)
    return next((number for number, (old, new) in enumerate(lines, 1) if old != new), 1)
