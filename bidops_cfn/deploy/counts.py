"""How many tasks run, where a change set could set another number.

A deployment never scales a busy service in. Two ways remain in which CloudFormation would: it
replaces the service, or it rolls an update back to a stack that still says how many there were at
its creation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn import logical_ids
from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.parameters import LEAVE_ALONE
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.records import ChangeRow, Notice
from bidops_cfn.deploy.services import describe
from bidops_cfn.deploy.template import SERVICE


def live_counts(subject: Subject, rows: Sequence[ChangeRow]) -> Mapping[str, int]:
    """Return how many tasks each service that is replaced should have now, by service name."""
    replaced = {
        row.physical_id: row.logical_id
        for row in rows
        if row.resource_type == SERVICE
        and row.replacement in ("True", "Conditional")
        and row.physical_id
    }
    desired = {
        replaced[service.arn]: service.desired for service in describe(subject.wire, replaced)
    }
    return {
        service.name: desired[logical_ids.ecs_service(service)]
        for service in subject.target.services
        if logical_ids.ecs_service(service) in desired
    }


def at_risk(subject: Subject) -> Iterator[Notice]:
    """Yield a warning for each service that a rollback of this update would scale in."""
    stack = subject.stack
    if stack is None or subject.deployed is None:
        return
    said = {
        logical_ids.ecs_service(service): stack.parameters.get(logical_ids.desired_count(service))
        for service in subject.target.services
    }
    risky = {name: int(count) for name, count in said.items() if count not in (None, LEAVE_ALONE)}
    if not risky:
        return
    arns = {
        one.physical_id: one.logical_id
        for one in stacks.resources(subject.wire, stack.id)
        if one.logical_id in risky and one.type == SERVICE
    }
    for service in describe(subject.wire, arns):
        name = arns[service.arn]
        if service.desired > risky[name]:
            yield Notice(
                f"if this update is rolled back, CloudFormation sets {name} from "
                f"{service.desired} to {risky[name]} tasks",
                ("The stack holds the count of its creation until this update is over.",),
            )
