"""The judge: include each template in a CDK stack, and ask every rule of every pack about it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from judges.rule_packs import INSTALLED, Answer, Answers, build_judge

HERE = INSTALLED / "nag"
SCRIPT = Path(__file__).with_name("ask.mjs")


def tell_missing() -> str:
    """Return why cdk-nag cannot run here, or ""."""
    if shutil.which("node") is None:
        return "there is no Node.js"
    return "" if (HERE / "node_modules").is_dir() else "cdk-nag is not installed: make judges"


def ask(templates: Mapping[str, Path]) -> Answers:
    """Run the script, a process of its own, and return what the rules say about each template."""
    script = HERE / SCRIPT.name
    shutil.copyfile(SCRIPT, script)  # a module is looked for beside the script
    answer = subprocess.run(
        ["node", script],
        input=json.dumps({name: str(path) for name, path in templates.items()}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if answer.returncode != 0:
        raise RuntimeError(answer.stderr)
    found = json.loads(answer.stdout)
    return {name: [Answer(*one) for one in given] for name, given in found.items()}


NAG = build_judge(
    "nag", "cdk-nag: AWS Solutions, NIST 800-53 R5, HIPAA, PCI DSS 3.2.1", tell_missing, ask
)
