"""The judge: run actionlint on every workflow, and return what it finds."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from judges.judgement import Judge, Judgement
from judges.rule_packs import INSTALLED

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"
TOOL = INSTALLED / "actionlint" / "bin" / "actionlint"
FOUND = 1  # its exit code; 0 when it finds nothing, everything else is an error


def tell_missing() -> str:
    """Return why actionlint cannot run here, or ""."""
    return "" if TOOL.is_file() else "actionlint is not installed: make judges"


def judge() -> list[Judgement]:
    """Return what actionlint says of the workflows."""
    files = sorted(WORKFLOWS.glob("*.yml"))
    found = lint(*files)
    return [Judgement("the workflows are what GitHub Actions takes", len(files), tuple(found))]


def lint(*files: Path) -> list[str]:
    """Return what actionlint finds in workflows; raises ``RuntimeError`` where it cannot read."""
    answer = subprocess.run(
        [TOOL, "-format", "{{json .}}", "-shellcheck", "", "-pyflakes", "", *files],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if answer.returncode not in (0, FOUND):
        raise RuntimeError(answer.stderr)
    return [
        f"{Path(one['filepath']).name}:{one['line']}: {one['message']}"
        for one in json.loads(answer.stdout)
    ]


ACTIONLINT = Judge("actionlint", "actionlint, a linter of GitHub's workflows", tell_missing, judge)
