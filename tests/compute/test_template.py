from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from awacs.aws import PolicyDocument, Statement
from hypothesis import given, settings
from hypothesis import strategies as st
from troposphere import ecs, iam

from bidops_cfn.compute import template
from bidops_cfn.settings import load
from bidops_cfn.settings.aws import FARGATE_MEMORY
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Environment, Listener, ServiceSettings
from bidops_cfn.settings.references import Export
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES, Service
from bidops_cfn.settings.tables import Alarms, Capacity, Logs

REPOSITORY = Path(__file__).parents[2]
DEV = load.load(REPOSITORY / "params", "dev")
PSEUDO = {"AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"}
WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,12}", fullmatch=True)
VARIABLES = st.from_regex(r"X_[A-Z0-9_]{1,12}", fullmatch=True)


def committed(name: str) -> bytes:
    return (REPOSITORY / "templates" / name / "compute.json").read_bytes()


def referred(node: object) -> Iterator[str]:
    """Every logical id, parameter or pseudo parameter that a template refers to."""
    if isinstance(node, dict):
        if "Ref" in node:
            yield node["Ref"]
        if "Fn::GetAtt" in node:
            yield node["Fn::GetAtt"][0]
        if isinstance(node.get("DependsOn"), list):
            yield from node["DependsOn"]
        for inner in node.values():
            yield from referred(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from referred(inner)


def assert_whole(document: dict[str, Any]) -> None:
    """Check what must hold for every template: everything that is referred to is there."""
    declared = {*document["Resources"], *document["Parameters"], *PSEUDO}
    assert set(referred(document)) <= declared
    assert json.loads(template.canonical(document)) == document
    assert not {"CidrIp", "CidrIpv6"} & set(json.dumps(document).split('"'))


def with_settings(environment: Environment, services: Sequence[Service]) -> Environment:
    """Give every service the settings of the one that it was made of, and a priority."""
    settings: dict[str, ServiceSettings] = {}
    for index, service in enumerate(services):
        found = environment.services["bff" if service.public else "agentcore"]
        listener = Listener(priority=index + 1, hosts=("a.example",)) if service.public else None
        settings[service.name] = replace(found, listener=listener)
    return replace(environment, services=settings)


@pytest.mark.parametrize("name", ["dev", "test", "prod"])
def test_committed_templates_are_what_the_settings_render(
    environments: dict[str, Environment], name: str
) -> None:
    assert committed(name) == template.render(environments[name]).encode()


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONHASHSEED": "0", "TZ": "Asia/Kathmandu", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
        {"PYTHONHASHSEED": "4242", "AWS_REGION": "eu-west-1", "ENVIRONMENT": "prod"},
    ],
)
def test_another_process_elsewhere_renders_the_same_bytes(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "bidops_cfn", "--project", REPOSITORY, "render", "--env", "test"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **settings},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert result.stdout == committed("test")
    assert result.stderr == b""


def test_two_services_fit_into_a_request_as_committed_with_room_to_spare(
    environment: Environment,
) -> None:
    assert len(template.render(environment).encode()) < 24_000 * len(SERVICES)


def test_environments_differ_in_values_and_in_no_resource(
    environments: dict[str, Environment],
) -> None:
    kinds = [
        {name: found["Type"] for name, found in template.build(environment)["Resources"].items()}
        for environment in environments.values()
    ]
    assert kinds[0] == kinds[1] == kinds[2]


@st.composite
def service_settings(draw: st.DrawFn, name: str) -> ServiceSettings:
    """Settings of a service, as far as they reach the template."""
    cpu = draw(st.sampled_from(list(FARGATE_MEMORY)))
    path = st.from_regex(r"/[a-z0-9._-]{1,12}", fullmatch=True)
    listener = Listener(
        priority=draw(st.integers(1, 50_000)),
        hosts=tuple(draw(st.lists(WORDS, min_size=1, max_size=3, unique=True))),
        paths=tuple(draw(st.lists(path, max_size=2, unique=True))),
    )
    return replace(
        DEV.services[name],
        cpu=cpu,
        memory=draw(st.sampled_from(FARGATE_MEMORY[cpu])),
        desired_count=draw(st.integers(2, 10)),
        health_command=("CMD", *draw(st.lists(st.text(), min_size=1, max_size=3))),
        health_grace_seconds=draw(st.integers(0, 300)),
        stop_timeout_seconds=draw(st.integers(2, 119)),
        configuration_path=draw(path),
        tmpfs=dict.fromkeys(draw(st.lists(path, max_size=3, unique=True)), 64),
        environment=draw(st.dictionaries(VARIABLES, st.text(), max_size=3)),
        secrets=draw(st.dictionaries(VARIABLES, WORDS, max_size=3)),
        secrets_manager=draw(st.dictionaries(VARIABLES, WORDS, max_size=2)),
        listener=listener if name == "bff" else None,
    )


