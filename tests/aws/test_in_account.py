"""Against a real account, when asked for: ``pytest -m aws``, or ``make aws-acceptance``.

CloudFormation reads the committed templates, which takes credentials that may read; the acceptance
creates, changes and deletes.
"""

from __future__ import annotations

import functools
import os
import shlex
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from bidops_cfn.permissions.place import read_place
from bidops_cfn.settings import load
from tests.aws.acceptance import Acceptance
from tests.aws.steps import Ran, Step, failing, is_local, mask, timed, write_transcript
from tests.conftest import NAMES, REPOSITORY

pytestmark = pytest.mark.aws

NAME = os.environ.get("ACCEPTANCE_ENV", "dev")
TRANSCRIPT = REPOSITORY / ".cache" / "aws-acceptance" / f"{NAME}.md"  # git ignores it


def run(folder: Path, *arguments: str) -> Ran:
    """Type a command of the tool in ``folder``."""

    def call() -> tuple[int, str]:
        ended = subprocess.run(
            [sys.executable, "-m", "bidops_cfn", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    return timed(call, shlex.join(["bidops-cfn", *arguments]))


def given_images(text: str) -> dict[str, str]:
    """Return the tags of ``bff=1.0.0 agentcore=1.0.0``, by service."""
    return dict(one.split("=", 1) for one in text.split())


def test_the_life_of_a_stack_in_an_account(capsys: pytest.CaptureFixture[str]) -> None:
    environment = load.load(REPOSITORY / "params", NAME)
    path = REPOSITORY / "templates" / NAME / "compute.json"
    place = read_place(environment, path.read_text(encoding="utf-8"), str(path))
    session = boto3.Session(region_name=environment.region)
    acceptance = Acceptance(
        place,
        functools.partial(run, REPOSITORY),
        functools.cache(session.client),
        given_images(os.environ.get("ACCEPTANCE_IMAGES", "")),
        local=is_local(os.environ),
    )
    steps: list[Step] = []

    def say(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(mask(text, os.environ) + "\n")

    def report(step: Step) -> None:
        steps.append(step)
        say(f"{step.verdict:14} {step.claim}: {step.why}")

    try:
        acceptance.play(report)
    finally:
        TRANSCRIPT.parent.mkdir(parents=True, exist_ok=True)
        text = write_transcript(environment, steps, os.environ)
        TRANSCRIPT.write_text(text, encoding="utf-8")
        say(f"Transcript: {TRANSCRIPT.relative_to(REPOSITORY)}")
    assert [mask(line, os.environ) for line in failing(steps)] == []


@pytest.mark.parametrize("name", NAMES)
def test_cloudformation_accepts_the_committed_template(name: str) -> None:
    text = (REPOSITORY / "templates" / name / "compute.json").read_text(encoding="utf-8")
    found = boto3.client("cloudformation").validate_template(TemplateBody=text)
    assert found["Capabilities"] == ["CAPABILITY_IAM"]
    assert {one["ParameterKey"] for one in found["Parameters"]} == {
        "AgentCoreDesiredCount",
        "AgentCoreImage",
        "BffDesiredCount",
        "BffImage",
    }
