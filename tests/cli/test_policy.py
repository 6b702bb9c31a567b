from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.deployed import Ran, Shell
from tests.cli.running import template
from tests.cli.test_completion import offered

ROLES = ("reader", "planner", "deployer", "cloudformation")


@pytest.fixture
def shell(project: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(project, capsys)


def policy(shell: Shell, *arguments: str, env: str = "dev") -> Ran:
    return shell("policy", "--env", env, *arguments)


@pytest.mark.parametrize("env", ["dev", "test", "prod"])
@pytest.mark.parametrize("role", ROLES)
def test_a_policy_is_one_document_on_stdout_and_always_the_same(
    role: str, env: str, shell: Shell
) -> None:
    first, again = (policy(shell, "--role", role, env=env) for _ in range(2))
    assert first == again
    assert first.code == 0
    document = json.loads(first.out)
    assert document["Version"] == "2012-10-17"
    assert all(one["Effect"] == "Allow" for one in document["Statement"])
    assert f"bidopsai-{env}-compute" in first.out


def test_the_parts_together_are_the_whole(shell: Shell) -> None:
    whole = policy(shell, "--role", "cloudformation")
    assert "--part 1 to --part 2" in " ".join(whole.err.split())
    parts = [
        json.loads(policy(shell, "--role", "cloudformation", "--part", str(number)).out)
        for number in (1, 2)
    ]
    assert [one for part in parts for one in part["Statement"]] == json.loads(whole.out)[
        "Statement"
    ]


def test_a_part_that_is_not_there_is_refused(shell: Shell) -> None:
    ran = policy(shell, "--role", "reader", "--part", "9")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no part 9" in ran.err


def test_a_file_holds_what_stdout_would(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    printed = policy(shell, "--role", "deployer").out
    written = policy(shell, "--role", "deployer", "--out", str(file))
    assert (written.code, written.out) == (0, "")
    assert file.read_text(encoding="utf-8") == printed
    assert f"{file}: written" in written.err


@pytest.mark.parametrize(("word", "meant"), [("deploy", "deployer"), ("CloudFormation", ROLES[3])])
def test_a_role_that_is_none_has_a_near_one(word: str, meant: str, shell: Shell) -> None:
    ran = policy(shell, "--role", word)
    assert (ran.code, ran.out) == (2, "")
    assert f"Did you mean: bidops-cfn policy --env dev --role {meant}" in ran.err


def test_a_role_that_is_far_from_all_gets_the_list(shell: Shell) -> None:
    ran = policy(shell, "--role", "xyz")
    assert ran.code == 2
    assert all(role in ran.err for role in ROLES)


def test_a_role_that_is_missing_gets_the_list(shell: Shell) -> None:
    ran = policy(shell)
    assert (ran.code, ran.out) == (2, "")
    assert "Choose from: reader, planner, deployer, cloudformation" in ran.err


@pytest.mark.parametrize(("typed", "offers"), [("", [*ROLES]), ("de", ["deployer"]), ("x", [])])
def test_the_shell_completes_a_role(typed: str, offers: list[str]) -> None:
    assert offered(f"bidops-cfn policy --env dev --role {typed}") == offers


def test_an_environment_that_is_none_has_a_near_one(shell: Shell) -> None:
    ran = policy(shell, "--role", "reader", env="dve")
    assert ran.code == 2
    assert 'Did you mean "dev"?' in ran.err


@pytest.mark.parametrize("bucket", ["*", "a*b", "arn:aws:s3:::one", "UPPER", "a", ""])
def test_a_bucket_that_would_widen_the_policy_is_refused(bucket: str, shell: Shell) -> None:
    ran = policy(shell, "--role", "deployer", "--s3-bucket", bucket)
    assert (ran.code, ran.out) == (2, "")
    assert "is no name of a bucket" in ran.err


def test_a_bucket_goes_with_the_deployer_only(shell: Shell) -> None:
    assert policy(shell, "--role", "deployer", "--s3-bucket", "templates").code == 0
    ran = policy(shell, "--role", "reader", "--s3-bucket", "templates")
    assert ran.code == 2
    assert "--s3-bucket goes with --role deployer" in ran.err


def test_a_template_that_is_missing_or_broken_is_named(shell: Shell, project: Path) -> None:
    template(project).write_text("{}", encoding="utf-8")
    assert "templates/dev/compute.json is no template" in policy(shell, "--role", "reader").err
    template(project).unlink()
    ran = policy(shell, "--role", "reader")
    assert ran.code == 2
    assert "Render it first: bidops-cfn render --all" in ran.err


def test_what_stays_open_is_said(shell: Shell, project: Path) -> None:
    assert "deploy.role_arn is not set" in policy(shell, "--role", "deployer").err
    assert "no permissions boundary" in policy(shell, "--role", "cloudformation").err
    settings = project / "params" / "dev.toml"
    text = settings.read_text(encoding="utf-8")
    role = "arn:aws:iam::111111111111:role/bidopsai-dev-compute-service"
    settings.write_text(text.replace("[deploy]\n", f'[deploy]\nrole_arn = "{role}"\n'), "utf-8")
    assert "deploy.role_arn is not set" not in policy(shell, "--role", "deployer").err
    assert "it could widen itself" in " ".join(
        policy(shell, "--role", "cloudformation").err.split()
    )
    elsewhere = role.replace(":role/", ":role/service/")
    settings.write_text(settings.read_text("utf-8").replace(role, elsewhere), "utf-8")
    assert "widen itself" not in policy(shell, "--role", "cloudformation").err


def test_notes_fit_a_terminal(shell: Shell) -> None:
    for role in ROLES:
        assert all(len(line) <= 100 for line in policy(shell, "--role", role).err.splitlines())
