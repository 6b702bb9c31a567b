"""What an operation works with: its client, clock and chance, and what the project holds."""

from __future__ import annotations

import os
import random
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from bidops_cfn.cli.access import Access, make_client
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project
from bidops_cfn.settings.environment import Environment

if TYPE_CHECKING:
    from bidops_cfn.cli.plain import Plain
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import GivenImages, Target

JUDGING = Lock()  # cfn-lint promises nothing to threads, and environments may run side by side
ASSUMPTION = re.compile(r"^- \*\*(A\d+)\*\* (.+)$", re.MULTILINE)


def find_cache_folder(name: str) -> Path | None:
    """Return the folder for ``name`` in the user's cache; None where it could not be protected."""
    if os.name != "posix":
        return None
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    home = given if given.is_absolute() else Path("~/.cache").expanduser()
    return home / "bidops-cfn" / name


def make_runtime(shown: Plain, environment: Environment, access: Access) -> Runtime:
    """Return the surroundings of an operation; raises as ``make_client`` does."""
    from bidops_cfn.deploy.runtime import Runtime, StackIdFolder, SystemClock

    return Runtime(
        client=make_client(environment, access),
        clock=SystemClock(),
        output=shown,
        terminal=shown,
        chance=random.random,
        unique=lambda: uuid.uuid4().hex,
        stack_ids=StackIdFolder(find_cache_folder("stacks")),
    )


def make_target(
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
    from bidops_cfn.cli.committed import recorded
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
