"""The judge: run checkov on the templates, and read its report."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from judges.rule_packs import INSTALLED, Answer, Answers, build_judge

HERE = INSTALLED / "checkov"
PROGRAM = HERE / "bin" / "checkov"
NOT_MET = 1  # the exit code of checkov; 0 when all checks hold
OPTIONS = ("--framework", "cloudformation", "--output", "json", "--compact", "--skip-download")


def tell_missing() -> str:
    """Return why checkov cannot run here, or ""."""
    return "" if PROGRAM.is_file() else "checkov is not installed: make judges"


def ask(templates: Mapping[str, Path]) -> Answers:
    """Run checkov, a process of its own, and return what it says about each template.

    It takes settings from its folder and from the home folder, and asks the network for more unless
    told not to: here it has none of them.
    """
    names = {str(path): name for name, path in templates.items()}
    answer = subprocess.run(
        [PROGRAM, *OPTIONS, *(part for path in names for part in ("--file", path))],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=HERE,
        env={"PATH": os.environ["PATH"], "HOME": str(HERE)},
    )
    if answer.returncode not in (0, NOT_MET):
        raise RuntimeError(answer.stderr)
    return read_report(json.loads(answer.stdout), names)


def read_report(report: Mapping[str, Any], names: Mapping[str, str]) -> Answers:
    """Return the answers by environment; a check that is skipped, as by metadata, has failed."""
    if report["summary"]["parsing_errors"]:
        raise RuntimeError(f"checkov cannot read a template: {report['results']}")
    answers: dict[str, list[Answer]] = {name: [] for name in names.values()}
    for kind in ("passed_checks", "failed_checks", "skipped_checks"):
        for one in report["results"][kind]:
            resource = one["resource"].partition(".")[2]
            passed = one["check_result"]["result"] == "PASSED"
            answers[names[one["file_abs_path"]]].append(Answer(one["check_id"], resource, passed))
    return answers


CHECKOV = build_judge("checkov", "checkov's checks for CloudFormation", tell_missing, ask)
