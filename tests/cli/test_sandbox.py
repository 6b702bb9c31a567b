"""``sandbox`` as a real process: what it prints, what it serves, and how it ends."""

from __future__ import annotations

import os
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from bidops_cfn.cli.local import local_aws
from bidops_cfn.cli.sandbox import guide
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import SETTINGS
from tests.cli.running import REPOSITORY, process, run
from tests.process.command import COMMAND, START
from tests.settings_files import edit

LIMIT_SECONDS = 60
NAMES = {
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
}


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Hold a process of the command, and kill it if the test has not ended it."""
    process = subprocess.Popen(
        [*COMMAND, "sandbox", *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def exported(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read the variables that a starting sandbox prints, as a shell would."""
    assert process.stdout is not None
    text = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while text.count(b"\n") < len(NAMES):
            assert selector.select(LIMIT_SECONDS), "the sandbox does not print its variables"
            part = os.read(process.stdout.fileno(), 4096)
            assert part, "the sandbox ended"
            text += part
    pairs = [shlex.split(line) for line in text.decode().splitlines()]
    assert [word for word, _ in pairs] == ["export"] * len(NAMES)
    return dict(assignment.split("=", 1) for _, assignment in pairs)


def test_it_serves_the_accounts_of_its_environments_until_it_is_told_to_stop(
    environments: dict[str, Environment],
) -> None:
    with running("--env", "test", "--env", "prod") as process:
        variables = exported(process)
        client = boto3.client(
            "sts",
            region_name=variables["AWS_REGION"],
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )
        identity = client.get_caller_identity()
        client.close()
        request = urllib.request.Request(
            variables["AWS_ENDPOINT_URL"],
            headers={
                "Authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/"
                "x;touch${IFS}pwned;.amazonaws.com/aws4_request, SignedHeaders=host, Signature=0"
            },
        )
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):
            pass
        refused.value.close()
        process.send_signal(signal.SIGINT)
        output, messages = process.communicate(timeout=LIMIT_SECONDS)
    assert set(variables) == NAMES
    assert environments["test"].account_id in variables["AWS_ACCESS_KEY_ID"]
    assert identity["Account"] == environments["test"].account_id
    assert f"prod: account {environments['prod'].account_id}" in messages
    assert "dev:" not in messages
    assert process.returncode == 0
    assert output == "", "a shell reads it: no client writes there"
    assert "pwned" not in messages
    assert "tasks have no containers" in " ".join(messages.split())
    assert "Press Ctrl-C to stop." in messages
    assert messages.endswith("Stopped; everything in it is gone.\n")
    assert max(len(line) for line in messages.splitlines()) <= 100


