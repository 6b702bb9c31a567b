"""``params/<env>.toml`` -> ``Environment``, with every mistake of every file reported at once.

The shape of a file is checked first (``schema``), then what no single key can show
(``consistency``). Nothing is read but the files that are asked for.
"""

from __future__ import annotations

import codecs
import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bidops_cfn.errors import SettingsError, UsageError
from bidops_cfn.settings.collisions import find_collisions
from bidops_cfn.settings.consistency import cross_check
from bidops_cfn.settings.contract import ImportNames, Stack
from bidops_cfn.settings.environment import (
    Alarms,
    Bedrock,
    Capacity,
    DeploySettings,
    Environment,
    Listener,
    Logs,
    PeerRules,
    ServiceSettings,
    TaskSize,
    Tmpfs,
)
from bidops_cfn.settings.references import parse_setting
from bidops_cfn.settings.schema import settings_file
from bidops_cfn.settings.services import SERVICES, Service
from bidops_cfn.settings.shapes import Key, Table
from bidops_cfn.settings.toml_lines import located, unread

NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")


def load(folder: Path, name: str, services: Sequence[Service] = SERVICES) -> Environment:
    """Return the environment ``name`` from ``folder/<name>.toml``.

    Raises ``UsageError`` when there is no such file and ``SettingsError`` with every problem in it.
    """
    return load_all(folder, (name,), services)[0]


def load_all(
    folder: Path, names: Iterable[str], services: Sequence[Service] = SERVICES
) -> list[Environment]:
    """Return the named environments; a mistake in one file does not hide those in another.

    Environments of one account and region are refused what both cannot have (``collisions``).
    """
    shape = settings_file(services)
    raw: dict[str, dict[str, Any]] = {}
    texts: dict[str, str] = {}
    problems: list[str] = []
    for name in names:
        try:
            text = texts[name] = source(folder, name)
            raw[name] = parsed(f"{folder.name}/{name}.toml", text)
        except SettingsError as error:
            problems.extend(error.details)
            continue
        wrongs = [*shape.check(raw[name], ""), *cross_check(raw[name], services, name)]
        problems.extend(located(f"{folder.name}/{name}.toml", text, wrongs))
    if problems:
        raise wrong(problems)
    found = [
        environment(name, with_defaults(values, shape), services) for name, values in raw.items()
    ]
    for index, one in enumerate(found):
        collisions = list(find_collisions(one, found[:index]))
        problems.extend(located(f"{folder.name}/{one.name}.toml", texts[one.name], collisions))
    if problems:
        raise wrong(problems)
    return found


def read(folder: Path, name: str) -> dict[str, Any]:
    """Return the settings file of ``name`` as TOML reads it, unchecked."""
    return parsed(f"{folder.name}/{name}.toml", source(folder, name))


def source(folder: Path, name: str) -> str:
    """Return the text of the settings file of ``name``."""
    path = folder / f"{name}.toml"
    file = f"{folder.name}/{name}.toml"
    if not NAME.fullmatch(name) or not path.exists():
        raise unknown(folder, name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise wrong([f"{file}: cannot be read: {error.strerror or error}"]) from error
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        form = "UTF-8" if content.startswith(codecs.BOM_UTF8) else "UTF-16"
        found = f"found a byte order mark of {form}; allowed: UTF-8 text without one"
        raise wrong([f"{file}:1: {found}"])
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise wrong([f"{file}:{line}: not UTF-8 text (byte {error.start})"]) from error


def unknown(folder: Path, name: str) -> UsageError:
    """Return the error of a name that is no environment: no such file, or not such a name."""
    file = f"{folder.name}/{name}.toml"
    known = sorted(found.stem for found in folder.glob("[!.]*.toml"))
    if name in known:
        allowed = "1 to 16 small letters, digits and hyphens, the first a letter"
        found = "found a file of this name; allowed: the name of an environment"
        return wrong([f"{file}: {found}, {allowed}"])
    close = difflib.get_close_matches(name, known, n=1)
    meant = f'Did you mean "{close[0]}"? ' if close else ""
    return UsageError(
        f'unknown environment "{name}"',
        f"there is no {file}",
        hint=f"{meant}Environments of this project: {', '.join(known) or 'none'}",
    )


def wrong(problems: Iterable[str]) -> SettingsError:
    """Return the error of settings that have ``problems``."""
    details = list(problems)
    count = "1 problem" if len(details) == 1 else f"{len(details)} problems"
    return SettingsError(
        "the settings are wrong",
        count,
        details=details,
        hint="Fix the settings and run the command again. "
        "params/params.schema.json describes every key.",
    )


def parsed(file: str, text: str) -> dict[str, Any]:
    """Return what the ``text`` of ``file`` says; raises ``SettingsError`` where it is no TOML."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib's own errors are ValueErrors
        raise wrong(unread(file, text, error)) from error


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
    topics = deploy.get("notification_topics")
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
        load_balancer_idle=network["load_balancer_idle_seconds"],
        namespace=values["discovery"]["namespace"],
        alarms=Alarms(
            values["alarms"].get("topic_arn"), values["alarms"]["server_errors_per_minute"]
        ),
        logs=Logs(values["logs"]["retain"], values["logs"].get("key_arn")),
        permissions_boundary_arn=security.get("permissions_boundary_arn"),
        secrets_key_output=security.get("secrets_key_output"),
        configuration_key_output=security.get("configuration_key_output"),
        knowledge_base_key_output=security.get("knowledge_base_key_output"),
        storage_key_arn=security.get("storage_key_arn"),
        guardduty_repository_arn=security.get("guardduty_repository_arn"),
        high_resolution_metrics=values["scaling"]["high_resolution_metrics"],
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
            notification_topics=tuple(topics) if topics is not None else None,
            pin_digest=deploy["pin_digest"],
            scan_findings=deploy.get("scan_findings"),
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
        architecture=values["architecture"],
        bedrock=Bedrock(
            models=tuple(bedrock.get("models", ())),
            inference_profiles=tuple(bedrock.get("inference_profiles", ())),
            agent_aliases=tuple(bedrock.get("agent_aliases", ())),
            profiles_only=bedrock.get("profiles_only", False),
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
            f"{stack.value}.{output}": parse_setting(setting)
            for stack in Stack
            for output, setting in values.get(stack.value, {}).items()
        },
    )
