"""What changes without a review: the image and the desired count of each service.

Everything else is baked into the template, so that the security team reads values.
"""

from __future__ import annotations

from troposphere import AWSHelperFn, Equals, Not, Parameter, Ref

from bidops_cfn import logical_ids
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import MAX_TASKS, Service

# A tag, a digest or both, as they follow the repository's URI; a digest decides, and the tag beside
# it says what was chosen. An image that moves under an unchanged reference would mean "no changes",
# and nothing would roll out.
IMAGE_PATTERN = (
    r"^(:(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$"
)


def parameters(service: Service, environment: Environment) -> list[Parameter]:
    """Return the service's parameters; the image has no default."""
    return [
        Parameter(
            logical_ids.image(service),
            Type="String",
            Description=f"Image of {service.name}: :TAG, @sha256:DIGEST, or both",
            AllowedPattern=IMAGE_PATTERN,
            ConstraintDescription=":TAG but latest, @sha256: and 64 hexadecimal digits, or both",
        ),
        Parameter(
            logical_ids.desired_count(service),
            Type="Number",
            Description=f"Tasks of {service.name}; 0 leaves the running count alone",
            Default=environment.services[service.name].desired_count,
            MinValue=0,
            MaxValue=MAX_TASKS,
        ),
    ]


def conditions(service: Service) -> dict[str, AWSHelperFn]:
    """Return the condition that tells whether a desired count is given."""
    given = Not(Equals(Ref(logical_ids.desired_count(service)), "0"))
    return {logical_ids.desired_count_given(service): given}
