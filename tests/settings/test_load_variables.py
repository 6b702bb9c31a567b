from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.settings import load
from bidops_cfn.settings.texts import OUTPUT
from tests.settings_files import edit, problems


@pytest.mark.parametrize(
    ("service", "table", "name"),
    [
        ("bff", "environment", "AGENTCORE_URL"),
        ("bff", "environment", "AWS_REGION"),
        ("bff", "environment", "ENVIRONMENT"),
        ("bff", "environment", "PORT"),
        ("bff", "secrets", "HOSTNAME"),
        ("agentcore", "environment", "KNOWLEDGE_BASE_BUCKET"),
        ("agentcore", "secrets", "KNOWLEDGE_BASE_BUCKET"),
        ("agentcore", "secrets", "AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_a_variable_that_is_set_already_is_refused(
    project: Path, service: str, table: str, name: str
) -> None:
    heading = f"[services.{service}.{table}]"
    text = (project / "params" / "dev.toml").read_text()
    line = next(line for line in text.splitlines() if line.startswith(heading))
    edit(project, (line, f'{line}\n{name} = "Value"'))
    assert problems(project) == (
        (
            f"params/dev.toml: services.{service}.{table}.{name}: found a variable that the"
            " template or AWS sets; allowed: another name"
        ),
    )


def test_a_variable_that_is_plain_and_secret_is_refused(project: Path) -> None:
    edit(project, ('LOG_LEVEL = "debug"', 'DATABASE_URL = "x"'))
    assert problems(project) == (
        (
            "params/dev.toml: services.bff.secrets.DATABASE_URL: found a variable that environment"
            " has too; allowed: each variable once"
        ),
    )


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD",
        "PGPASSWORD",
        "API_KEY",
        "STRIPE_APIKEY",
        "GITHUB_TOKEN",
        "CLIENT_SECRET",
        "JWT_SIGNING_KEY",
        "SSH_PRIVATE_KEY",
        "DB_PWD",
        "DB_PASS",
        "CREDENTIALS",
        "PASSPHRASE",
    ],
)
def test_a_plain_variable_that_looks_like_a_secret_is_refused(project: Path, name: str) -> None:
    edit(project, ('LOG_LEVEL = "debug"', f'{name} = "x"'))
    (found,) = problems(project)
    assert "named like a secret" in found


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("postgres://app:hunter2@db:5432/app", "a password in a URL"),
        ("redis://:hunter2@cache", "a password in a URL"),
        ("AKIA" + "ABCDEFGHIJKLMNOP", "an AWS access key"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
        ("https://hooks.slack" + ".com/services/T0/B0/x", "a webhook"),
        ("wJalrXUtnFEMI/K7MDENG" + "/bPxRfiCYEXAMPLEKEY", "a text as random as a key"),
    ],
)
def test_a_plain_value_that_holds_a_secret_is_refused_and_not_repeated(
    project: Path, value: str, what: str
) -> None:
    edit(project, ('LOG_LEVEL = "debug"', f'TARGET = "{value}"'))
    assert problems(project) == (
        (
            "params/dev.toml: services.bff.environment.TARGET: found a plain variable that holds "
            f"{what}; allowed: TARGET under services.bff.secrets"
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('Owner = "platform"', 'Owner = "gh' + "p_" + "a1B2" * 9 + '"', "tags.Owner"),
        (
            'Owner = "platform"',
            'Owner = "wJalrXUtnFEMI/K7MDENG' + '/bPxRfiCYEXAMPLEKEY"',
            "tags.Owner",
        ),
        (
            '"fetch(',
            "\"1;fetch('https://hooks.slack" + ".com/services/T0/B0/x');fetch(",
            "services.bff.health_command[3]",
        ),
    ],
)
def test_a_secret_in_another_text_is_refused_and_not_repeated(
    project: Path, old: str, new: str, where: str
) -> None:
    edit(project, (old, new))
    (found,) = problems(project)
    assert found.startswith(f"params/dev.toml: {where}: found a text that holds a")
    assert "T0/B0" not in found
    assert "a1B2" not in found


@pytest.mark.parametrize("value", ["https://a.example:8443/x@y", "a@b.example", "http://db:5432"])
def test_a_plain_value_without_a_secret_is_not(project: Path, value: str) -> None:
    edit(project, ('LOG_LEVEL = "debug"', f'TARGET = "{value}"'))
    assert load.load(project / "params", "dev").services["bff"].environment == {"TARGET": value}


@pytest.mark.parametrize("name", ["MAX_TOKENS", "LOG_LEVEL", "COMPASS_URL", "KEY_COUNT", "BYPASS"])
def test_a_plain_variable_that_only_resembles_one_is_not(project: Path, name: str) -> None:
    edit(project, ('LOG_LEVEL = "debug"', f'{name} = "x"'))
    assert load.load(project / "params", "dev").services["bff"].environment == {name: "x"}


@pytest.mark.parametrize("secret", ['"postgres://u:Hunter2@db"', "4711", '["Hunter2"]'])
def test_a_secret_in_the_place_of_its_name_is_not_repeated(project: Path, secret: str) -> None:
    edit(project, ('"BffDatabaseUrlParameterArn"', secret))
    (found,) = problems(project)
    assert found.startswith("params/dev.toml: services.bff.secrets.DATABASE_URL: found a")
    assert found.endswith(OUTPUT.allowed)
    assert "Hunter2" not in found
    assert "4711" not in found
