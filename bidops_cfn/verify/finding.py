"""What a check found: whether it holds, what was measured, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bidops_cfn.deploy.records import Observation


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
    measured: str, problems: Iterable[str] = (), value: float | None = None, unit: str = ""
) -> Finding:
    """Return the finding on what was ``measured``: it fails for any of ``problems``.

    Raises ``Unobserved`` where nothing was measured.
    """
    if not measured:
        raise Unobserved("AWS's answer is empty")
    found = list(dict.fromkeys(problems))
    shown = Observation.FAILS if found else Observation.HOLDS
    return Finding(shown, measured, "; ".join(found), value, unit)


def leave_open(measured: str, reason: str, value: float | None = None, unit: str = "") -> Finding:
    """Return the finding on what was seen in part: ``reason`` says what is missing."""
    return Finding(Observation.NOT_OBSERVED, measured, reason, value, unit)


def limit(measured: str, value: float, most: float, unit: str = "s", *, but: str = "") -> Finding:
    """Return the finding on a figure that may be ``most``; ``but`` says what it leaves out."""
    problems = [f"{value:g} {unit} is more than {most:g} {unit}"] if value > most else []
    if but and not problems:
        return leave_open(measured, but, value, unit)
    return judge(measured, problems, value, unit)


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
