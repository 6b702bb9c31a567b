"""Output that is written as a whole or not at all: to stdout, or to a file.

A file is written beside its place and renamed into it, so that half of it is never seen.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from bidops_cfn.errors import UsageError

if TYPE_CHECKING:  # `--help` and `--version` write to stdout too, and open no file
    from pathlib import Path

HINT = "Make room in that place, or choose another one for the output."


def show(text: str) -> None:
    """Write ``text`` to stdout, as UTF-8 whatever the locale is, and send it off.

    Raises ``UsageError`` where stdout takes no more; a reader that has gone is not an error of
    ours and stays a ``BrokenPipeError``.
    """
    if sys.stdout is None:  # its descriptor was closed when we were started
        if text:
            raise UsageError("cannot write to stdout", "it is closed", hint=HINT)
        return
    try:
        click.echo(text.encode(), nl=False)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_output()
        raise refuse_stdout(error) from error


def refuse_stdout(error: OSError) -> UsageError:
    """Return the error for a stdout that takes no more."""
    return UsageError("cannot write to stdout", error.strerror or "", hint=HINT)


def abandon_output() -> None:
    """Drop what stdout and stderr have not sent: the interpreter would complain of it at exit."""
    sink = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(sink, stream.fileno())
        except AttributeError:
            continue  # a closed descriptor has no stream
    os.close(sink)


def write(path: Path, text: str, *, folders: bool = False) -> bool:
    """Write ``text`` to ``path`` in one step and tell whether that changed anything.

    A link is followed, a device or pipe is written to directly; missing folders are made where
    ``folders`` says so. Raises ``UsageError`` where the file cannot be written; what stood there
    before is then untouched.
    """
    if not folders:
        check_folder(path)
    if path.is_dir():
        hint = f"Name a file in it: {path / 'FILE'}"
        raise UsageError(f"cannot write {path}", "it is a folder", hint=hint)
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return True
        target = destination(path)
        if target.exists() and target.read_bytes() == text.encode():
            return False
        there = nearest(target.parent)
        if not there.is_dir():  # a file in the place of a folder
            raise NotADirectoryError(None, f"{there} is not a folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        replace(target, text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"cannot write {path}", error.strerror or str(error), hint=HINT) from error
    return True


def destination(path: Path) -> Path:
    """Return the file that ``path`` leads to; a loop of links leads nowhere."""
    try:
        target = path.resolve()
    except RuntimeError:  # Python 3.12 and older; newer ones return a link of the loop
        target = path
    if target.is_symlink():
        raise OSError(None, "it is a loop of links")
    return target


def nearest(folder: Path) -> Path:
    """Return ``folder``, or what is nearest above it and there."""
    return next(above for above in (folder, *folder.parents) if above.exists())


def check_folder(path: Path) -> None:
    """Raise ``UsageError`` where there is no folder for ``path`` to lie in.

    A path that is typed may be misspelt, so no folder is made for it. Commands that work for long
    ask before they begin.
    """
    folder = path.absolute().parent
    there = nearest(folder)
    if not there.is_dir():
        raise UsageError(f"cannot write {path}", f"{there} is not a folder", hint=HINT)
    if there != folder:
        from bidops_cfn.settings.problem import question

        missing = folder.relative_to(there).parts[0]
        names = [one.name for one in there.iterdir() if one.is_dir()]
        advice = "Make the folder first, or choose another place for the output."
        raise UsageError(
            f"cannot write {path}",
            f"there is no folder {path.parent}",
            hint=f"{question(missing, names)} {advice}".lstrip(),
        )


def replace(target: Path, text: str) -> None:
    """Put ``text`` in the place of ``target`` by a rename, keeping the mode of what stood there."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
