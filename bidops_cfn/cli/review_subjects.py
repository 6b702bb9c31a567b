"""The subjects of a review, read from the project: committed templates and their settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.review.subject import Subject


def subjects(project: Project, names: Sequence[str]) -> list[Subject]:
    """Return the subject of each environment: what is committed, since that is what is reviewed."""
    from bidops_cfn.review.rule_packs import read_lists
    from bidops_cfn.review.subject import Subject
    from bidops_cfn.settings import load

    lists = read_lists(project)
    return [
        Subject(
            environment,
            read(project.template(environment.name), environment.name),
            rule_lists=lists,
        )
        for environment in load.load_all(project.params, names)
    ]


def read(path: Path, name: str) -> str:
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
