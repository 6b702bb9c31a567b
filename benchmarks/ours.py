"""Our own commands, as cases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.case import Case, Output
from benchmarks.workspace import TEMPLATE, many_environments, project

PROGRAM = str(Path(sys.executable).with_name("bidops-cfn"))
BASE = Case("`python -c pass`", (sys.executable, "-c", "pass"), lambda seen: seen.code == 0)
SERVICES = (2, 20, 50, 100, 200)
ENVIRONMENTS = (10, 100, 1000)
RULES = (100, 400, 1600)


def says(text: str) -> Callable[[Output], bool]:
    """Return whether a command succeeds and says ``text`` on either stream."""
    return lambda seen: seen.code == 0 and text in seen.stdout + seen.stderr


def prints_template(seen: Output) -> bool:
    return seen.code == 0 and seen.stdout == TEMPLATE.read_text(encoding="utf-8")


def missing(*arguments: str) -> str:
    """Say why a command cannot be measured: it is not there."""
    tried = subprocess.run([PROGRAM, *arguments, "--help"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "not built yet"


def commands(folder: Path) -> Iterator[Case]:
    """Yield a case per command; ``folder`` takes a copy of the project."""
    home = project(folder / "project")
    cache = {"XDG_CACHE_HOME": str(folder / "cache")}

    def command(name: str, *arguments: str, **rest: object) -> Case:
        worked = rest.pop("worked")
        return Case(name, (PROGRAM, *arguments), worked, cwd=home, **rest)  # type: ignore[arg-type]

    yield command("`--help`", "--help", worked=says("Commands:"), target="≤ 4")
    yield command("`--version`", "--version", worked=says("bidops-cfn, version"), target="≤ 4")
    yield command(
        "`render --env dev`",
        *("render", "--env", "dev"),
        worked=prints_template,
        target="≤ 6, goal 4.2; 20 MiB",
    )
    yield command(
        "`render --all` (3 environments)",
        *("render", "--all"),
        worked=says("templates/prod/compute.json: unchanged"),
        target="1.2 times one",
    )
    yield command("`render --all --check`", "render", "--all", "--check", worked=says("up to date"))
    check = missing("check")
    yield command(
        "`check --env dev --no-cache`",
        *("check", "--env", "dev", "--no-cache"),
        worked=says("1 template passes"),
        missing=check,
        rounds=5,
        target="≤ cfn-lint alone, goal 60",
    )
    yield command(
        "`check --all --no-cache` (3 environments)",
        *("check", "--all", "--no-cache"),
        worked=says("3 templates pass"),
        missing=check,
        rounds=5,
        target="1.7 times one",
    )
    yield command(
        "`check --env dev` again",
        *("check", "--env", "dev"),
        worked=says("1 template passes"),
        environment={**cache, "CI": ""},
        missing=check,
        target="≤ 8",
    )
    yield command(
        "`review --env dev`",
        *("review", "--env", "dev"),
        worked=lambda seen: seen.code == 0,
        missing=missing("review"),
        rounds=7,
        target="≤ 25",
    )


def growth(folder: Path) -> Iterator[Case]:
    """Yield cases of many environments, many services and many rules, each in one process."""
    for count in ENVIRONMENTS:
        home = many_environments(folder / f"environments-{count}", count)
        yield Case(
            f"`render --all`, {count} environments",
            (PROGRAM, "render", "--all"),
            says(f"templates/e{count - 1}/compute.json: "),
            cwd=home,
            rounds=5 if count < 1000 else 2,
            target="≤ 40, goal 30" if count == 100 else "",
        )
    for count in SERVICES:
        yield Case(
            f"one environment, {count} services",
            (sys.executable, "-m", "benchmarks.services", str(count)),
            has_task_definitions(count),
            rounds=3,
        )
    for count in RULES:
        yield Case(
            f"one template, {count} house rules without cfn-lint's",
            (sys.executable, "-m", "benchmarks.rules", str(count)),
            says(f"{count} rules, 0 findings"),
            rounds=3,
        )


def has_task_definitions(count: int) -> Callable[[Output], bool]:
    return lambda seen: (
        seen.code == 0 and seen.stdout.count('"Type": "AWS::ECS::TaskDefinition"') == count
    )
