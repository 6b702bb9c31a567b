"""Everything that a verdict depends on, as one digest.

The file and how it was asked for, every settings file of the project, our own sources, Python, all
installed libraries, cfn-lint's schemas (``cfn-lint -u`` changes them under the same version), and
the day, since cfn-lint knows when runtimes come to their end. Contents count, not times of change,
but for the two thousand schemas.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from bidops_cfn.check.request import Request
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
            yield "\n".join(sorted(n for n in names if n.endswith(".dist-info"))).encode()


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
