"""Verdicts that were reached before, found again when nothing that they depend on has changed.

They are kept in a folder of the user's own, never in the project: a change under review could
bring its own verdict along. What is damaged, or could be another user's, is as good as nothing.

A verdict depends on the file and how it was asked for, every settings file of the project, our own
sources, Python, all installed libraries, cfn-lint's schemas (``cfn-lint -u`` changes them under the
same version), and the day, since cfn-lint knows when runtimes come to their end. Contents count,
not times of change, but for the two thousand schemas.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from bidops_cfn.check.report import Finding, Report, Request
from bidops_cfn.project import Project

FORM = "1"  # of what is kept; another form is another verdict
OURS = Path(__file__).parents[1]
# Layers above the rules, which no rule imports (import-linter and a test see to that).
ABOVE = ("cli", "deploy", "review")
MOST_BYTES = 1024 * 1024


def digest(request: Request, today: date, surroundings: Iterable[bytes]) -> str | None:
    """Return the digest for ``request``; None where it is not sure what the verdict depends on."""
    if request.root is None:
        return None  # the project is found on the way, from the file or from the current folder
    whole = hashlib.sha256()
    try:
        for part in (*parts(request, request.root, today), *surroundings):
            whole.update(len(part).to_bytes(8, "big"))
            whole.update(part)
    except OSError:
        return None
    return whole.hexdigest()


def parts(request: Request, root: Path, today: date) -> Iterator[bytes]:
    """Yield what a verdict depends on from one request to the next."""
    words = (str(request.file.absolute()), request.shown, request.environment, str(root))
    yield from (word.encode(errors="surrogateescape") for word in (FORM, str(today), *words))
    with request.file.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(None, "it is not read to its end")
    yield content
    project = Project(root)
    for name in project.environments:
        yield name.encode()
        yield (project.params / f"{name}.toml").read_bytes()


def surroundings() -> tuple[bytes, ...]:
    """Return what every verdict depends on: Python, our sources, libraries, schemas.

    Raises ``OSError`` where one of them cannot be read.
    """
    python = f"{sys.version} {sys.flags}".encode()
    return (python, *sources(), *libraries(), *schemas())


def sources() -> Iterator[bytes]:
    """Yield every file of ours that can have a say, with its name."""
    for entry in files(OURS, ABOVE):
        path = Path(entry.path)
        yield path.relative_to(OURS).as_posix().encode()
        yield path.read_bytes()


def libraries() -> Iterator[bytes]:
    """Yield name and version of every installed library, as their metadata folders are named."""
    for folder in map(Path, sys.path):
        if folder.is_dir():
            names = [entry.name for entry in os.scandir(folder)]
            installed = sorted(name for name in names if name.endswith(".dist-info"))
            if installed:  # a folder of sources, such as the one that we are started in, has none
                yield "\n".join(installed).encode()


def schemas() -> Iterator[bytes]:
    """Yield name, size and time of every schema of cfn-lint, which is found but not imported."""
    found = find_spec("cfnlint")
    if found is None or found.origin is None:
        raise FileNotFoundError(None, "cfn-lint is not installed")
    for entry in files(Path(found.origin).parent / "data"):
        state = entry.stat()
        yield f"{entry.path} {state.st_size} {state.st_mtime_ns}".encode()


def files(folder: Path | str, without: tuple[str, ...] = ()) -> Iterator[os.DirEntry[str]]:
    """Yield all files below ``folder`` in a fixed order, but those in its folders ``without``."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if not entry.is_dir():
            yield entry
        elif entry.name not in ("__pycache__", *without):
            yield from files(entry.path)


KEPT_SECONDS = 2 * 24 * 3600
UNREADABLE = "E0000"  # may come from the moment, such as too little memory, not from the file


class Verdicts:
    """Verdicts in ``folder``; without a folder none is found and none is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    @cached_property
    def surroundings(self) -> tuple[bytes, ...]:
        """What all verdicts depend on, as it was before the first of them."""
        return surroundings()

    def of(self, request: Request, check: Callable[[Request], Report]) -> Report:
        """Return the verdict that was kept for ``request``, or else what ``check`` says now."""
        if self.folder is None:
            return check(request)
        before = self.key(request)
        if before and (found := self.find(self.folder, before)):
            return found
        report = check(request)
        if before and before == self.key(request, anew=True):
            self.keep(self.folder, before, report)
        return report

    def key(self, request: Request, *, anew: bool = False) -> str | None:
        """Return what the verdict on ``request`` is kept under; None where it cannot be kept.

        ``anew`` looks again at what may have changed while the verdict was reached.
        """
        try:
            around = surroundings() if anew else self.surroundings
        except OSError:
            return None
        return digest(request, date.today(), around)

    def find(self, folder: Path, key: str) -> Report | None:
        """Return the verdict that was kept under ``key``, if it is whole and ours."""
        try:
            if not private(folder):
                return None
            seal, text = (folder / key).read_text(encoding="utf-8").split("\n", 1)
            return restored(json.loads(text)) if seal == _sealed(key, text) else None
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return None

    def keep(self, folder: Path, key: str, report: Report) -> None:
        """Keep the verdict under ``key``, where that is possible, and drop old ones."""
        if any(finding.rule == UNREADABLE for finding in report.findings):
            return
        text = json.dumps(asdict(report))
        beside = folder / f".{key}.{os.getpid()}"
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if private(folder):
                beside.write_text(f"{_sealed(key, text)}\n{text}", encoding="utf-8")
                beside.replace(folder / key)
                drop_old(folder)


def _sealed(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()


def private(folder: Path) -> bool:
    """Tell whether ``folder`` is ours and no other user can write to it."""
    state = folder.lstat()
    return state.st_uid == os.getuid() and not state.st_mode & 0o022


def drop_old(folder: Path) -> None:
    """Remove what can no longer be found: every verdict holds for its day."""
    limit = time.time() - KEPT_SECONDS
    for path in folder.iterdir():
        if path.stat().st_mtime < limit:
            path.unlink()


def restored(kept: dict[str, object]) -> Report:
    """Return the report that was written as ``kept``; raises what a damaged one leads to."""
    found = kept["findings"]
    if not isinstance(found, list):
        raise TypeError("findings are a list")
    findings = tuple(
        Finding(**{**finding, "requirements": tuple(finding["requirements"])}) for finding in found
    )
    return Report(**{**kept, "findings": findings})  # type: ignore[arg-type] # _sealed by us