@st.composite
def random_environments(draw: st.DrawFn) -> Environment:
    """Environments, as far as they reach the template."""
    arn = st.sampled_from([None, "arn:aws:kms:us-east-1:111111111111:key/0", "arn:aws:sns:::a"])
    return replace(
        DEV,
        name=draw(st.from_regex(r"[a-z][a-z0-9-]{0,15}", fullmatch=True)),
        container_insights=draw(st.sampled_from(["enabled", "enhanced"])),
        capacity=Capacity(
            on_demand_weight=draw(st.integers(1, 1000)), spot_weight=draw(st.integers(1, 1000))
        ),
        network=replace(
            DEV.network,
            endpoint_rules=draw(st.booleans()),
            database_rules=draw(st.booleans()),
            load_balancer_rules=draw(st.booleans()),
        ),
        alarms=Alarms(topic_arn=draw(arn), server_errors_per_minute=draw(st.integers(1, 100_000))),
        logs=Logs(retain=draw(st.booleans()), key_arn=draw(arn)),
        security=replace(
            DEV.security,
            permissions_boundary_arn=draw(arn),
            secrets_key_output=draw(st.none() | WORDS),
        ),
        services={name: draw(service_settings(name)) for name in DEV.services},
        imports=draw(
            st.sampled_from(
                [
                    ImportNames(),
                    ImportNames("{output}"),
                    ImportNames(
                        exceptions={"network.PrivateAppSubnetIds": (Export("a"), Export("b"))}
                    ),
                ]
            )
        ),
    )


@settings(max_examples=25)  # each draws every setting
@given(random_environments())
def test_every_environment_renders_and_reads_back(environment: Environment) -> None:
    document = template.build(environment)
    assert_whole(document)
    # as the libraries write it
    assert template.render(environment) == json.dumps(document, indent=1, sort_keys=True) + "\n"
    for service in SERVICES:
        properties = document["Resources"][f"{service.title}TaskDefinition"]["Properties"]
        wanted = environment.services[service.name]
        (container,) = properties["ContainerDefinitions"]
        assert properties["Memory"] == str(wanted.size.memory)
        values = {variable["Name"]: variable["Value"] for variable in container["Environment"]}
        assert wanted.environment.items() <= values.items()


@pytest.mark.parametrize("count", [2, 3, 5, 10, 20])
def test_two_to_twenty_services_render(count: int) -> None:
    services = [
        replace(
            BFF if index % 4 == 0 else AGENTCORE,
            name=f"service-{index}",
            title=f"Service{index}",
            callers=(f"service-{index - 1}",) if index % 4 else (),
        )
        for index in range(count)
    ]
    document = template.build(with_settings(DEV, services), services)
    assert_whole(document)
    assert [n for n in document["Resources"] if n.endswith("TaskDefinition")] == [
        f"Service{index}TaskDefinition" for index in range(count)
    ]


def test_a_new_service_is_one_value() -> None:
    audit = replace(
        AGENTCORE,
        name="audit",
        title="Audit",
        port=9090,
        callers=("bff",),
        capabilities=frozenset(),
    )
    services = (*SERVICES, audit)
    resources = template.build(with_settings(DEV, services), services)["Resources"]
    assert resources["BffToAuditEgress"]["Properties"]["FromPort"] == 9090
    assert {"BffToAuditEgress", "BffToAgentCoreEgress"} <= set(resources["BffService"]["DependsOn"])
    (container,) = resources["BffTaskDefinition"]["Properties"]["ContainerDefinitions"]
    url = {"Name": "AUDIT_URL", "Value": "http://audit.dev.bidopsai.internal:9090"}
    assert url in container["Environment"]


def test_a_service_without_capabilities_has_a_task_role_without_policy() -> None:
    silent = replace(AGENTCORE, name="silent", title="Silent", capabilities=frozenset())
    services = (*SERVICES, silent)
    role = template.build(with_settings(DEV, services), services)["Resources"]["SilentTaskRole"]
    assert "Policies" not in role["Properties"]  # an empty statement list is refused by IAM


def test_a_new_environment_is_one_file(project: Path) -> None:
    text = (project / "params" / "dev.toml").read_text()
    (project / "params" / "staging.toml").write_text(text.replace("dev.", "staging."))
    document = template.build(load.load(project / "params", "staging"))
    assert_whole(document)
    assert document["Metadata"]["BidopsCfn"]["Environment"] == "staging"
    assert (
        document["Outputs"]["ClusterArn"]["Export"]["Name"] == "bidopsai-staging-compute-ClusterArn"
    )


@pytest.mark.parametrize(
    "value",
    [
        ecs.TaskDefinition("Task", ContainerDefinitions=[ecs.ContainerDefinition(Name="a")]),
        iam.Policy(PolicyName="a"),
        PolicyDocument(Statement=[Statement(Action=[])]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_object_without_a_required_property_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="required in type"):
        template.text([value])


def test_what_is_neither_plain_nor_an_object_of_the_libraries_is_refused() -> None:
    with pytest.raises(AttributeError):
        template.text({"a": {1, 2}})
