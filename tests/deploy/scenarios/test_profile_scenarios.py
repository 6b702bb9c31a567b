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


def test_a_profile_decides_before_the_keys_of_the_shell(
    server: ScriptedServer, project: Path, config: dict[str, str]
) -> None:
    server.world.standing()
    ran = run(server, project, "status", "--env", "dev", "--profile", "night", **config)
    assert ran.returncode == 0, ran.stderr
    assert server.keys == {"AKIANIGHT"}
    assert server.regions == {"us-east-1"}


def test_a_region_that_is_typed_decides_before_the_shell_and_the_profile(
    server: ScriptedServer, project: Path, config: dict[str, str]
) -> None:
    server.world.standing()
    asked = ("status", "--env", "dev", "--profile", "day", "--region", "us-east-1")
    ran = run(server, project, *asked, **{**config, "AWS_REGION": "eu-west-2"})
    assert ran.returncode == 0, ran.stderr
    assert server.keys == {"AKIADAY"}
    assert server.regions == {"us-east-1"}


def test_the_region_of_the_profile_is_refused_with_both_names(
    server: ScriptedServer, project: Path, config: dict[str, str]
) -> None:
    ran = run(server, project, "status", "--env", "dev", "--profile", "day", **config)
    assert ran.returncode == 3, ran.stderr
    assert "eu-west-1" in ran.stderr
    assert "dev is in us-east-1" in " ".join(ran.stderr.split())
    assert "--region us-east-1" in ran.stderr


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


def test_the_next_command_names_profile_and_region_again(
    server: ScriptedServer, project: Path, config: dict[str, str]
) -> None:
    asked = ("status", "--env", "dev", "--profile", "night", "--region", "us-east-1")
    ran = run(server, project, *asked, **config)
    assert ran.returncode == 3, ran.stderr
    assert "deploy --env dev --profile night --region us-east-1 --image bff=TAG" in ran.stderr


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


@pytest.mark.parametrize("given", [("--profile", "signed-out"), ()], ids=["option", "AWS_PROFILE"])
def test_a_session_that_was_never_begun_says_how_to_begin_it(
    server: ScriptedServer, project: Path, config: dict[str, str], given: tuple[str, ...]
) -> None:
    more = {"AWS_PROFILE": "signed-out", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    shell = {**config, **({} if given else more), "HOME": str(project)}
    ran = run(server, project, "status", "--env", "dev", *given, **shell)
    assert ran.returncode == 3, ran.stderr
    assert "aws sso login --profile signed-out" in ran.stderr


@pytest.mark.parametrize("given", [("--profile", "nope"), ()], ids=["option", "AWS_PROFILE"])
def test_a_profile_that_does_not_exist_says_how_to_make_it(
    server: ScriptedServer, project: Path, config: dict[str, str], given: tuple[str, ...]
) -> None:
    more = {} if given else {"AWS_PROFILE": "nope"}
    ran = run(server, project, "status", "--env", "dev", *given, **{**config, **more})
    assert ran.returncode == 3
    assert "aws configure sso --profile nope" in ran.stderr
    assert "aws sso login" not in ran.stderr


def test_a_profile_of_an_environment_that_is_not_asked_about_is_named(
    server: ScriptedServer, project: Path, config: dict[str, str]
) -> None:
    ran = run(server, project, "status", "--env", "dev", "--profile", "test=night", **config)
    assert ran.returncode == 3
    assert "test is no environment of this command" in ran.stderr
    assert "aws configure" not in ran.stderr


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
    assert "no valid credentials" in ran.stderr
    assert why in ran.stderr
    assert f"Fix {torn}" in ran.stderr.replace("\n", " ")
    assert "AWS rejected" not in ran.stderr


@pytest.mark.parametrize("words", [("--profile", ""), ("--region", "")], ids=lambda one: one[0])
def test_an_empty_value_is_refused(
    server: ScriptedServer, project: Path, words: tuple[str, str]
) -> None:
    ran = run(server, project, "status", "--env", "dev", *words)
    assert ran.returncode == 2
    assert f"'{words[0]}'" in ran.stderr
    assert server.world.wire.calls == []


@pytest.mark.parametrize(
    "words", [("--profile", "night"), ("--region", "us-east-1")], ids=lambda one: one[0]
)
def test_a_local_aws_has_credentials_and_a_region_of_its_own(
    server: ScriptedServer, project: Path, words: tuple[str, str]
) -> None:
    ran = run(server, project, "plan", "--env", "dev", "--sandbox", *words)
    assert ran.returncode == 2
    assert f"{words[0]} and --sandbox exclude each other" in ran.stderr
