"""Which settings a template is judged by.

They are those of the environment that the template's metadata names, from the project that the
file lies in, or else the one that the command runs in. Without settings the values that they decide
cannot be judged, which is a finding of its own (E9002).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bidops_cfn import project
from bidops_cfn.errors import BidopsCfnError, SettingsError, UsageError
from bidops_cfn.facts.document import descend
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.settings import load
from bidops_cfn.settings.services import SERVICES


def under_review(
    template: Mapping[str, object],
    file: Path | None = None,
    root: Path | None = None,
    asked: str = "",
) -> TemplateUnderReview:
    """Return ``template`` with its environment, as read from ``file``, in the project at ``root``.

    Without ``root`` the project is found; ``asked`` is the environment that is expected.
    """
    environment = claimed(template)
    settings, problem, refused = None, "", None
    try:
        settings = load.load(_project(file, root).params, environment)
    except SettingsError as error:
        problem, refused = f"{error}: {'; '.join(error.details[:2])}", error
    except BidopsCfnError as error:
        problem = str(error)
    facts = read(template, SERVICES)
    return TemplateUnderReview(
        template, facts, environment, settings, problem, file, asked, refused
    )


def claimed(template: Mapping[str, object]) -> str:
    """Return the environment that a template's metadata names; empty for none."""
    found = descend(template, "Metadata", "BidopsCfn", "Environment")
    return str(found) if isinstance(found, str) else ""


def _project(file: Path | None, root: Path | None) -> project.Project:
    starts = [root] if root else [*([file.resolve().parent] if file else []), Path.cwd()]
    for start in starts[:-1]:
        try:
            return project.find(start)
        except UsageError:
            continue
    return project.find(starts[-1])
