"""``params/<env>.toml`` -> ``Environment``, with every mistake of every file reported at once.

The shape of a file is checked first (``environment``), then what no single key can show
(``consistency``). Nothing is read but the files that are asked for.
"""

from __future__ import annotations

import codecs
import json
import re
import tomllib
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bidops_cfn.errors import SettingsError, UsageError
from bidops_cfn.settings.consistency import cross_check
from bidops_cfn.settings.environment import Environment, default_stack_name, settings_file
from bidops_cfn.settings.names import find_collisions
from bidops_cfn.settings.problem import question, too_deep
from bidops_cfn.settings.services import SERVICES, Service
from bidops_cfn.settings.shapes import Table
from bidops_cfn.settings.texts import ENVIRONMENT
from bidops_cfn.settings.toml_text import located, unread


def load(folder: Path, name: str, services: Sequence[Service] = SERVICES) -> Environment:
    """Return the environment ``name`` from ``folder/<name>.toml``.

    Raises ``UsageError`` when there is no such file and ``SettingsError`` with every problem in it.
    """
    return load_all(folder, (name,), services)[0]


def load_all(
    folder: Path, names: Iterable[str], services: Sequence[Service] = SERVICES
) -> list[Environment]:
    """Return the named environments; a mistake in one file does not hide those in another.

    Environments of one account and region are refused what both cannot have (``names``).
    """
    shape = settings_file(services)
    raw: dict[str, dict[str, Any]] = {}
    texts: dict[str, str] = {}
    problems: list[str] = []
    for name in names:
        try:
            texts[name] = source(folder, name)
            file = f"{folder.name}/{name}.toml"
            raw[name] = checked(file, name, texts[name], services, shape)
        except SettingsError as error:
            problems.extend(error.details)
    if problems:
        raise wrong(problems)
    found = [environment(name, values, shape) for name, values in raw.items()]
    holders: dict[Hashable, list[str]] = {}
    for one in found:
        collisions = list(find_collisions(one, holders))
        problems.extend(located(f"{folder.name}/{one.name}.toml", texts[one.name], collisions))
    if problems:
        raise wrong(problems)
    return found


def load_text(file: str, name: str, text: str) -> Environment:
    """Return the environment ``name`` from the ``text`` of its ``file``; raises like ``load``."""
    shape = settings_file(SERVICES)
    return environment(name, checked(file, name, text, SERVICES, shape), shape)


def checked(
    file: str, name: str, text: str, services: Sequence[Service], shape: Table
) -> dict[str, Any]:
    """Return what the ``text`` of ``file`` says; raises ``SettingsError`` with all its problems."""
    values = parsed(file, text)
    if problems := [*shape.check(values, ""), *cross_check(values, services, name)]:
        raise wrong(located(file, text, problems))
    return values


def read(folder: Path, name: str) -> dict[str, Any]:
    """Return the settings file of ``name`` as TOML reads it, unchecked."""
    return parsed(f"{folder.name}/{name}.toml", source(folder, name))


def source(folder: Path, name: str) -> str:
    """Return the text of the settings file of ``name``."""
    path = folder / f"{name}.toml"
    file = f"{folder.name}/{name}.toml"
    if not re.fullmatch(ENVIRONMENT.pattern, name) or not (path.exists() or path.is_symlink()):
        raise unknown(folder, name)
    if path.exists() and not (path.is_file() or path.is_dir()):  # it might never end
        raise wrong([f"{file}: cannot be read: no regular file"])
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
        found = "found a file of this name; allowed: the name of an environment"
        return wrong([f"{file}: {found}, {ENVIRONMENT.allowed}"])
    meant = question(name, known)
    return UsageError(
        f'unknown environment "{name}"',
        f"there is no {file}",
        hint=f"{meant and f'{meant} '}Environments of this project: {', '.join(known) or 'none'}",
    )


def wrong(problems: Iterable[str]) -> SettingsError:
    """Return the error of settings that have ``problems``."""
    details = list(dict.fromkeys(problems))
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
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib's own errors are ValueErrors
        raise wrong(unread(file, text, error)) from error
    if deep := list(too_deep(values)):
        raise wrong(located(file, text, deep))
    return values


def environment(name: str, values: dict[str, Any], shape: Table) -> Environment:
    """Return checked settings as the environment ``name``."""
    found = shape.values(values)
    found.setdefault("stack_name", default_stack_name(name))
    found["tags"] |= {"Environment": name, "ManagedBy": "bidops-cfn"}
    return Environment(name=name, **found)


def json_schema(services: Sequence[Service]) -> str:
    """Return the JSON Schema of a settings file as the text of the committed file."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of one environment of the BidOps AI compute stack",
        **settings_file(services).json_schema(),
    }
    return json.dumps(document, indent=2) + "\n"
