"""What the project has committed: templates, review files, and what git holds of them."""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import click

from bidops_cfn.cli.output_file import show, write
from bidops_cfn.errors import UsageError
from bidops_cfn.printable import block, printable
from bidops_cfn.project import Project

LINE = re.compile("[^\n]*\n|[^\n]+")


def read_template(path: Path, name: str) -> str:
    """Return the text of a committed template; raises ``UsageError`` when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            f"no committed template of {name}",
            f"{path} does not exist",
            hint="Render it first: bidops-cfn render --all",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}", str(error)) from error


def save(path: Path, text: str, shown: str = "", *, folders: bool = False) -> None:
    """Write a file, and say of it whether it changed."""
    state = "written" if write(path, text, folders=folders) else "unchanged"
    click.echo(printable(f"{shown or path}: {state}"), err=True)


def save_all(files: Mapping[Path, str], project: Project | None = None) -> None:
    """Write files and missing folders, and say of each whether it changed."""
    for path, text in files.items():
        save(path, text, project.shown(path) if project else "", folders=True)


def find_stale(project: Project, files: Mapping[Path, str]) -> list[str]:
    """Print how committed files differ from ``files``, and return which do."""
    stale = []
    for path, text in files.items():
        name = project.shown(path)
        committed = committed_bytes(path)
        if committed != text.encode():
            stale.append(f"{name}: {'missing' if committed is None else 'stale'}")
            show(difference(name, committed or b"", text))
    return stale


def find_orphans(project: Project, what: str, *names: str) -> list[str]:
    """Return files of these ``names`` without settings, and all links, each with what to do.

    ``what`` such a file is: it is not written any more. What a link leads to may change without a
    change that anyone reviews.
    """
    orphans = [
        f"{project.shown(path)}: params/{path.parent.name}.toml is missing; remove the {what}"
        for name in names
        for path in sorted(project.templates.glob(f"*/{name}"))
        if path.parent.name not in project.environments
    ]
    return orphans + [
        f"{project.shown(path)}: it is a link; put the file itself in its place"
        for folder in (project.params, project.templates)
        for path in sorted(folder.rglob("*"))
        if path.is_symlink()
    ]


def committed_bytes(path: Path) -> bytes | None:
    """Return what stands in the committed file ``path``, or None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(
            f"cannot read {path}", error.strerror or str(error), hint="Repair or remove it."
        ) from error


def difference(name: str, committed: bytes, text: str) -> str:
    """Return the unified diff from the ``committed`` bytes to the rendered ``text``."""
    lines = difflib.unified_diff(
        LINE.findall(committed.decode(errors="replace")),
        LINE.findall(text),
        f"{name} (committed)",
        f"{name} (rendered)",
    )
    marked = (
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
    return block("".join(marked), keep="\n\t")  # tables have tabs


def at_revision(root: Path, revision: str, file: str) -> str | None:
    """Return the text of ``file``, a path below ``root``, at ``revision``; None if it is not there.

    Raises ``UsageError`` when there is no git, no repository or no such revision.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if revision.startswith("-") or commit is None:
        raise UsageError(
            f"nothing to compare with: {revision}",
            "it is no environment, and git knows no such revision here",
            hint="Give an environment, a revision such as main or HEAD~1, or: deployed",
        )
    return _git(root, "show", f"{commit.strip()}:./{file}")


def recorded(root: Path, file: str) -> bool | None:
    """Tell whether the last commit holds ``file``, a path below ``root``, as it is now.

    None where there is no git or no repository.
    """
    if shutil.which("git") is None:
        return None
    changes = _git(root, "status", "--porcelain", "--ignored", "--", file)
    return None if changes is None else not changes


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, or None when it fails."""
    import subprocess

    git = shutil.which("git")
    if git is None:
        raise UsageError("cannot look into the history", "git is not installed")
    done = subprocess.run(  # noqa: S603 - a list of arguments, none of them an option from outside
        [git, "-C", str(root), *arguments], capture_output=True, check=False
    )
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
