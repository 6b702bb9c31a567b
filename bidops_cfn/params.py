"""``params/<env>.toml`` -> ``Environment``, with every mistake of every file reported at once.

The shape of a file is checked first (``schema``), then what no single key can show: CPU and memory
that Fargate does not pair, a base on both capacity providers, two rules of one priority, plain
variables that look like secrets. Nothing is read but the files that are asked for.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from bidops_cfn.contract import ImportNames, Stack
from bidops_cfn.errors import SettingsError, UsageError
from bidops_cfn.model import (
    FARGATE_MEMORY,
    SERVICES,
    Alarms,
    Bedrock,
    Capability,
    Capacity,
    DeploySettings,
    Environment,
    Listener,
    Logs,
    PeerRules,
    Service,
    ServiceSettings,
    TaskSize,
    Tmpfs,
)
from bidops_cfn.schema import settings_file
from bidops_cfn.shapes import Key, Problem, Table

NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")
SECRET_WORD = re.compile(
    r"(^|_)(SECRET|PASSWORD|PASSWD|PWD|TOKEN|CREDENTIALS?|API_?KEY|(PRIVATE|ACCESS|SIGNING)_KEY)"
    r"(_|$)"
)
RESERVED = ("AWS_REGION", "ENVIRONMENT")


def load(folder: Path, name: str, services: Sequence[Service] = SERVICES) -> Environment:
    """Return the environment ``name`` from ``folder/<name>.toml``.

    Raises ``UsageError`` when there is no such file and ``SettingsError`` with every problem in it.
    """
    return load_all(folder, (name,), services)[0]


def load_all(
    folder: Path, names: Iterable[str], services: Sequence[Service] = SERVICES
) -> list[Environment]:
    """Return the named environments; a mistake in one file does not hide those in another."""
    shape = settings_file(services)
    raw: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for name in names:
        file = f"{folder.name}/{name}.toml"
        try:
            raw[name] = read(folder, name)
        except SettingsError as error:
            problems.extend(error.details)
            continue
        found = [*shape.check(raw[name], ""), *cross_check(raw[name], services)]
        problems.extend(f"{file}: {problem}" for problem in found)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise SettingsError(
            "the settings are wrong",
            count,
            details=problems,
            hint="Mend the settings and run the command again. "
            "params/params.schema.json describes every key.",
        )
    return [
        environment(name, with_defaults(values, shape), services) for name, values in raw.items()
    ]


def read(folder: Path, name: str) -> dict[str, Any]:
    """Return the settings file of ``name`` as TOML reads it, unchecked."""
    path = folder / f"{name}.toml"
    file = f"{folder.name}/{name}.toml"
    known = sorted(found.stem for found in folder.glob("*.toml"))
    if not NAME.fullmatch(name) or name not in known:
        close = get_close_matches(name, known, n=1)
        meant = f'Did you mean "{close[0]}"? ' if close else ""
        raise UsageError(
            f'unknown environment "{name}"',
            f"there is no {file}",
            hint=f"{meant}Environments of this project: {', '.join(known) or 'none'}",
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {file}", error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        detail = f"{file}: not UTF-8 text (byte {error.start})"
        raise SettingsError("the settings are wrong", "1 problem", details=[detail]) from error
    except tomllib.TOMLDecodeError as error:
        detail = f"{file}: not valid TOML: {error}"
        raise SettingsError("the settings are wrong", "1 problem", details=[detail]) from error


def table(values: object, *keys: str) -> dict[str, Any]:
    """Return the table at a key path of unchecked settings, or an empty one."""
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def cross_check(values: object, services: Sequence[Service]) -> Iterator[Problem]:
    """Yield the problems that no single key can show, of settings that may have others."""
    capacity = table(values, "capacity")
    bases = [capacity.get(key, 0) for key in ("on_demand_base", "spot_base")]
    if all(isinstance(base, int) and base > 0 for base in bases):
        yield Problem(
            "capacity.spot_base",
            f"{bases[1]} beside on_demand_base = {bases[0]}",
            "a base on one of the two providers, 0 on the other",
        )
    priorities = Counter(
        priority
        for service in services
        if isinstance(
            priority := table(values, "services", service.name, "listener").get("priority"), int
        )
    )
    for service in services:
        path = f"services.{service.name}"
        settings = table(values, "services", service.name)
        yield from size_problems(path, settings.get("cpu"), settings.get("memory"))
        yield from variable_problems(path, settings, service)
        listener = table(settings, "listener")
        priority = listener.get("priority")
        if isinstance(priority, int) and priorities[priority] > 1:
            yield Problem(
                f"{path}.listener.priority",
                f"{priority}, which another service has too",
                "a priority of its own for each service",
            )
        if service.public and listener and not listener.get("hosts") and not listener.get("paths"):
            yield Problem(f"{path}.listener", "neither hosts nor paths", "at least one of the two")
        if Capability.INVOKE_BEDROCK in service.capabilities:
            bedrock = table(settings, "bedrock")
            if bedrock and not bedrock.get("models") and not bedrock.get("inference_profiles"):
                yield Problem(f"{path}.bedrock.models", "none", "at least one model id (FR-017)")
            if bedrock and bedrock.get("agent_aliases") == []:
                yield Problem(
                    f"{path}.bedrock.agent_aliases", "none", "at least one agent alias (FR-017)"
                )


def size_problems(path: str, cpu: object, memory: object) -> Iterator[Problem]:
    """Yield a problem when Fargate does not pair ``cpu`` with ``memory``."""
    if not isinstance(cpu, int) or not isinstance(memory, int) or cpu not in FARGATE_MEMORY:
        return
    sizes = FARGATE_MEMORY[cpu]
    if memory not in sizes:
        steps = (
            ", ".join(map(str, sizes))
            if len(sizes) < 5
            else f"{sizes[0]} to {sizes[-1]} in steps of {sizes[1] - sizes[0]}"
        )
        yield Problem(f"{path}.memory", f"{memory} with cpu = {cpu}", f"{steps} (Fargate, in MiB)")


def variable_problems(path: str, settings: dict[str, Any], service: Service) -> Iterator[Problem]:
    """Yield plain variables that look like secrets, reserved ones, and ones declared twice."""
    reserved = (*RESERVED, *service.environment)
    seen: dict[str, str] = {}
    for kind in ("environment", "secrets", "secrets_manager"):
        for name in table(settings, kind):
            where = f"{path}.{kind}.{name}"
            if name in reserved:
                yield Problem(where, "a variable that the template sets", "another name")
            if name in seen:
                yield Problem(where, f"a variable that {seen[name]} has too", "each variable once")
            seen.setdefault(name, kind)
            if kind == "environment" and SECRET_WORD.search(name):
                yield Problem(
                    where, "a plain variable named like a secret", f"{name} under {path}.secrets"
                )


def with_defaults(values: dict[str, Any], shape: Table) -> dict[str, Any]:
    """Return checked settings with the default of each key that is absent, at every depth."""
    filled = dict(values)
    for name, key in shape.keys.items():
        if isinstance(key.shape, Table):
            filled[name] = (
                with_defaults(values.get(name, {}), key.shape) if wanted(key, values, name) else {}
            )
        elif name not in filled and key.default is not None:
            filled[name] = key.default
    return filled


def wanted(key: Key, values: dict[str, Any], name: str) -> bool:
    """Tell whether the table ``name`` exists, given or made of defaults."""
    return name in values or key.optional


def environment(name: str, values: dict[str, Any], services: Sequence[Service]) -> Environment:
    """Return checked and completed settings as an ``Environment``."""
    network, security, deploy = values["network"], values["security"], values["deploy"]
    return Environment(
        name=name,
        account_id=values["account_id"],
        region=values["region"],
        stack_name=values.get("stack_name", f"bidopsai-{name}-compute"),
        tags={**values["tags"], "Environment": name, "ManagedBy": "bidops-cfn"},
        container_insights=values["container_insights"],
        capacity=Capacity(**values["capacity"]),
        s3_prefix_list_id=network["s3_prefix_list_id"],
        peer_rules=PeerRules(
            endpoints=network["endpoint_rules"],
            database=network["database_rules"],
            load_balancer=network["load_balancer_rules"],
        ),
        namespace=values["discovery"]["namespace"],
        alarms=Alarms(
            values["alarms"].get("topic_arn"), values["alarms"]["server_errors_per_minute"]
        ),
        logs=Logs(values["logs"]["retain"], values["logs"].get("key_arn")),
        permissions_boundary_arn=security.get("permissions_boundary_arn"),
        secrets_key_output=security.get("secrets_key_output"),
        services={
            service.name: service_settings(values["services"][service.name]) for service in services
        },
        import_names=import_names(values["imports"]),
        deploy=DeploySettings(
            role_arn=deploy.get("role_arn"),
            rollback_alarms=tuple(deploy.get("rollback_alarms", ())),
            monitoring_minutes=deploy["monitoring_minutes"],
            timeout_minutes=deploy["timeout_minutes"],
            termination_protection=deploy["termination_protection"],
            confirm_name=deploy["confirm_name"],
        ),
    )


def service_settings(values: dict[str, Any]) -> ServiceSettings:
    """Return one checked ``[services.<name>]`` table as ``ServiceSettings``."""
    listener = values.get("listener")
    bedrock = values.get("bedrock", {})
    return ServiceSettings(
        size=TaskSize(values["cpu"], values["memory"]),
        desired_count=values["desired_count"],
        health_command=tuple(values["health_command"]),
        health_grace=values["health_grace_seconds"],
        stop_timeout=values["stop_timeout_seconds"],
        user=values["user"],
        configuration_path=values["configuration_path"],
        tmpfs=tuple(Tmpfs(path, size) for path, size in values.get("tmpfs", {}).items()),
        environment=values.get("environment", {}),
        secrets=values["secrets"],
        secrets_manager=values.get("secrets_manager", {}),
        bedrock=Bedrock(
            models=tuple(bedrock.get("models", ())),
            inference_profiles=tuple(bedrock.get("inference_profiles", ())),
            agent_aliases=tuple(bedrock.get("agent_aliases", ())),
        ),
        listener=listener
        and Listener(
            priority=listener["priority"],
            hosts=tuple(listener.get("hosts", ())),
            paths=tuple(listener.get("paths", ())),
        ),
    )


def import_names(values: dict[str, Any]) -> ImportNames:
    """Return the checked ``[imports]`` table as ``ImportNames``."""
    return ImportNames(
        pattern=values["pattern"],
        exceptions={
            f"{stack.value}.{output}": tuple(names) if isinstance(names, list) else (names,)
            for stack in Stack
            for output, names in values.get(stack.value, {}).items()
        },
    )
