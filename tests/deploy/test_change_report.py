"""What a change permits or opens, told from the templates themselves."""

from __future__ import annotations

from typing import Any

from bidops_cfn.deploy.execution import Purpose
from tests.deploy.scripted.world import World


def test_widening_is_told_from_the_templates_themselves(world: World) -> None:
    old = world.text

    def widen(document: dict[str, Any]) -> None:
        policy = document["Resources"]["BffTaskRole"]["Properties"]["Policies"][0]
        policy["PolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"}
        )

    world.edit(widen)
    world.standing(template=old)
    world.deploy(purpose=Purpose.SHOW)
    rows = {row.logical_id: row for row in world.output.of("change")}
    assert rows["BffTaskRole"].widened == ("BffTaskRole: s3:DeleteObject on *",)
    assert rows["BffTaskRole"].group == "iam"


def test_losing_every_egress_rule_is_told_as_the_widening_that_it_is(world: World) -> None:
    old = world.text

    def open_(document: dict[str, Any]) -> None:
        del document["Resources"]["AgentCoreSecurityGroup"]["Properties"]["SecurityGroupEgress"]

    world.edit(open_)
    world.standing(template=old)
    world.deploy(purpose=Purpose.SHOW)
    rows = {row.logical_id: row for row in world.output.of("change")}
    assert any("0.0.0.0/0" in text for text in rows["AgentCoreSecurityGroup"].widened)
    assert rows["AgentCoreSecurityGroup"].group == "security group"
