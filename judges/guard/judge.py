"""The judge: run Guard on each template, and read from its report which control failed where."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from judges.rule_packs import INSTALLED, Answer, Answers, build_judge

PACKAGE = INSTALLED / "guard" / "node_modules" / "@cdklabs" / "cdk-validator-cfnguard"
RULES = PACKAGE / "rules" / "control-tower" / "cfn-guard"
SYSTEMS = {"Linux": "ubuntu", "Darwin": "macos"}
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
NOT_MET = 19  # the exit code of Guard; 0 when all rules hold, everything else is an error
RULE = re.compile(r"^rule (\w+)(?!\w*\()", re.MULTILINE)  # with parameters it is a helper
RESOURCE = re.compile(r"/Resources/([^/]+)")


def find_guard() -> Path:
    """Return the path of the binary for this machine."""
    machine = platform.machine().lower()
    system = SYSTEMS.get(platform.system(), platform.system())
    return PACKAGE / "bin" / system / MACHINES.get(machine, machine) / "cfn-guard"


def tell_missing() -> str:
    """Return why Guard cannot run here, or ""."""
    if not PACKAGE.is_dir():
        return "Guard is not installed: make judges"
    return "" if find_guard().is_file() else f"there is no Guard for this machine: {find_guard()}"


def ask(templates: Mapping[str, Path]) -> Answers:
    """Return what Guard says about each template."""
    controls = read_controls(RULES)
    return {name: read_report(run(path), controls) for name, path in templates.items()}


def run(template: Path) -> dict[str, Any]:
    """Run every rule on a template and return Guard's report about it."""
    options = ("--output-format", "json", "--show-summary", "none", "--structured")
    answer = subprocess.run(
        [find_guard(), "validate", "--rules", RULES, "--data", template, *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if answer.returncode not in (0, NOT_MET):
        raise RuntimeError(answer.stderr)
    (report,) = json.loads(answer.stdout)
    found: dict[str, Any] = report
    return found


def read_controls(folder: Path) -> dict[str, str]:
    """Return the control of each rule: ``ct-ecs-pr-2.guard`` is ``CT.ECS.PR.2``."""
    return {
        rule: path.stem.upper().replace("-", ".")
        for path in sorted(folder.rglob("*.guard"))
        for rule in RULE.findall(path.read_text("utf-8"))
    }


def read_report(report: Mapping[str, Any], controls: Mapping[str, str]) -> list[Answer]:
    """Return the answers in a report; a rule that no resource calls for is none."""
    answers = [Answer(controls[rule], "", passed=True) for rule in report["compliant"]]
    for entry in report["not_compliant"]:
        rule = controls[entry["Rule"]["name"]]
        resources = dict.fromkeys(find_resources(entry))
        answers += [Answer(rule, one, passed=False) for one in resources or ("the template",)]
    return answers


def find_resources(value: object) -> Iterator[str]:
    """Yield the resources that failed checks are about; ``to`` is what one was compared with."""
    if isinstance(value, Mapping):
        if isinstance(value.get("path"), str):
            yield from RESOURCE.findall(value["path"])
        inner = [one for key, one in value.items() if key != "to"]
    else:
        inner = value if isinstance(value, list) else []
    for one in inner:
        yield from find_resources(one)


GUARD = build_judge(
    "guard",
    "AWS Control Tower's proactive controls, by AWS CloudFormation Guard",
    tell_missing,
    ask,
)
