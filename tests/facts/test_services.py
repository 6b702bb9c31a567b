from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.facts.exposures import exposures
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.tasks import ExposureKind
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
def test_one_wrong_trait_hides_no_service(committed: Committed, key: str, value: Any) -> None:
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


def test_a_part_that_no_resource_plays_is_empty(committed: Committed) -> None:
    template = committed("dev")
    del template["Resources"]["BffCpuAlarm"]
    parts = played_parts(read(template).readings[0])
    assert parts.one("bff", Part.CPU_ALARM) is None
    assert parts.id("bff", Part.CPU_ALARM) == ""
    assert parts.all("unknown", Part.SERVICE) == ()


TEMPLATE = Path(__file__).parents[2] / "templates" / "prod" / "compute.json"

Change = Callable[[dict[str, Any], dict[str, Any]], object]


@pytest.fixture
def template() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    return found


def shown(template: dict[str, Any], kind: ExposureKind) -> set[tuple[str, str]]:
    return {
        (one.subject, one.shown)
        for reading in read(template).readings
        for one in exposures(reading)
        if one.kind is kind
    }


@pytest.mark.requirement("FR-030")
def test_a_committed_template_has_no_address_and_no_range(template: dict[str, Any]) -> None:
    assert shown(template, ExposureKind.RANGE) == set()
    assert shown(template, ExposureKind.IMPLICIT_EGRESS) == set()


def test_a_group_without_egress_of_its_own_lets_out_everything(template: dict[str, Any]) -> None:
    del template["Resources"]["BffSecurityGroup"]["Properties"]["SecurityGroupEgress"]
    assert len(shown(template, ExposureKind.IMPLICIT_EGRESS)) == 2


def test_a_hardened_service_in_its_place_has_no_missing_hardening(template: dict[str, Any]) -> None:
    assert shown(template, ExposureKind.HARDENING) == set()
    assert shown(template, ExposureKind.ADDRESS) == set()
    assert ("bff", "task role BffTaskRole") in shown(template, ExposureKind.ROLE)
    assert ("agentcore", "${AgentCoreSecurityGroup.GroupId}") in shown(template, ExposureKind.GROUP)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda c, _: c.update(Privileged="true"), "is privileged"),
        (lambda c, _: c.update(Privileged={"Ref": "X"}), "is privileged"),
        (lambda c, _: c.pop("ReadonlyRootFilesystem"), "may write to its root file system"),
        (lambda c, _: c.pop("User"), "may run as root"),
        (lambda c, _: c.update(User="node"), "may run as root"),
        (lambda c, _: c.update(User="0:1000"), "may run as root"),
        (lambda c, _: c["LinuxParameters"].pop("Capabilities"), "keeps kernel capabilities"),
        (
            lambda c, _: c["LinuxParameters"]["Capabilities"].update(Add=["SYS_PTRACE"]),
            "keeps kernel capabilities",
        ),
        (
            lambda _, s: s.update(EnableExecuteCommand=True),
            "admits commands from outside (ECS Exec)",
        ),
        (
            lambda _, s: s.update(EnableExecuteCommand={"Ref": "X"}),
            "admits commands from outside (ECS Exec)",
        ),
    ],
)
def test_each_missing_hardening_is_a_fact_and_what_is_unknown_counts_as_missing(
    template: dict[str, Any], change: Change, fault: str
) -> None:
    resources = template["Resources"]
    container = resources["BffTaskDefinition"]["Properties"]["ContainerDefinitions"][0]
    change(container, resources["BffService"]["Properties"])
    assert shown(template, ExposureKind.HARDENING) == {("bff", fault)}


def test_a_volume_and_a_second_container_are_told(template: dict[str, Any]) -> None:
    task = template["Resources"]["BffTaskDefinition"]["Properties"]
    task["Volumes"] = [{"Name": "shared"}]
    task["ContainerDefinitions"].append({"Name": "side", "Image": "x"})
    found = {text for _, text in shown(template, ExposureKind.HARDENING)}
    assert {"volume shared", "side: may run as root", "side: keeps kernel capabilities"} <= found
    assert ("bff", "side: x") in shown(template, ExposureKind.IMAGE)


def test_a_route_says_conditions_in_one_order_however_they_are_written(
    template: dict[str, Any],
) -> None:
    rule = template["Resources"]["BffListenerRule"]["Properties"]
    rule["Conditions"] = [
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/b", "/a"]}},
        {"Field": "host-header", "Values": ["x.example"]},
    ]
    ((_, text),) = shown(template, ExposureKind.ROUTE)
    assert text.startswith("host x.example and path-pattern /a, /b at ")


