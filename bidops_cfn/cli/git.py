"""What git holds: a file as it was at a revision, or just as it is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from bidops_cfn.errors import UsageError


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
    git = shutil.which("git")
    if git is None:
        raise UsageError("cannot look into the history", "git is not installed")
    done = subprocess.run(  # noqa: S603 - a list of arguments, none of them an option from outside
        [git, "-C", str(root), *arguments], capture_output=True, check=False
    )
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None
