"""How far a role can ever go."""

from __future__ import annotations

from typing import ClassVar

from bidops_cfn.facts.roles import ROLE
from bidops_cfn.rules._values import Rows, Values, of_stack


class Boundary(Values):
    """An account may demand a permissions boundary of every role.

    Where settings name a boundary, every role has it; where they name none, no role has one, since
    a boundary of an unknown policy may take rights away that a service needs.
    """

    id = "E9307"
    shortdesc = "Roles have the permissions boundary that settings name"
    source_url = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
    requirements = ("FR-018",)
    fix = "Set permissions_boundary_arn in params/<environment>.toml and render again"
    rows: ClassVar[Rows] = {
        ROLE: {"PermissionsBoundary": of_stack(lambda one: one.security.permissions_boundary_arn)}
    }
