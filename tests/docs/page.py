"""A page of the documentation: its console blocks, with what each command is to print.

A block says in its first line how it is held true::

    ```console run        its commands run in a copy of the project
    ```console sandbox    the same, against the local AWS
    ```console shown      it needs a person or an account: its commands are parsed, not run

Commands that print nothing worth showing stand in a block to copy as a whole, without ``$``::

    ```sh run                 one command a line; the three ways are the same

Another block may be a change that the page asks for, which is made before what follows it::

    ```toml to params/<env>.toml      added at the end of each such file
    ```python in bidops_cfn/settings/services.py  in the place that its first or its last line names
    ```diff in params/dev.toml        lines that are added to others and put in the place of others

``$ command`` is typed, the lines below it are printed; ``...`` stands for anything. Where nothing
is shown, anything may be printed. A command that fails is followed by ``$ echo $?``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"
PAGES = [
    REPOSITORY / "README.md",
    DOCS / "README.md",
    DOCS / "architecture.md",
    DOCS / "operator.md",
    DOCS / "pipeline.md",
    DOCS / "security-reviewer.md",
    DOCS / "application-developer.md",
    DOCS / "maintainer.md",
    DOCS / "sandbox.md",
    DOCS / "account-proofs.md",
    DOCS / "before-the-first-deployment.md",
]

FENCE = re.compile(r"^```(\w*) ?(.*)\n((?:.*\n)*?)^```$", re.MULTILINE)
LANGUAGES = ("console", "sh")
WAYS = ("run", "sandbox", "shown")
Kind: TypeAlias = Literal["sandbox", "code", "plain"]


@dataclass(frozen=True)
class Typed:
    """A command, and what is shown below it."""

    command: str
    output: str

    def matches(self, printed: str) -> bool:
        """Tell whether ``printed`` is what is shown."""
        if not self.output:
            return True
        pattern = re.escape(self.output.rstrip()).replace(re.escape("..."), "(?s:.*?)")
        return re.fullmatch(pattern, trimmed(printed)) is not None


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what follows it in the first line, its text, its line."""

    language: str
    info: str
    text: str
    line: int

    @property
    def session(self) -> list[Typed]:
        """The commands of a block."""
        if self.language == "sh":
            return [typed(part) for part in re.split(r"(?<!\\)\n", self.text) if part]
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)
        assert parts[0] == "", f"line {self.line}: a console block begins with $ and a command"
        return [typed(part) for part in parts[1:]]


def typed(part: str) -> Typed:
    """Return a command, which a backslash continues on the next line, and its output."""
    lines = part.splitlines()
    end = next(index for index, line in enumerate(lines) if not line.endswith("\\")) + 1
    return Typed("\n".join(lines[:end]), "\n".join(lines[end:]))


def trimmed(text: str) -> str:
    """Return ``text`` without space at the ends of lines and of the whole."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def blocks(page: Path) -> list[Block]:
    """Return every fenced block of a page."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2], found[3], text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


def name(page: Path) -> str:
    """Return the path of a page in the repository."""
    return page.relative_to(REPOSITORY).as_posix()


def pages(kind: Kind) -> list[Path]:
    """Return the pages of a kind, to be typed in a process of their own.

    Commands of a ``sandbox`` page talk to the local AWS, a ``code`` page asks its reader to change
    the tool, and a ``plain`` one does neither.
    """
    return [page for page in PAGES if kind_of(page) == kind]


def kind_of(page: Path) -> Kind:
    """Tell what the commands of a page need."""
    ways = [block.info for block in blocks(page)]
    if "sandbox" in ways:
        return "sandbox"
    return "code" if any(way.startswith("in bidops_cfn/") for way in ways) else "plain"


def consoles(page: Path) -> list[Block]:
    """Return the blocks of a page that hold commands."""
    return [block for block in blocks(page) if block.language in LANGUAGES]
