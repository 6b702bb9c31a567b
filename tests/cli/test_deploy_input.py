"""Bad input to the deploying commands: one block, the next step, the documented exit code."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.running import IMAGES, Shell
from tests.cli.running import shell as bash
from tests.images import EVERY_IMAGE, typed


@pytest.fixture
def shell(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A shell without credentials, and without an AWS to reach."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    return Shell(project, capsys)


def test_no_credentials(shell: Shell) -> None:
    ended = shell("status", "--env", "dev")
    assert ended.code == 3
    assert "no valid credentials" in ended.err
    assert ended.err.rstrip().endswith(
        "Set AWS_PROFILE, or sign in (aws sso login), and run the command again."
    )


def test_an_endpoint_that_cannot_be_reached(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        ended = shell("status", "--env", "dev", "--output", "json")
    assert ended.code == 3
    assert ended.result["outcome"] == "refused"
    assert "AWS_ENDPOINT_URL" in ended.err


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("status --env dev --profile a --profile b", 2, "dev has 2 profiles: a, b"),
        ("deploy --env stage", 2, "Environments of this project: dev, prod, test"),
        *(
            (f"{command} --env dev {images}", code, said)
            for command in ("deploy --yes", "plan", "preflight")
            for images, code, said in (
                ("--images-profile x", 2, "--images-profile goes with --images-from"),
                ("--images-from test --images-profile night", 3, "night"),
            )
        ),
    ],
)
def test_a_person_and_a_program_are_told_what_cannot_be_used(
    shell: Shell, line: str, code: int, said: str
) -> None:
    ended = shell(*line.split(), "--output", "json")
    assert (ended.code, ended.result["exit_code"]) == (code, code)
    assert said in ended.err


def test_a_reader_that_is_gone_ends_a_command_quietly(shell: Shell) -> None:
    ended = bash(
        "bidops-cfn preflight --env dev --output json | true; exit ${PIPESTATUS[0]}", shell.project
    )
    assert ended.returncode == 141
    assert ended.stderr == ""


def test_output_that_cannot_be_written_is_told(shell: Shell) -> None:
    ended = bash("bidops-cfn preflight --env dev --output json > /dev/full", shell.project)
    assert ended.returncode == 2
    assert ended.stderr.startswith("Error: cannot write")


def test_settings_that_are_wrong(shell: Shell) -> None:
    path = shell.project / "params" / "dev.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("cpu = 512", "cpu = 500"), "utf-8")
    ended = shell("deploy", "--env", "dev", *IMAGES, "--output", "json")
    assert ended.code == 2
    assert ended.result["details"]


def test_the_checks_and_a_plan_of_a_new_image_run_on_a_local_aws(
    shell: Shell, unchanged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = Shell(unchanged, shell.capture)  # where the template is judged already
    monkeypatch.setenv("XDG_CACHE_HOME", str(unchanged / ".cache"))
    monkeypatch.delenv("CI", raising=False)
    torn = shell.project / ".cache/torn"
    torn.write_text("[profile\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(torn))  # no setting of the user's counts
    monkeypatch.setenv("AWS_PROFILE", "")
    checked = shell("preflight", "--env", "dev", "--sandbox")
    assert checked.code == 0, checked.err
    images = typed(dict.fromkeys(EVERY_IMAGE, "1.0.0"))
    assert checked.err.rstrip().endswith(f"{images} --sandbox")
    planned = shell("plan", "--env", "dev", "--sandbox", "--image", "bff=1.4.2", "--output", "json")
    assert planned.code == 0, planned.err
    assert planned.result["outcome"] == "planned"
    missing = shell("preflight", "--env", "dev", "--sandbox", "--image", "bff=9")
    assert missing.code == 3
    assert "newest: 1.4.2, 1.1.0, 1.0.1, 1.0.0" in " ".join(missing.err.split())
