"""``--profile`` and ``--region``: whose credentials are used, where, and what is said of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.cli.root import COMMANDS, IN_AN_ACCOUNT, commands
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import ExpiredCredentials
from tests.deploy.inside import run
from tests.deploy.scripted.http_server import ScriptedServer

CONFIG = """\
[profile night]
region = us-east-1
aws_access_key_id = AKIANIGHT
aws_secret_access_key = night

[profile day]
aws_access_key_id = AKIADAY
aws_secret_access_key = day
region = eu-west-1

[profile signed-out]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111111111111
sso_role_name = Deployer
"""
SOURCELESS = "[profile a]\nsource_profile = b\nrole_arn = arn:aws:iam::111111111111:role/x\n"


@pytest.fixture
def project(unchanged: Path) -> Path:
    """No process here changes the project, so none has to judge the template once more."""
    return unchanged


@pytest.fixture
def config(tmp_path: Path) -> dict[str, str]:
    """The variables of a shell with three profiles and no region, and keys that are not theirs."""
    file = tmp_path / "config"
    file.write_text(CONFIG, encoding="utf-8")
    return {"AWS_CONFIG_FILE": str(file), "AWS_REGION": "", "AWS_DEFAULT_REGION": ""}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_talks_to_aws_takes_both_and_no_other_does(name: str) -> None:
    command = commands.get_command(commands.make_context("bidops-cfn", [name]), name)
    assert command is not None
    found = {word for one in command.params for word in one.opts} & {"--profile", "--region"}
    assert found == ({"--profile", "--region"} if name in IN_AN_ACCOUNT else set())


@pytest.mark.parametrize(
    ("words", "shell", "key"),
    [
        (("--profile", "night"), {}, "AKIANIGHT"),
        (("--profile", "day", "--region", "us-east-1"), {"AWS_REGION": "eu-west-2"}, "AKIADAY"),
    ],
)
def test_what_is_typed_decides_before_the_keys_and_the_regions_of_shell_and_profile(
    server: ScriptedServer, project: Path, config: dict[str, str],
    words: tuple[str, ...], shell: dict[str, str], *, key: str,
) -> None:  # fmt: skip
    server.world.standing()
    ran = run(server, project, "status", "--env", "dev", *words, **{**config, **shell})
    assert ran.returncode == 0, ran.stderr
    assert (server.keys, server.regions) == ({key}, {"us-east-1"})


@pytest.mark.parametrize(
    "asked",
    [
        ("status", "--env", "dev"),
        ("deploy", "--env", "dev", "--yes"),
        ("diff", "--env", "dev", "--against", "deployed"),
        ("init-env", "other", "--from", "dev", "--neighbours"),
    ],
    ids=lambda asked: asked[0],
)
def test_another_region_than_the_settings_is_refused_before_anything_is_asked(
    server: ScriptedServer, project: Path, asked: tuple[str, ...]
) -> None:
    ran = run(server, project, *asked, "--region", "eu-west-1")
    assert ran.returncode == 3, ran.stderr
    told = " ".join(ran.stderr.split())
    assert "--region is eu-west-1" in told
    assert "is in us-east-1" in told
    assert "bidops-cfn init-env NAME --from" in told
    assert server.world.wire.calls == []


def test_credentials_that_expired_say_which_profile_to_sign_in_with(
    server: ScriptedServer, project: Path, config: dict[str, str]
) -> None:
    call = Call.GET_CALLER_IDENTITY
    server.world.wire.refuse(ExpiredCredentials, call, why="expired", code="ExpiredToken")
    asked = ("status", "--env", "dev")
    ran = run(server, project, *asked, "--profile", "night", **config)
    assert ran.returncode == 3, ran.stderr
    assert "aws sso login --profile night" in ran.stderr
    shell = run(server, project, *asked, **config, AWS_PROFILE="night")
    assert "aws sso login)" in shell.stderr  # the shell's keys come before its profile


STATUS, LOCAL = ("status", "--env", "dev"), ("plan", "--env", "dev", "--sandbox")
NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
AGAIN = "deploy --env dev --profile night --region us-east-1 --image bff=TAG"
CONFIGURE, LOGIN = "aws configure sso --profile nope", "aws sso login --profile signed-out"
# What is typed, what the shell has, the exit code, what is said and what is not.
SAID: dict[str, tuple[tuple[str, ...], dict[str, str], int, tuple[str, ...], str]] = {
    "region of the profile": (
        (*STATUS, "--profile", "day"), {}, 3,
        ("eu-west-1", "dev is in us-east-1", "--region us-east-1"), "",
    ),
    "no stack": ((*STATUS, "--profile", "night", "--region", "us-east-1"), {}, 3, (AGAIN,), ""),
    "signed out": ((*STATUS, "--profile", "signed-out"), {}, 3, (LOGIN,), ""),
    "signed out by shell": (STATUS, {"AWS_PROFILE": "signed-out", **NO_KEYS}, 3, (LOGIN,), ""),
    "no profile": ((*STATUS, "--profile", "nope"), {}, 3, (CONFIGURE,), "aws sso login"),
    "no profile by shell": (STATUS, {"AWS_PROFILE": "nope"}, 3, (CONFIGURE,), "aws sso login"),
    "other environment": (
        (*STATUS, "--profile", "test=night"), {}, 3,
        ("test is no environment of this command",), "aws configure",
    ),
    "empty profile": ((*STATUS, "--profile", ""), {}, 2, ("'--profile'",), ""),
    "empty region": ((*STATUS, "--region", ""), {}, 2, ("'--region'",), ""),
    **{
        f"local {word}": (
            (*LOCAL, word, value), {}, 2, (f"{word} and --sandbox exclude each other",), "",
        )
        for word, value in (("--profile", "night"), ("--region", "us-east-1"))
    },
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_what_cannot_be_used_is_said_with_what_can(
    server: ScriptedServer, project: Path, config: dict[str, str], case: str
) -> None:
    words, shell, code, says, unsaid = SAID[case]
    ran = run(server, project, *words, **{**config, **shell, "HOME": str(project)})
    told = " ".join(ran.stderr.split())
    assert ran.returncode == code, told
    assert [one for one in says if one not in told] == []
    assert not unsaid or unsaid not in told
    assert code != 2 or server.world.wire.calls == []


@pytest.mark.parametrize(
    ("text", "why"),
    [("[profile\n", "Unable to parse config file"), (SOURCELESS, 'source_profile "b"')],
    ids=["torn", "without a source"],
)
def test_a_config_file_that_cannot_be_used_is_named_and_no_answer_of_aws(
    server: ScriptedServer, project: Path, tmp_path: Path, text: str, why: str
) -> None:
    torn = tmp_path / "config"
    torn.write_text(text)
    shell = {"AWS_CONFIG_FILE": str(torn), "AWS_ACCESS_KEY_ID": "", "AWS_PROFILE": "a"}
    ran = run(server, project, "status", "--env", "dev", **shell)
    assert ran.returncode == 3
    told = ran.stderr.replace("\n", " ")
    assert [one for one in ("no valid credentials", why, f"Fix {torn}") if one not in told] == []
    assert "AWS rejected" not in told
