"""Making the changes to files that a page asks its reader to make."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.page import Block

SIZE = re.compile(r"^(cpu|memory) = \d+", re.MULTILINE)


def apply(block: Block, project: Path) -> None:
    """Make the change of ``block`` in ``project``; a block that asks for none changes nothing."""
    way, _, target = block.info.partition(" ")
    if way == "in" and block.language == "diff":
        file = project / target
        file.write_text(patched(file.read_text("utf-8"), block.text), encoding="utf-8")
    elif way == "in":
        file = project / target
        file.write_text(placed(file.read_text("utf-8"), block.text), encoding="utf-8")
    elif way == "to":
        files = sorted(project.glob(target.replace("<env>", "*")))
        assert files, f"line {block.line}: there is no {target}"
        for file in files:
            with file.open("a", encoding="utf-8") as end:
                end.write(for_file(block.text, file))


def placed(text: str, change: str) -> str:
    """Return ``text`` with ``change`` after the lines that it begins with, or for its last line."""
    lines = change.rstrip("\n").splitlines()
    shared = next(n for n in range(len(lines), -1, -1) if "\n".join(lines[:n]) in text)
    if shared:
        known, added = "\n".join(lines[:shared]), "\n".join(lines[shared:])
        assert text.count(known) == 1, f"not one place begins with:\n{known}"
        return text.replace(known, f"{known}\n{added}")
    start = lines[-1].partition(" = ")[0]
    old = re.findall(rf"^{re.escape(start)} = .*$", text, re.MULTILINE)
    assert len(old) == 1, f"not one line begins with {start}"
    return text.replace(old[0], "\n".join(lines))


def patched(text: str, change: str) -> str:
    """Return ``text`` with a change in the form of a diff made, hunk by hunk."""
    for hunk in change.rstrip("\n").split("\n\n"):
        lines = hunk.splitlines()
        old = "\n".join(line[1:] for line in lines if line[0] != "+")
        new = "\n".join(line[1:] for line in lines if line[0] != "-")
        assert text.count(f"{old}\n") == 1, f"not one place reads:\n{old}"
        text = text.replace(f"{old}\n", f"{new}\n")
    return text


def for_file(text: str, file: Path) -> str:
    """Return ``text`` as a settings file wants it: its environment's name, and its sizes."""
    sizes = dict(re.findall(r"^(cpu|memory) = (\d+)", file.read_text("utf-8"), re.MULTILINE))
    named = text.replace("<env>", file.stem)
    return SIZE.sub(lambda found: f"{found[1]} = {sizes[found[1]]}", named) if sizes else named