def test_what_a_person_has_to_know_fits_the_terminal(
    environments: dict[str, Environment], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {name: {"AWS_ACCESS_KEY_ID": "AKIA111111111111SBOX"} for name in environments}
    monkeypatch.setenv("COLUMNS", "100")
    words = guide([*environments.values()], keys).split()
    monkeypatch.setenv("COLUMNS", "60")
    narrow = guide([*environments.values()], keys)
    assert narrow.split() == words
    assert max(map(len, narrow.splitlines())) <= 60


def finished(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return process(["sandbox", *arguments], REPOSITORY, **environment)


def test_a_taken_port_is_said_in_one_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = finished("--env", "dev", "--port", str(port))
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"cannot serve on 127.0.0.1:{port}: address already in use" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_moto_it_names_the_extra_to_install(tmp_path: Path) -> None:
    (tmp_path / "moto.py").write_text("raise ModuleNotFoundError(name='moto')\n")
    done = finished("--env", "dev", PYTHONPATH=str(tmp_path))  # so it is no fork
    assert done.returncode == 2
    assert "python -m pip install 'bidops-cfn[sandbox]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("pace", ["quick", "-1", "11", "nan"])
def test_a_pace_that_is_none_is_refused_with_what_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, pace: str
) -> None:
    monkeypatch.setenv("BIDOPS_CFN_SANDBOX_PACE", pace)
    assert run(REPOSITORY, "sandbox", "--env", "dev", "--exec", "true") == 2
    said = capsys.readouterr().err
    assert f"BIDOPS_CFN_SANDBOX_PACE is '{pace}': it is a number from 0 to 10" in said


def test_the_environments_own_stack_stands_in_it_where_asked(project: Path) -> None:
    """However large it is: with many variables it is sent without its indentation."""
    many = "\n".join(f'NOTE_{number} = "{"word " * 40}"' for number in range(30))
    edit(project, ('LOG_LEVEL = "debug"', many))
    line = (
        f"{sys.executable} -c \"import boto3; print(boto3.client('cloudformation')"
        ".describe_stacks(StackName='bidopsai-dev-compute')['Stacks'][0]['StackStatus'])\""
    )
    done = process(["sandbox", "--env", "dev", "--deployed", "--exec", line], project)
    assert done.stdout.strip() == "CREATE_COMPLETE", done.stderr


WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"


def test_a_command_runs_against_the_sandbox_whatever_the_shell_and_its_config_file_say(
    dev: Environment, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    ignores = "ignore_configured_endpoint_urls = true\n"
    key = "region = eu-west-1\naws_access_key_id = AKIAREAL\n"
    config.write_text(f"[default]\n{ignores}[profile real]\n{ignores}{key}")
    said = "$AWS_PROFILE$AWS_SESSION_TOKEN$AWS_CONFIG_FILE"
    done = finished(
        "--env",
        "dev",
        "--exec",
        f'{sys.executable} -c "{WHO}"; echo "{said}"; exit 7',
        AWS_CONFIG_FILE=str(config),
        HTTPS_PROXY="http://127.0.0.1:1",  # a client that passes the sandbox by gets no further
        AWS_MAX_ATTEMPTS="1",
        AWS_PROFILE="real",
        AWS_SESSION_TOKEN="real",
        AWS_ENDPOINT_URL_STS="http://127.0.0.1:1",
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true",
    )
    assert done.stdout == f"{dev.account_id}\n{config}\n", done.stderr
    assert done.returncode == 7


def test_no_setting_of_the_users_clients_keeps_a_sandbox_from_starting(tmp_path: Path) -> None:
    torn = tmp_path / "config"
    torn.write_text("[profile\n")
    done = process(
        ["sandbox", "--env", "dev", "--exec", "true"],
        REPOSITORY,
        START,  # moto reads them as it is imported
        AWS_PROFILE="missing",
        AWS_CONFIG_FILE=str(torn),
    )
    assert done.returncode == 0, done.stderr


def test_the_settings_of_moto_hold_as_long_as_the_sandbox_serves(dev: Environment) -> None:
    """Without them, it makes two thousand machine images whenever it is emptied."""
    before = dict(os.environ)
    with local_aws([dev]):
        assert SETTINGS.items() <= {**dict.fromkeys(SETTINGS), **os.environ}.items()
    assert os.environ == before


def test_a_command_ends_with_the_signal_that_ends_the_sandbox(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    with running("--env", "dev", "--exec", f"touch {begun}; exec sleep 60") as process:
        for _ in range(LIMIT_SECONDS * 10):
            if begun.exists():
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 128 + signal.SIGTERM


KEYS = "export AWS_ACCESS_KEY_ID=AKIA1\nexport AWS_SECRET_ACCESS_KEY=secret\n"


@pytest.mark.parametrize("text", ["PORT=3000\n", "export PORT=3000\n", KEYS, None])
def test_a_file_of_no_sandbox_is_neither_removed_nor_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / ".env"
    if text is None:
        os.mkfifo(file)
    else:
        file.write_text(text)
    before = file.lstat()
    with socket.create_server(("127.0.0.1", 0)) as taken:  # else it would serve, were it to go on
        port = str(taken.getsockname()[1])
        assert run(REPOSITORY, "sandbox", "--env-file", str(file), "--port", port) == 2
    said = capsys.readouterr().err
    assert f"cannot write {file}: what is there is of no sandbox, and would be removed" in said
    assert "--env-file sandbox.env" in said
    assert (file.lstat().st_ino, file.lstat().st_size) == (before.st_ino, before.st_size)


def test_the_file_to_read_is_whole_leads_nowhere_else_and_goes_with_the_sandbox(
    dev: Environment, tmp_path: Path
) -> None:
    file = tmp_path / "sandbox.env"
    file.write_text("export AWS_ENDPOINT_URL=http://127.0.0.1:1\n")  # of an earlier sandbox
    with running("--env", "dev", "--env-file", str(file)) as process:
        exported(process)
        script = f'. {file}; {sys.executable} -c "{WHO}"'
        done = subprocess.run(
            ["sh", "-c", script],
            env={**os.environ, "AWS_PROFILE": "nowhere", "AWS_SESSION_TOKEN": "real"},
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=True,
        )
        process.send_signal(signal.SIGTERM)
        _, messages = process.communicate(timeout=LIMIT_SECONDS)
    assert done.stdout == f"{dev.account_id}\n"
    assert process.returncode == 0
    assert messages.endswith("Stopped; everything in it is gone.\n")
    assert not file.exists()
