"""E9307: how far a role can ever go."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roles import ROLE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ABSENT, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class Boundary(HouseRule):
    """An account may demand a permissions boundary of every role."""

    id = "E9307"
    shortdesc = "Roles have the permissions boundary that settings name"
    description = (
        "Where settings name a boundary, every role has it; where they name none, no role has one, "
        "since a boundary of an unknown policy may take rights away that a service needs."
    )
    source_url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
    requirements = ("FR-018",)
    fix = "Set permissions_boundary_arn in params/<environment>.toml and render again"
    judges = properties(ROLE, "PermissionsBoundary")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the boundary of every role."""
        wanted = world.settings.permissions_boundary_arn or ABSENT
        for role in world.reading.document.of_type(ROLE):
            yield from expect(role, {"PermissionsBoundary": wanted})
