"""The paths of the SSM parameters that services read by themselves: apart, as SSM takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.settings.problem import Problem, shown
from bidops_cfn.settings.services import Service
from bidops_cfn.settings.unchecked import table

# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
LONGEST = 900  # of 1011 characters, which an ARN and the parameter's own name share
MOST_LEVELS = 14  # of 15, the last of which is the parameter's own name


def path_problems(values: object, services: Sequence[Service]) -> Iterator[Problem]:
    """Yield configuration paths that SSM takes no parameter below, or that another can read."""
    paths = {
        service.name: table(values, "services", service.name).get("configuration_path")
        for service in services
    }
    known = {name: path for name, path in paths.items() if isinstance(path, str)}
    for name, path in known.items():
        where = f"services.{name}.configuration_path"
        yield from _path(where, path)
        for other, theirs in known.items():
            if other != name and _below(path, theirs):
                yield Problem(
                    where,
                    f"{shown(path)}, where {other}'s is {shown(theirs)} and reads it too",
                    "paths of which none lies in another",
                )


def _path(where: str, path: str) -> Iterator[Problem]:
    levels = path.strip("/").split("/")
    if len(path) > LONGEST:
        found = f"a path of {len(path)} characters"
        yield Problem(where, found, f"at most {LONGEST}")
    if len(levels) > MOST_LEVELS:
        yield Problem(where, f"{len(levels)} levels", f"at most {MOST_LEVELS}")
    if levels[0].lower().startswith(("aws", "ssm")):
        yield Problem(where, shown(path), "a path that does not begin with aws or ssm, AWS's own")


def _below(path: str, other: str) -> bool:
    """Tell whether ``path`` is ``other`` or lies in it."""
    return f"{path}/".startswith(f"{other}/")
