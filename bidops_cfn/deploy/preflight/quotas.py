"""Fargate's vCPU quotas against what creation, a rollout and ten tasks of each service need.

Where they are short ECS says so in service events only: no task stops, nothing trips.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from math import ceil, floor

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, ask_each
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.preflight.context import DeploymentContext, Findings
from bidops_cfn.deploy.records import Preflight
from bidops_cfn.settings.environment import ServiceSettings
from bidops_cfn.settings.services import MAX_HEALTHY_PERCENT, MAX_TASKS
from bidops_cfn.settings.tables import Capacity

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
ON_DEMAND, SPOT = "L-3032A538", "L-36FBB829"
NAMES = {ON_DEMAND: "on-demand", SPOT: "Spot"}
UNITS_PER_VCPU = 1024
RECENT = timedelta(minutes=15)
ROUNDING = timedelta(minutes=1)
PERIOD_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota and what is used of it now, in vCPU; ``used`` is None where that is not known."""

    code: str
    limit: float
    used: float | None

    @property
    def text(self) -> str:
        """The quota for people, ``on-demand 40 vCPU, 16 used``."""
        used = "use unknown" if self.used is None else f"{self.used:g} used"
        return f"{NAMES[self.code]} {self.limit:g} vCPU, {used}"


def quotas(context: DeploymentContext) -> Preflight:
    """Compare both quotas with three needs, each split over the providers as settings say."""
    environment = context.environment

    def read(code: str) -> Quota:
        asked = {"ServiceCode": "fargate", "QuotaCode": code}
        told = context.client(Call.GET_SERVICE_QUOTA, **asked)["Quota"]
        return Quota(code, float(told["Value"]), _read_use(context, told.get("UsageMetric") or {}))

    found = [quota for _, quota in ask_each(read, NAMES)]
    of = [environment.services[service.name] for service in context.target.services]
    update = context.deployed is not None
    rollout = MAX_HEALTHY_PERCENT // 100
    rolling = f"a {MAX_HEALTHY_PERCENT} % rollout of all services needs"
    findings = Findings("quotas")
    wants: tuple[tuple[str, Callable[[ServiceSettings], int], list[str]], ...] = (
        ("the creation needs", lambda one: one.desired_count, findings.against),
        (rolling, lambda one: rollout * one.desired_count, findings.doubts),
        (f"{MAX_TASKS} tasks of each service need", lambda _: MAX_TASKS, findings.doubts),
    )
    for what, count, weight in wants[update:]:  # an update creates nothing
        needs = {code: _compute_need(of, count, environment.capacity, code) for code in NAMES}
        sure, unsure = _find_shortage(what, found, needs, ours=update)
        weight.extend(sure)
        findings.doubts += unsure
    alone = ", if nothing else runs" if any(one.used is None for one in found) else ""
    words = "service-quotas request-service-quota-increase --service-code fargate"
    steps = [
        context.target.aws(f"{words} --quota-code {one.code} --desired-value N")
        + f"   # {one.text}"
        for one in found
        if any(f" {NAMES[one.code]}, " in text for text in findings.told)
    ]
    fine = "; ".join(one.text for one in found)
    return findings.judge(
        f"enough for {MAX_TASKS} tasks of each service{alone}: {fine}",
        "Ask for more: " + "\n".join(steps),
    )


def _read_use(context: DeploymentContext, metric: Json) -> float | None:
    if not metric.get("MetricName"):
        return None
    now = context.clock.now()
    try:
        points = context.client(
            Call.GET_METRIC_STATISTICS,
            Namespace=metric["MetricNamespace"],
            MetricName=metric["MetricName"],
            Dimensions=[
                {"Name": name, "Value": value}
                for name, value in sorted(metric.get("MetricDimensions", {}).items())
            ],
            StartTime=now - RECENT,
            EndTime=now + ROUNDING,  # exclusive, and sent in whole seconds
            Period=PERIOD_SECONDS,
            Statistics=["Maximum"],
        )["Datapoints"]
    except Fault:
        return None
    return max((float(point["Maximum"]) for point in points), default=None)


def _compute_need(
    services: Sequence[ServiceSettings],
    count: Callable[[ServiceSettings], int],
    capacity: Capacity,
    code: str,
) -> tuple[float, float]:
    least = most = 0.0
    for one in services:
        low, high = compute_share(count(one), capacity, code)
        least += low * one.size.cpu / UNITS_PER_VCPU
        most += high * one.size.cpu / UNITS_PER_VCPU
    return least, most


def compute_share(tasks: int, capacity: Capacity, code: str) -> tuple[int, int]:
    """Return the fewest and the most of ``tasks`` that ECS puts on a provider.

    The base is filled first, the rest is split by weight; how ECS rounds is documented nowhere.
    """
    bases = {ON_DEMAND: capacity.on_demand_base, SPOT: capacity.spot_base}
    weights = {ON_DEMAND: capacity.on_demand_weight, SPOT: capacity.spot_weight}
    based = min(bases[code], tasks)
    left = tasks - min(sum(bases.values()), tasks)
    part = Fraction(left * weights[code], sum(weights.values()))
    return based + floor(part), based + ceil(part)


def _find_shortage(
    what: str, found: Sequence[Quota], needs: Mapping[str, tuple[float, float]], *, ours: bool
) -> tuple[list[str], list[str]]:
    """Return where a quota is surely short of a need, and where it may be.

    Sure is what exceeds the whole quota however ECS rounds. What is used now may be gone by then;
    when our own tasks are among it (``ours``), it says nothing about the rest.
    """
    sure, unsure = [], []
    for one in found:
        least, most = needs[one.code]
        left = one.limit - (0 if ours else one.used or 0)
        needed = f"{least:g}" if least == most else f"{least:g} to {most:g}"
        text = f"{what} {needed} vCPU {NAMES[one.code]}, "
        if least > one.limit:
            sure.append(f"{text}the quota is {one.limit:g}")
        elif most > left:
            used_ = "" if ours or not one.used else f", of which {one.used:g} are used"
            unsure.append(f"{text}the quota is {one.limit:g}{used_}")
    return sure, unsure
