"""The parameters of a change set: the image and the desired count of each service.

Desired counts (``docs/adr`` has the reasons): a creation passes the settings' count; an update
passes 0, which leaves the running count alone, so that a deployment never scales a busy service
in; a service that the change set replaces gets the count that runs now.

Passing 0 after a creation with 2 is itself a change to CloudFormation. So when nothing else changes
(same template, same images, same tags), the previous counts are kept, and CloudFormation says
"no changes" itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bidops_cfn import logical_ids
from bidops_cfn.deploy import template
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target

LEAVE_ALONE = "0"
Parameter = Mapping[str, Any]


def parameters(
    target: Target,
    stack: Stack | None,
    deployed: str | None,
    live: Mapping[str, int] | None = None,
) -> list[Parameter]:
    """Return the parameters for a change set; ``stack`` is None at creation.

    ``deployed`` is the stack's template, ``live`` the running count of each service that the change
    set replaces, by service name. Every image is known by now: preflight saw to it.
    """
    declared = template.parameters(target.template)
    previous = stack.parameters if stack else {}
    keep = stack is not None and not live and unchanged(target, stack, deployed)
    found: list[Parameter] = []
    for service in target.services:
        image, count = logical_ids.image(service), logical_ids.desired_count(service)
        if service.name in target.images:
            found.append(given(image, target.images[service.name]))
        elif image in previous:
            found.append(kept(image))
        if live and service.name in live:
            found.append(given(count, str(live[service.name])))
        elif count not in previous:
            wanted = target.environment.services[service.name].desired_count
            found.append(given(count, str(wanted)))
        else:
            found.append(kept(count) if keep else given(count, LEAVE_ALONE))
    return [one for one in found if one["ParameterKey"] in declared]


def unchanged(target: Target, stack: Stack, deployed: str | None) -> bool:
    """Tell whether template, images and tags are those of the stack."""
    return (
        deployed is not None
        and template.same(target.rendered, deployed)
        and dict(target.environment.tags) == dict(stack.tags)
        and all(
            stack.parameters.get(logical_ids.image(service)) == target.images[service.name]
            for service in target.services
            if service.name in target.images
        )
    )


def given(name: str, value: str) -> Parameter:
    """Return a parameter with a value."""
    return {"ParameterKey": name, "ParameterValue": value}


def kept(name: str) -> Parameter:
    """Return a parameter that keeps the stack's value."""
    return {"ParameterKey": name, "UsePreviousValue": True}
