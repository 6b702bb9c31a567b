"""Where things are: the folder that holds ``params/`` and ``templates/``.

Every path that a command reads or writes comes from here, so that a command does the same from
each folder inside the project.
"""

from __future__ import annotations

from pathlib import Path

from bidops_cfn.errors import UsageError
from bidops_cfn.frozen import frozen

SETTINGS = "[!.]*.toml"  # hidden files are editors' locks and copies


@frozen
class Project:
    """A project folder."""

    root: Path

    @property
    def params(self) -> Path:
        """The folder of settings files."""
        return self.root / "params"

    @property
    def templates(self) -> Path:
        """The folder of committed templates."""
        return self.root / "templates"

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of all environments, in alphabetical order: one settings file each."""
        return tuple(sorted(path.stem for path in self.params.glob(SETTINGS)))

    def template(self, environment: str) -> Path:
        """Return the path of the environment's committed template."""
        return self.templates / environment / "compute.json"

    def shown(self, path: Path) -> str:
        """Return ``path`` as people should read it: relative to the project where it is inside."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)


def find(start: Path) -> Project:
    """Return the project that holds ``start``: the nearest folder upwards with settings files.

    Raises ``UsageError`` where there is none.
    """
    for folder in (start, *start.parents):
        if any((folder / "params").glob(SETTINGS)):
            return Project(folder)
    raise UsageError(
        f"no project in {start} or above",
        "no folder there holds params/*.toml",
        hint="Change into the project's folder, or name it: bidops-cfn --project DIR COMMAND",
    )