OWN = {"Type": "forward", "TargetGroupArn": {"Ref": "BffTargetGroup"}}
ELSEWHERE = {"Type": "forward", "TargetGroupArn": "arn:another"}


def weighted(*groups: object) -> dict[str, Any]:
    several = [{"TargetGroupArn": one, "Weight": 1} for one in groups]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": several}}


@pytest.mark.parametrize(
    ("actions", "foreign"),
    [
        ([OWN], ""),
        ([weighted({"Ref": "BffTargetGroup"})], ""),
        ([ELSEWHERE], ": forward"),
        ([OWN, ELSEWHERE], ": forward, forward"),
        ([weighted({"Ref": "BffTargetGroup"}, "arn:another")], ": forward"),
        ([{**OWN, **weighted("arn:another")}], ": forward"),
        ([{**ELSEWHERE, **weighted({"Ref": "BffTargetGroup"})}], ": forward"),
        ([{"Type": "authenticate-oidc"}, OWN], ": authenticate-oidc, forward"),
        ([{**OWN, "Type": "redirect"}], ": redirect"),
        ([{"Type": "fixed-response"}], ": fixed-response"),
        ([], ": nothing"),
    ],
)
@pytest.mark.parametrize("balanced", ["itself", "by another group too"])
def test_a_rule_that_does_anything_else_than_forward_to_a_service_is_no_route_of_it(
    template: dict[str, Any], actions: Any, foreign: str, balanced: str
) -> None:
    resources = template["Resources"]
    resources["BffListenerRule"]["Properties"]["Actions"] = actions
    if balanced != "itself":
        elsewhere = {"ContainerName": "bff", "ContainerPort": 3000, "TargetGroupArn": "arn:another"}
        resources["BffService"]["Properties"]["LoadBalancers"].append(elsewhere)
    ((subject, text),) = shown(template, ExposureKind.ROUTE)
    assert subject == ("template" if foreign else "bff")
    assert text.endswith(f"HttpsListenerArn}}{foreign}")


def test_a_task_definition_from_outside_is_told(template: dict[str, Any]) -> None:
    template["Resources"]["BffService"]["Properties"]["TaskDefinition"] = "arn:aws:ecs:x"
    found = {text for _, text in shown(template, ExposureKind.IMAGE)}
    assert "a task definition from outside, arn:aws:ecs:x" in found


@pytest.mark.parametrize(
    ("configuration", "admits", "record"),
    [
        (None, False, set()),
        (None, True, {("Cluster", "at most in the container's own log group")}),
        ({"Logging": "NONE"}, False, {("Cluster", "nowhere")}),
    ],
)
def test_a_review_is_told_where_sessions_are_recorded_where_there_may_be_any(
    template: dict[str, Any], configuration: object, admits: bool, record: set[tuple[str, str]]
) -> None:
    resources = template["Resources"]
    resources["BffService"]["Properties"]["EnableExecuteCommand"] = admits
    if configuration is not None:
        own = {"ExecuteCommandConfiguration": configuration}
        resources["Cluster"]["Properties"]["Configuration"] = own
    assert shown(template, ExposureKind.RECORD) == record


def test_every_exposure_is_told_with_what_it_is_and_where_it_stands(committed: Committed) -> None:
    template = committed("dev")
    resources = template["Resources"]
    task = resources["BffTaskDefinition"]["Properties"]
    (container,) = task["ContainerDefinitions"]
    container["EnvironmentFiles"] = [{"Type": "s3", "Value": "arn:aws:s3:::files/bff.env"}]
    container |= {"LogConfiguration": {}, "User": "0", "Command": ["{{resolve:ssm:/command}}"]}
    network = resources["BffService"]["Properties"]["NetworkConfiguration"]
    network["AwsvpcConfiguration"]["AssignPublicIp"] = "ENABLED"
    template["Parameters"]["BffImage"]["Default"] = ":1.0.0"
    targets = [{"Arn": "arn:aws:sns:us-east-1:111111111111:told", "Id": "told"}]
    resources["Told"] = {"Type": "AWS::Events::Rule", "Properties": {"Targets": targets}}
    (reading,) = read(template).readings[:1]
    told = [
        f"{one.subject}: {one.kind.value}: {one.shown} @ {'/'.join(map(str, one.path))}"
        for one in exposures(reading)
    ]
    golden = Path(__file__).with_name("exposures.txt")
    assert told == golden.read_text("utf-8").splitlines()
