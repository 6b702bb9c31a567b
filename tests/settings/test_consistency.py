from __future__ import annotations

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.settings.aws import FARGATE_MEMORY
from bidops_cfn.settings.consistency import cross_check
from bidops_cfn.settings.environment import settings_file
from bidops_cfn.settings.problem import Problem
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES
from bidops_cfn.settings.shapes import Shape, Table

DEV = tomllib.loads((Path(__file__).parents[2] / "params" / "dev.toml").read_text())
HEALTH = "services.bff.health_command"
TMPFS = "services.bff.tmpfs"
LISTENER = "services.bff.listener"
BEDROCK = "services.agentcore.bedrock"
KEEP = "services.bff.environment.KEEP_ALIVE_TIMEOUT"
IDLE = "network.load_balancer_idle_seconds"


def changed(**changes: object) -> dict[str, Any]:
    """The settings of dev with other values at some key paths."""
    settings = deepcopy(DEV)
    for path, value in changes.items():
        *outer, last = path.split(".")
        table = settings
        for step in outer:
            table = table.setdefault(step, {})
        table[last] = value
    return settings


def paths(**changes: object) -> list[str]:
    """The key paths of the problems after ``changes``."""
    return [problem.path for problem in cross_check(changed(**changes), SERVICES)]


@pytest.mark.parametrize("settings", [{}, [], 1, {"services": []}, {"capacity": {"spot_base": []}}])
def test_settings_of_no_shape_at_all_are_left_to_the_shapes(settings: object) -> None:
    assert list(cross_check(settings, SERVICES)) == []


