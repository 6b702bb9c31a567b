from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.facts.reading import read
from bidops_cfn.facts.template_under_review import played_parts
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.spec.parts import Part

Template = dict[str, Any]
Committed = Callable[[str], Template]


@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_services_and_task_definitions_are_told_by_what_they_are(
    committed: Committed, environment: str
) -> None:
    for reading in read(committed(environment)).readings:
        titles = {service.name: service.title for service in SERVICES}
        assert reading.meant_services == {name: f"{one}Service" for name, one in titles.items()}
        assert reading.meant_task_definitions == {
            name: f"{one}TaskDefinition" for name, one in titles.items()
        }


@pytest.mark.parametrize(
    ("key", "value"),
    [("Name", "web"), ("PortMappings", []), ("LogConfiguration", {}), ("Name", {"Ref": "X"})],
)
def test_one_wrong_trait_hides_nobody(committed: Committed, key: str, value: Any) -> None:
    template = committed("dev")
    task = template["Resources"]["AgentCoreTaskDefinition"]["Properties"]
    task["ContainerDefinitions"][0][key] = value
    reading = read(template).readings[0]
    assert reading.meant_task_definitions["agentcore"] == "AgentCoreTaskDefinition"
    assert reading.meant_services["agentcore"] == "AgentCoreService"


def test_services_that_run_each_others_tasks_are_still_themselves(committed: Committed) -> None:
    template = committed("dev")
    for one, other in (("Bff", "AgentCore"), ("AgentCore", "Bff")):
        service = template["Resources"][f"{one}Service"]["Properties"]
        service["TaskDefinition"] = {"Ref": f"{other}TaskDefinition"}
    reading = read(template).readings[0]
    assert reading.meant_services["bff"] == "BffService"


def test_every_resource_but_a_rule_has_exactly_one_part(committed: Committed) -> None:
    reading = read(committed("prod")).readings[0]
    parts = played_parts(reading)
    for logical_id, resource in reading.document.resources.items():
        expected = 0 if resource.type.startswith("AWS::EC2::SecurityGroup") else 1
        expected += resource.type == "AWS::EC2::SecurityGroup"
        assert len(parts.slots_of(logical_id)) == expected, logical_id


def test_a_part_that_nobody_plays_is_empty(committed: Committed) -> None:
    template = committed("dev")
    del template["Resources"]["BffCpuAlarm"]
    parts = played_parts(read(template).readings[0])
    assert parts.one("bff", Part.CPU_ALARM) is None
    assert parts.id("bff", Part.CPU_ALARM) == ""
    assert parts.all("nobody", Part.SERVICE) == ()
