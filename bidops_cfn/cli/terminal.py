"""What a person sees at a terminal: its width and colour, folded lines, errors, long waits."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

import click

from bidops_cfn.errors import BidopsCfnError
from bidops_cfn.printable import block, one_line, wrap

WIDEST = 100
NARROWEST = 40
STDERR = 2
PATIENCE_SECONDS = 2.0
# What people copy: a command, or options of one, behind what it is for.
PROGRAMS = "(?:aws|bidops-cfn|cdk|crane|git) [a-z]"
COPIED = re.compile(rf"(?:^|(?<=: ))(?:{PROGRAMS}|--[a-z]).*")
IN_BRACKETS = re.compile(rf"\({PROGRAMS}[^()]*\)")
TIED = "\0"  # holds the words of a command together


def width() -> int:
    """Return the columns to write for: the terminal's, at most ``WIDEST``, which a pipe has.

    Where stdout is none, stderr may be: ``bidops-cfn render --env dev > out.json``.
    """
    try:
        otherwise = os.get_terminal_size(STDERR).columns or WIDEST
    except OSError:
        otherwise = WIDEST
    return min(WIDEST, max(NARROWEST, shutil.get_terminal_size((otherwise, 24)).columns))


def color() -> bool | None:
    """Return False where people asked for no colour (https://no-color.org); click decides else."""
    unwanted = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return False if unwanted else None


def fold(text: str, first: str = "  ", others: str = "      ") -> str:
    """Return ``text`` in lines that fit, which begin as said; no word or command is cut."""
    return "\n".join(fold_lines(text, width(), first, others))


def fold_lines(text: str, columns: int, first: str, others: str) -> list[str]:
    """Return ``text`` in lines of at most ``columns``, which begin as said.

    No word is cut, and a command behind prose or in brackets stays whole, to be copied.
    """
    copied = COPIED.search(text) if len(first) + len(text) > columns else None
    prose = text[: copied.start()] if copied else text
    tied = IN_BRACKETS.sub(lambda command: command[0].replace(" ", TIED), prose)
    lines = [line.replace(TIED, " ") for line in wrap(tied, columns, first, others)]
    if copied:
        lines.append((others if lines else first) + copied[0])
    return lines


def fold_hint(hint: str) -> list[str]:
    """Return the lines of a hint, prose folded at a terminal; a pipe has them as they are."""
    lines = block(hint).split("\n")
    if not sys.stderr.isatty():
        return lines
    indents = [" " * (len(one) - len(one.lstrip())) for one in lines]
    return [
        folded
        for line, indent in zip(lines, indents, strict=True)
        for folded in fold_lines(line.strip(), width(), indent, f"{indent}  ") or [""]
    ]


def show_error(error: BidopsCfnError) -> None:
    """Print ``error`` to stderr: what and why, its details, and the hint.

    What and why are one line, which is folded at a terminal alone.
    """
    head, what = "Error: ", one_line(str(error))
    click.secho(head, fg="red", bold=True, nl=False, err=True, color=color())
    if sys.stderr.isatty():
        what = fold(what, head, " " * len(head)).removeprefix(head)
    click.echo(what, err=True)
    for detail in error.details:
        click.echo(fold(one_line(detail)), err=True)
    if error.hint:
        click.echo("\n".join(["", *fold_hint(error.hint)]), err=True)


@contextmanager
def told_after_a_while(text: str, seconds: float = PATIENCE_SECONDS / 2) -> Iterator[None]:
    """Print ``text`` on stderr, if that is a terminal, where the work inside takes longer.

    Silence never means "hung". A program that was never run takes the other half to begin.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    timer = Timer(seconds, lambda: click.echo(text, err=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
