"""E9104: which provider gets the first tasks."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Resource, items, mapping
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.tables.cluster import ON_DEMAND_WEIGHT, SPOT_WEIGHT
from bidops_cfn.settings.services import MAX_TASKS, MIN_TASKS
from bidops_cfn.spec.parts import Part

SAVING_PERCENT = 30  # SC-008
ON_DEMAND_FLOOR = 2  # production's tasks for high availability


class Base(HouseRule):
    """Seventy to thirty alone saves 21 %; a base on Spot makes it thirty outside production.

    How ECS rounds weights for few tasks is not documented, so that the saving is computed for the
    worst rounding of 2 to 10 tasks, with the Spot discount that settings assume. In production the
    first two tasks of a service stay on-demand. Only one provider has a base.
    """

    id = "E9104"
    shortdesc = "Bases save 30 % outside production and keep production's floor on-demand"
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html"
    requirements = ("SC-008", "FR-004", "FR-005")
    fix = "Set the bases in [capacity] of params/<environment>.toml and render again"
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare each service's bases with the settings, and compute what they save."""
        for service in case.services:
            for resource in case.parts.all(service.name, Part.SERVICE):
                yield from self._bases(case, resource)

    def _bases(self, case: ReadingUnderReview, resource: Resource) -> Iterator[Mismatch]:
        capacity = case.settings.capacity
        wanted = {"FARGATE": capacity.on_demand_base, "FARGATE_SPOT": capacity.spot_base}
        found: dict[str, int] = {}
        for index, raw in enumerate(items(resource.get("CapacityProviderStrategy"))):
            provider = symbols.show(mapping(raw).get("CapacityProvider"))
            written = symbols.text(mapping(raw).get("Base", 0)) or ""
            found[provider] = int(written) if symbols.is_number(written) else -1
            if provider in wanted and found[provider] != wanted[provider]:
                path = resource.at("CapacityProviderStrategy", index, "Base")
                yield Mismatch(path, f"is {written}, settings say {wanted[provider]}")
        path = resource.at("CapacityProviderStrategy")
        if sum(base != 0 for base in found.values()) > 1:
            yield Mismatch(path, "has a base on more than one provider")
        if case.environment == "prod":
            if found.get("FARGATE", 0) < ON_DEMAND_FLOOR:
                yield Mismatch(path, f"keeps fewer than {ON_DEMAND_FLOOR} tasks on-demand")
        else:
            saving = worst_saving(found.get("FARGATE_SPOT", 0), capacity.spot_discount_percent)
            if saving < SAVING_PERCENT:
                text = f"saves {saving:.1f} % at worst, must save {SAVING_PERCENT} %"
                yield Mismatch(path, text)


def worst_saving(spot_base: int, discount_percent: float) -> float:
    """Return the smallest saving in percent over 2 to 10 tasks, whatever way ECS rounds."""

    def saving(tasks: int) -> float:
        based = min(tasks, max(spot_base, 0))
        shared = (tasks - based) * SPOT_WEIGHT // (ON_DEMAND_WEIGHT + SPOT_WEIGHT)
        return discount_percent * (based + shared) / tasks

    return min(saving(tasks) for tasks in range(MIN_TASKS, MAX_TASKS + 1))
