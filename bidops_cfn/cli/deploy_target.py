"""What the project holds of an environment, for the deploying commands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project
from bidops_cfn.settings.environment import Environment

if TYPE_CHECKING:
    from bidops_cfn.deploy.target import GivenImages, Target

JUDGING = Lock()  # cfn-lint promises nothing to threads, and environments may run side by side
ASSUMPTION = re.compile(r"^- \*\*(A\d+)\*\* (.+)$", re.MULTILINE)


def target(
    project: Project,
    environment: Environment,
    images: GivenImages,
    bucket: str | None,
    access: Sequence[str] = (),
    *,
    local: bool = False,
) -> Target:
    """Return what the project holds for the environment: fresh render and committed file.

    ``access`` are the options that say whose credentials are used where.
    """
    from bidops_cfn.cli.git import recorded
    from bidops_cfn.compute import template
    from bidops_cfn.deploy.target import Target

    path = project.template(environment.name)
    try:
        committed = path.read_text(encoding="utf-8") if path.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {project.shown(path)}", str(error)) from error
    return Target(
        environment=environment,
        rendered=template.render(environment),
        committed=committed,
        path=project.shown(path),
        findings=lambda: findings(project, environment.name),
        recorded=lambda: recorded(project.root, path.relative_to(project.root).as_posix()),
        assumptions=lambda: assumptions(path.with_name("REVIEW.md")),
        images=images.values,
        repositories=images.repositories,
        bucket=bucket,
        access=tuple(access),
        local=local,
    )


def assumptions(page: Path) -> Mapping[str, str]:
    """Return the assumptions of the proofs as the review numbers them; none where it is missing."""
    try:
        text = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    return dict(ASSUMPTION.findall(text))


def findings(project: Project, name: str) -> list[str]:
    """Return what ``check`` finds in the committed template of the environment ``name``."""
    from bidops_cfn.check.report import Request
    from bidops_cfn.check.verdicts import Verdicts
    from bidops_cfn.cli.check import judged, kept

    path = project.template(name)
    request = Request(path, project.shown(path), name, project.root)
    with JUDGING:
        report = Verdicts(kept()).of(request, judged)
    return [f"{one.rule} {one.logical_id or one.pointer}: {one.message}" for one in report.findings]
