from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.settings.aws import FARGATE_MEMORY
from bidops_cfn.settings.consistency import cross_check
from bidops_cfn.settings.environment import settings_file
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES
from bidops_cfn.settings.shapes import Shape, Table

DEV = tomllib.loads((Path(__file__).parents[2] / "params" / "dev.toml").read_text())
Settings = dict[str, Any]


def paths(change: Callable[[Settings], object]) -> list[str]:
    """The key paths of the problems after ``change``."""
    settings = deepcopy(DEV)
    change(settings)
    return [problem.path for problem in cross_check(settings, SERVICES)]


def bff(settings: Settings, **changes: object) -> None:
    settings["services"]["bff"].update(changes)


def test_the_committed_settings_are_consistent() -> None:
    assert paths(lambda _: None) == []


@pytest.mark.parametrize("settings", [{}, [], 1, {"services": []}, {"capacity": {"spot_base": []}}])
def test_settings_of_no_shape_at_all_are_left_to_the_shapes(settings: object) -> None:
    assert list(cross_check(settings, SERVICES)) == []


def key_paths(shape: Shape, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key that a settings file may have."""
    for name, key in shape.keys.items() if isinstance(shape, Table) else ():
        yield (*path, name)
        yield from key_paths(key.shape, (*path, name))


@pytest.mark.parametrize("name", ["dev", "staging"])
@pytest.mark.parametrize("value", [True, -1, 0.5, "\u202e", [], [[], {}], {}, {"a": []}], ids=repr)
def test_a_value_of_any_kind_at_any_key_is_a_problem_or_none_and_no_crash(
    name: str, value: object
) -> None:
    file = settings_file(SERVICES)
    for *outer, last in key_paths(file):
        settings = deepcopy(DEV)
        table = settings
        for step in outer:
            table = table.setdefault(step, {})
        table[last] = value
        problems = [*file.check(settings, ""), *cross_check(settings, SERVICES, name)]
        assert all(str(one) for one in problems)


@pytest.mark.parametrize(
    ("on_demand", "spot", "found"),
    [(0, 3, []), (2, 0, []), (0, 0, []), (1, 1, ["capacity.spot_base"])],
)
def test_one_provider_at_most_has_a_base(on_demand: int, spot: int, found: list[str]) -> None:
    changes = {"on_demand_base": on_demand, "spot_base": spot}
    assert paths(lambda settings: settings["capacity"].update(changes)) == found


@pytest.mark.parametrize(("name", "refused"), [("dev", False), ("prod", True), ("staging", False)])
def test_production_admits_no_command_from_outside(name: str, refused: bool) -> None:
    settings = deepcopy(DEV)
    settings["security"]["exec_log_group"] = "/audit/ecs-exec"
    found = [one.path for one in cross_check(settings, SERVICES, name)]
    assert ("security.exec_log_group" in found) == refused


@pytest.mark.parametrize("cpu", FARGATE_MEMORY)
def test_fargate_pairs_each_cpu_with_its_own_memory(cpu: int) -> None:
    for memory in (512, 1024, 3072, 4096, 8192, 16384, 30720, 32768, 61440, 122880, 122881):
        fits = memory in FARGATE_MEMORY[cpu]
        found = paths(partial(bff, cpu=cpu, memory=memory))
        assert found == ([] if fits else ["services.bff.memory"])


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (["CMD", "x"], []),
        (["CMD-SHELL", "x"], []),
        (["NONE", "x"], ["services.bff.health_command[0]"]),
        (["node", "x"], ["services.bff.health_command[0]"]),
        (["CMD-SHELL", "exit 0"], ["services.bff.health_command"]),
        (["CMD", "true"], ["services.bff.health_command"]),
        (["CMD", "node", "-e", "process.exit(0)"], ["services.bff.health_command"]),
        (["CMD"], ["services.bff.health_command"]),
        ([], []),
        (["CMD", 1], []),
    ],
)
def test_a_health_command_says_how_it_is_run_and_can_fail(
    command: list[str], found: list[str]
) -> None:
    assert paths(lambda settings: bff(settings, health_command=command)) == found


@pytest.mark.parametrize(
    "place", ["/", "/app", "/usr/lib", "/etc", "/var/run/secrets", "/run/secrets"]
)
def test_a_path_in_memory_hides_nothing_that_is_there(place: str) -> None:
    assert paths(partial(bff, tmpfs={place: 8, "/tmp": 8})) == [f'services.bff.tmpfs."{place}"']


@pytest.mark.parametrize(
    ("listener", "found"),
    [
        ({"hosts": ["a"]}, []),
        ({"paths": ["/a"]}, []),
        ({"hosts": list("abc"), "paths": ["/a", "/b"]}, []),
        ({"hosts": list("abc"), "paths": ["/a", "/b", "/c"]}, ["services.bff.listener"]),
        ({"hosts": [], "paths": []}, ["services.bff.listener"]),
    ],
)
def test_a_listener_rule_has_one_to_five_values(
    listener: dict[str, list[str]], found: list[str]
) -> None:
    assert paths(lambda settings: bff(settings, listener={"priority": 1, **listener})) == found


@pytest.mark.parametrize(
    ("profile", "found"),
    [
        ("us.amazon.nova", []),
        ("global.amazon.nova", []),
        ("us.amazon.other", ["services.agentcore.bedrock.inference_profiles[0]"]),
        ("amazon.nova", ["services.agentcore.bedrock.inference_profiles[0]"]),
    ],
)
def test_an_inference_profile_needs_its_model(profile: str, found: list[str]) -> None:
    bedrock = {"models": ["amazon.nova"], "inference_profiles": [profile]}
    assert (
        paths(lambda settings: settings["services"]["agentcore"]["bedrock"].update(bedrock))
        == found
    )


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("BffDatabaseUrlParameterArn", []),
        ("SecretsKeyArn", []),
        ("SomeSecretArn", []),
        ("Nobodys", ["imports.security.Nobodys"]),
    ],
)
def test_a_named_export_of_the_security_stack_belongs_to_a_secret_or_the_key(
    output: str, found: list[str]
) -> None:
    def change(settings: Settings) -> None:
        settings["security"] = {"secrets_key_output": "SecretsKeyArn"}
        settings["imports"]["security"] = {output: "a-name"}
        bff(settings, secrets_manager={"PAYMENT_TOKEN": "SomeSecretArn"})

    assert paths(change) == found


def test_the_url_of_a_new_callee_is_reserved_for_its_callers() -> None:
    audit = replace(AGENTCORE, name="audit-log", title="AuditLog", callers=("bff",))
    settings = deepcopy(DEV)
    settings["services"]["bff"]["environment"] = {"AUDIT_LOG_URL": "x"}
    settings["services"]["agentcore"]["environment"] = {"AUDIT_LOG_URL": "x"}
    found = [problem.path for problem in cross_check(settings, (BFF, AGENTCORE, audit))]
    assert found == ["services.bff.environment.AUDIT_LOG_URL"]


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"environment": {"PORT": "1"}}, ["services.bff.environment.PORT"]),
        ({"secrets": {"PORT": "A"}}, ["services.bff.secrets.PORT"]),
        ({"secrets_manager": {"PORT": "A"}}, ["services.bff.secrets_manager.PORT"]),
        ({"secrets": {"AWS_ACCESS_KEY_ID": "A"}}, ["services.bff.secrets.AWS_ACCESS_KEY_ID"]),
        ({"secrets": {"AWS_SESSION_TOKEN": "A"}}, ["services.bff.secrets.AWS_SESSION_TOKEN"]),
        (
            {"secrets": {"A": "A"}, "secrets_manager": {"A": "A"}},
            ["services.bff.secrets_manager.A"],
        ),
        (
            {"environment": {"A": "A"}, "secrets": {"A": "A"}, "secrets_manager": {"A": "A"}},
            ["services.bff.secrets.A", "services.bff.secrets_manager.A"],
        ),
    ],
)
def test_each_variable_is_set_once_and_none_that_is_set_already(
    variables: Settings, found: list[str]
) -> None:
    assert paths(lambda settings: bff(settings, **variables)) == found


@pytest.mark.parametrize(
    ("value", "idle", "refused"),
    [
        ("70000", 60, False),
        ("60001", 60, False),
        ("60000", 60, True),
        ("5000", 60, True),
        ("65", 60, True),
        ("1m", 60, True),
        ("-70000", 60, True),
        ("310000", 300, False),
        ("70000", 300, True),
        (70000, 60, True),
        (["70000"], 60, True),
    ],
)
def test_an_application_keeps_connections_longer_than_the_load_balancer(
    value: object, idle: int, refused: bool
) -> None:
    def change(settings: Settings) -> None:
        settings["network"]["load_balancer_idle_seconds"] = idle
        settings["services"]["bff"]["environment"] = {"KEEP_ALIVE_TIMEOUT": value}

    key = "services.bff.environment.KEEP_ALIVE_TIMEOUT"
    assert paths(change) == ([key] if refused else [])


@pytest.mark.parametrize("kind", ["secrets", "secrets_manager"])
def test_how_long_connections_are_kept_is_no_secret(kind: str) -> None:
    changes = {kind: {"KEEP_ALIVE_TIMEOUT": "KeepAliveParameterArn"}}
    assert paths(partial(bff, **changes)) == [f"services.bff.{kind}.KEEP_ALIVE_TIMEOUT"]


def test_agentcore_may_have_a_variable_of_that_name() -> None:
    def change(settings: Settings) -> None:
        settings["services"]["agentcore"]["environment"] = {"KEEP_ALIVE_TIMEOUT": "5000"}

    assert paths(change) == []
