"""What Spot saves, computed from a service's capacity strategy over every rounding (SC-008).

A base is filled first; the other tasks are split by weight. How ECS rounds a split is documented
nowhere, so both neighbours count and the smaller saving is the answer::

    of n tasks, s on Spot, saving = s / n x discount
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping
from bidops_cfn.facts.reading import Facts
from bidops_cfn.facts.services import EcsService
from bidops_cfn.facts.verdict import Claim, Verdict, Witness, in_all_combinations, judged, left_open
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import MAX_TASKS, MIN_TASKS, PRODUCTION, Service

ON_DEMAND, SPOT = "FARGATE", "FARGATE_SPOT"
SAVING_PERCENT = 30


@dataclass(frozen=True)
class Share:
    """A provider's part of a capacity strategy."""

    provider: str
    base: int
    weight: int


def spot_tasks(strategy: tuple[Share, ...], tasks: int) -> tuple[int, int]:
    """Return the fewest and the most of ``tasks`` that ``strategy`` may put on Spot."""
    left = tasks
    spot = 0
    for share in strategy:
        based = min(share.base, left)
        left -= based
        spot += based if share.provider == SPOT else 0
    total = sum(share.weight for share in strategy)
    weight = sum(share.weight for share in strategy if share.provider == SPOT)
    part = Fraction(left * weight, total) if total else Fraction(0)
    return spot + floor(part), spot + ceil(part)


def least_saving(strategy: tuple[Share, ...], discount_percent: int) -> tuple[Fraction, int]:
    """Return the smallest saving in percent over all counts of tasks, and that count."""
    savings = (
        (Fraction(spot_tasks(strategy, tasks)[0] * discount_percent, tasks), tasks)
        for tasks in range(MIN_TASKS, MAX_TASKS + 1)
    )
    return min(savings)


def strategy_of(service: EcsService) -> tuple[Share, ...] | None:
    """Return the strategy of a service; None when it has none or a value is not known."""
    shares = []
    for raw in items(service.resource.get("CapacityProviderStrategy")):
        entry = mapping(raw)
        provider = symbols.text(entry.get("CapacityProvider"))
        base = symbols.text(entry.get("Base", 0)) or ""
        weight = symbols.text(entry.get("Weight", 0)) or ""
        if provider is None or not base.isdecimal() or not weight.isdecimal():
            return None
        shares.append(Share(provider, int(base), int(weight)))
    return tuple(shares) or None


def spot_saving(
    facts: Facts, environment: Environment, specified: Sequence[Service]
) -> Iterator[Verdict]:
    """Yield the verdict on each service's saving; SC-008 leaves production out."""
    if environment.name == PRODUCTION or not facts.readings:
        return
    for service in specified:
        found = [
            _judged(one, service.name, environment)
            for reading in facts.readings
            for one in reading.running(service) or (None,)
        ]
        yield left_open(in_all_combinations(found, facts.incomplete), facts.expanded)


def _judged(service: EcsService | None, name: str, environment: Environment) -> Verdict:
    discount, region = environment.capacity.spot_discount_percent, environment.region
    claim = Claim(
        "spot-saving",
        name,
        f"The capacity strategy makes tasks of {name} at least {SAVING_PERCENT} % cheaper than on "
        f"demand, for any of {MIN_TASKS} to {MAX_TASKS} tasks.",
        ("SC-008",),
        (
            f"Spot is {discount} % cheaper than on-demand capacity in {region} (a setting)",
            f"Spot has capacity in {region}; ECS rounds a split to a neighbouring whole number",
        ),
    )
    return judged(claim, iter([_outcome(service, discount)]))


def _outcome(service: EcsService | None, discount: int) -> tuple[str, Witness]:
    strategy = strategy_of(service) if service else None
    if service is None or strategy is None:
        where = service.resource.path if service else ("Resources",)
        return "unknown", Witness("its capacity strategy is missing or not known", where)
    saving, tasks = least_saving(strategy, discount)
    text = f"at least {float(saving):.1f} % are saved, the least at {tasks} tasks"
    witness = Witness(text, service.resource.at("CapacityProviderStrategy"))
    return "against" if saving < SAVING_PERCENT else "shown", witness
