from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Ran, Shell, template

ROLES = ("reader", "planner", "deployer", "cloudformation")


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


def test_a_file_holds_what_stdout_would(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    printed = policy(shell, "--role", "deployer").out
    written = policy(shell, "--role", "deployer", "--out", str(file))
    assert (written.code, written.out) == (0, "")
    assert file.read_text(encoding="utf-8") == printed
    assert f"{file}: written" in written.err


def test_a_role_that_is_missing_gets_the_list(shell: Shell) -> None:
    ran = policy(shell)
    assert (ran.code, ran.out) == (2, "")
    assert "Choose from: reader, planner, deployer, cloudformation" in ran.err


def test_a_bucket_goes_with_the_deployer(shell: Shell) -> None:
    assert policy(shell, "--role", "deployer", "--s3-bucket", "templates").code == 0


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
