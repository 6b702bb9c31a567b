"""What a check found, and how one check is made of several, or of what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.records import Observation
from bidops_cfn.settings.services import Service

if TYPE_CHECKING:
    from bidops_cfn.verify.observed import Observed


class Unobserved(Exception):
    """AWS answered, and the answer does not show what is asked for."""


class Inactive(Unobserved):
    """ECS answered that the service is not there any more: it has no task."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's finding; ``value`` in ``unit`` is the figure that was measured, if there is one.

    ``reason`` says why it fails or was not observed.
    """

    shown: Observation
    measured: str = ""
    reason: str = ""
    value: float | None = None
    unit: str = ""


def judge(
    measured: str,
    problems: Iterable[str] = (),
    value: float | None = None,
    unit: str = "",
    *,
    but: str = "",
) -> Finding:
    """Return the finding on what was ``measured``: it fails for any of ``problems``.

    Without any it is left open where ``but`` says what is missing. Raises ``Unobserved`` where
    nothing was measured.
    """
    if not measured:
        raise Unobserved("AWS's answer is empty")
    found = list(dict.fromkeys(problems))
    if but and not found:
        return leave_open(measured, but, value, unit)
    shown = Observation.FAILS if found else Observation.HOLDS
    return Finding(shown, measured, "; ".join(found), value, unit)


def leave_open(measured: str, reason: str, value: float | None = None, unit: str = "") -> Finding:
    """Return the finding on what was seen in part: ``reason`` says what is missing."""
    return Finding(Observation.NOT_OBSERVED, measured, reason, value, unit)


def limit(measured: str, seconds: float, most: float, *, but: str = "") -> Finding:
    """Return the finding on a time that may be ``most``; ``but`` says what it leaves out."""
    problems = [f"{seconds:g} s is more than {most:g} s"] if seconds > most else []
    return judge(measured, problems, seconds, "s", but=but)


def merge(findings: Sequence[Finding]) -> Finding:
    """Return one finding of several: the worst, with what each of them measured."""
    order = (Observation.FAILS, Observation.NOT_OBSERVED, Observation.HOLDS)
    worst = min((one.shown for one in findings), key=order.index)
    figures = [one for one in findings if one.shown is worst and one.value is not None]
    figure = max(figures, key=lambda one: one.value or 0, default=Finding(worst))
    same_unit = len({one.unit for one in figures}) == 1
    return Finding(
        worst,
        "; ".join(dict.fromkeys(one.measured for one in findings if one.measured)),
        "; ".join(
            dict.fromkeys(one.reason for one in findings if one.shown is worst and one.reason)
        ),
        figure.value if same_unit else None,
        figure.unit if same_unit else "",
    )


Look = Callable[["Observed"], Finding]
OnService = Callable[["Observed", Service], Finding]


def check_each(check: OnService, wanted: Callable[[Service], object] = lambda _: True) -> Look:
    """Return the check of all services that are ``wanted``."""
    return lambda seen: merge([check(seen, one) for one in seen.services if wanted(one)])


def check_one(check: OnService, name: str) -> Look:
    """Return the check of the service ``name``."""
    return check_each(check, lambda one: one.name == name)


def match(get: Callable[[Observed, Service], Json], wanted: Mapping[str, object]) -> OnService:
    """Return the check that what ``get`` returns has each member that is ``wanted``.

    A member is named by the path to it, ``HealthCheckPath`` or ``deploymentController.type``; what
    is wanted may be a function of environment and service.
    """

    def look(seen: Observed, service: Service) -> Finding:
        found = get(seen, service)
        values = {path: find(found, path) for path in wanted}
        asked = {
            path: one(seen.environment, service) if callable(one) else one
            for path, one in wanted.items()
        }
        told = ", ".join(f"{path.rpartition('.')[2]} {show(one)}" for path, one in values.items())
        wrong = [
            f"{service.name}: {path} is {show(one)}, not {show(asked[path])}"
            for path, one in values.items()
            if one != asked[path]
        ]
        return judge(f"{service.name}: {told}", wrong)

    return look


def find(value: Any, path: str) -> Any:
    """Return the member at a path, None where there is none."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def show(value: Any) -> str:
    """Return a value for people."""
    if isinstance(value, list):
        return ", ".join(map(show, value)) or "none"
    return "none" if value is None else str(value).lower() if value in (True, False) else str(value)
