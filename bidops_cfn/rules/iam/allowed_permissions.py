"""E9301: each role may do what was reviewed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.roster import Part
from bidops_cfn.model import Service
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules.iam._allow_list import KINDS, allow_list, allowed, granted, shown

MOST_SHOWN = 12


class AllowedPermissions(HouseRule):
    """The world of permissions is closed, in both directions."""

    id = "E9301"
    shortdesc = "Roles have exactly the permissions of the reviewed allow-list"
    description = (
        "Actions are expanded by the catalogue of all AWS actions and compared, with resource and "
        "condition, against allowed_permissions.toml. A missing permission breaks the service, "
        "one too many is a hole."
    )
    source_url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"
    requirements = ("FR-009", "FR-016", "FR-017", "FR-018", "US2-2", "US2-5", "US5-3", "US5-4")
    fix = "Grant what allowed_permissions.toml lists, or have the security team change the list"
    judges = properties("AWS::IAM::Role", "Policies")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare each role, in the place that it is used in."""
        for service in world.services:
            if service.name not in allow_list():
                path = ("Resources",)
                yield Mismatch(path, f"run {service.name}, for which nothing was reviewed")
                continue
            for part in KINDS:
                for resource in world.roster.all(service.name, part):
                    role = world.reading.roles[resource.logical_id]
                    yield from _compared(world, role, service, part)


def _compared(world: World, role: Role, service: Service, part: Part) -> Iterator[Mismatch]:
    wanted = allowed(world, service, part)
    found = granted(world, role)
    place = f"the {part} of {service.name}"
    for one in sorted(found.keys() - wanted)[:MOST_SHOWN]:
        yield Mismatch(found[one], f"allows {shown(one)}, which is not allowed to {place}")
    for one in sorted(wanted - found.keys()):
        yield Mismatch(role.resource.path, f"lacks {shown(one)}, which {place} needs")
    for statement in role.statements:
        if not statement.allows or not statement.readable:
            what = "denies something" if not statement.allows else "cannot be read"
            yield Mismatch(statement.path, f"{what}, which nobody asked for")