def key_paths(shape: Shape, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key that a settings file may have."""
    for name, key in shape.keys.items() if isinstance(shape, Table) else ():
        yield (*path, name)
        yield from key_paths(key.shape, (*path, name))


@pytest.mark.parametrize(
    "value",
    [True, -1, 16**5000, 0.5, "\u202e", [], [[], {}], {}, {"a": []}],
    ids=lambda value: str(value)[:9] if value != 16**5000 else "huge",
)
def test_a_value_of_any_kind_at_any_key_is_a_problem_or_none_and_no_crash(value: object) -> None:
    file = settings_file(SERVICES)
    for *outer, last in key_paths(file):
        settings = changed(**{".".join((*outer, last)): value})
        problems = list(file.check(settings, ""))
        for name in ("dev", "staging"):  # sizes are prescribed for the first alone
            problems += cross_check(settings, SERVICES, name)
        assert all(str(one) for one in problems)


def test_no_two_numbers_are_too_large_to_be_compared_and_told() -> None:
    huge = 16**5000
    for one in SERVICES:
        settings = changed(**{f"services.{one.name}.listener": {"priority": huge}})
    settings["capacity"] = {"spot_base": huge, "on_demand_base": huge}
    assert all(str(one) for one in cross_check(settings, (BFF, replace(BFF, name="other"))))


def bases(on_demand: int, spot: int) -> dict[str, object]:
    return {"capacity.on_demand_base": on_demand, "capacity.spot_base": spot}


def listener(hosts: str, *rules: str) -> dict[str, object]:
    return {LISTENER: {"priority": 1, "hosts": [*hosts], "paths": [*rules]}}


def profile(name: str) -> dict[str, object]:
    return {f"{BEDROCK}.models": ["amazon.nova"], f"{BEDROCK}.inference_profiles": [name]}


def export(output: str) -> dict[str, object]:
    return {
        "security.secrets_key_output": "SecretsKeyArn",
        "imports.security": {output: "a-name"},
        "services.bff.secrets_manager": {"PAYMENT_TOKEN": "SomeSecretArn"},
    }


def variables(**kinds: str) -> dict[str, object]:
    """Variables of BFF by the table that they stand in."""
    return {
        f"services.bff.{kind}": dict.fromkeys(names.split(), "A") for kind, names in kinds.items()
    }


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        # one provider at most has a base
        *((bases(*two), []) for two in ((0, 3), (2, 0), (0, 0))),
        (bases(1, 1), ["capacity.spot_base"]),
        # a health command says how it is run, and can fail
        *(({HEALTH: one}, []) for one in (["CMD", "x"], ["CMD-SHELL", "x"], [], ["CMD", 1])),
        *(({HEALTH: [one, "x"]}, [f"{HEALTH}[0]"]) for one in ("NONE", "node")),
        *(
            ({HEALTH: one.split("|")}, [HEALTH])
            for one in ("CMD-SHELL|exit 0", "CMD|true", "CMD|node|-e|process.exit(0)", "CMD")
        ),
        # a path in memory hides nothing that is there
        *(
            ({TMPFS: {one: 8, "/tmp": 8}}, [f'{TMPFS}."{one}"'])
            for one in ("/", "/app", "/usr/lib", "/etc", "/var/run/secrets", "/run/secrets")
        ),
        # a listener rule has one to five values
        (listener("a"), []),
        (listener("", "/a"), []),
        (listener("abc", "/a", "/b"), []),
        (listener("abc", "/a", "/b", "/c"), [LISTENER]),
        (listener(""), [LISTENER]),
        # an inference profile needs its model
        *((profile(one), []) for one in ("us.amazon.nova", "global.amazon.nova")),
        *(
            (profile(one), [f"{BEDROCK}.inference_profiles[0]"])
            for one in ("us.amazon.other", "amazon.nova")
        ),
        # a named export of SecurityStack belongs to a secret or a key
        *(
            (export(one), [])
            for one in ("BffDatabaseUrlParameterArn", "SecretsKeyArn", "SomeSecretArn")
        ),
        (export("Unused"), ["imports.security.Unused"]),
        # each variable is set once, and none that is set already
        *(
            (variables(**{kind: name}), [f"services.bff.{kind}.{name}"])
            for kind, name in (
                ("environment", "PORT"),
                ("secrets", "PORT"),
                ("secrets_manager", "PORT"),
                ("secrets", "AWS_ACCESS_KEY_ID"),
                ("secrets", "AWS_SESSION_TOKEN"),
                ("secrets", "KEEP_ALIVE_TIMEOUT"),
                ("secrets_manager", "KEEP_ALIVE_TIMEOUT"),
            )
        ),
        (variables(secrets="A", secrets_manager="A"), ["services.bff.secrets_manager.A"]),
        (
            variables(environment="A", secrets="A", secrets_manager="A"),
            ["services.bff.secrets.A", "services.bff.secrets_manager.A"],
        ),
        # an application keeps connections longer than the load balancer
        *(
            ({KEEP: value, IDLE: idle}, [])
            for value, idle in (("70000", 60), ("60001", 60), ("310000", 300))
        ),
        *(
            ({KEEP: value, IDLE: 60}, [KEEP])
            for value in ("60000", "5000", "65", "1m", "-70000", 70000, ["70000"])
        ),
        ({KEEP: "70000", IDLE: 300}, [KEEP]),
        ({"services.agentcore.environment": {"KEEP_ALIVE_TIMEOUT": "5000"}}, []),
    ],
)
def test_what_no_single_key_shows_is_a_problem_at_its_key(
    changes: dict[str, object], found: list[str]
) -> None:
    assert paths(**changes) == found


@pytest.mark.parametrize("name", ["dev", "prod", "staging"])
def test_production_admits_no_command_from_outside(name: str) -> None:
    settings = changed(**{"security.exec_log_group": "/audit/ecs-exec"})
    found = [one for one in cross_check(settings, SERVICES, name) if "exec" in one.path]
    refused = Problem(
        "security.exec_log_group", '"/audit/ecs-exec" in prod', "no ECS Exec in production"
    )
    assert found == ([refused] if name == "prod" else [])


@pytest.mark.parametrize("cpu", FARGATE_MEMORY)
def test_fargate_pairs_each_cpu_with_its_own_memory(cpu: int) -> None:
    for memory in (512, 1024, 3072, 4096, 8192, 16384, 30720, 32768, 61440, 122880, 122881):
        fits = memory in FARGATE_MEMORY[cpu]
        found = paths(**{"services.bff.cpu": cpu, "services.bff.memory": memory})
        assert found == ([] if fits else ["services.bff.memory"])


def test_the_url_of_a_new_callee_is_reserved_for_its_callers() -> None:
    audit = replace(AGENTCORE, name="audit-log", title="AuditLog", callers=("bff",))
    both = (f"services.{name}.environment" for name in ("bff", "agentcore"))
    settings = changed(**{key: {"AUDIT_LOG_URL": "x"} for key in both})
    found = [problem.path for problem in cross_check(settings, (BFF, AGENTCORE, audit))]
    assert found == ["services.bff.environment.AUDIT_LOG_URL"]


def test_variables_fit_into_a_task_definition_as_a_whole() -> None:
    big = {f"PART_{number}": "ä" * 8192 for number in range(4)}
    (one,) = cross_check(changed(**{"services.bff.environment": big}), SERVICES)
    assert (one.path, one.found) == ("services.bff.environment", "variables of 65,560 bytes")
    assert "65,536 with all else" in one.allowed
