"""Whatever settings allow, the template that they render is found good, and what is not is found.

What a setting adds is judged to the last value, where it is set and where it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bidops_cfn.compute import template
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Bedrock, Environment, Listener, ServiceSettings
from bidops_cfn.settings.references import Constant, Export, Reference, StackOutput
from bidops_cfn.settings.tables import Capacity
from tests.mutants.corpus import found_in
from tests.rules.rendered import findings, under_settings
from tests.settings_files import with_table

Change = Callable[[Environment], Environment]


def services(**changes: Any) -> Change:
    def change(environment: Environment) -> Environment:
        changed = {
            name: replace(settings, **changes) for name, settings in environment.services.items()
        }
        return replace(environment, services=changed)

    return change


def service(name: str, **changes: Any) -> Change:
    def change(environment: Environment) -> Environment:
        settings: ServiceSettings = replace(environment.services[name], **changes)
        return replace(environment, services={**environment.services, name: settings})

    return change


def settings(**changes: Any) -> Change:
    return lambda environment: replace(environment, **changes)


def table(name: str, **changes: Any) -> Change:
    return lambda environment: with_table(environment, name, **changes)


def bedrock(**changes: Any) -> Change:
    def change(environment: Environment) -> Environment:
        asked = replace(environment.services["agentcore"].bedrock, **changes)
        return service("agentcore", bedrock=asked)(environment)

    return change


KEY = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
AGENT = "arn:aws:ecr:us-east-1:593207742271:repository/aws-guardduty-agent-fargate"
TOPIC = "arn:aws:sns:us-east-1:111111111111:ops"
# What adds something to the template that is found where the setting is not set.
ADDITIONS: dict[str, Change] = {
    "a rule of the balancer": table("network", load_balancer_rules=True),
    "a key for the knowledge base": table("security", knowledge_base_key_output="BucketKey"),
    "a key for configuration": table("security", configuration_key_output="ConfigKey"),
    "GuardDuty": table("security", guardduty_repository_arn=AGENT),
    "a key for storage": table("security", storage_key_arn=KEY),
    "ARM": service("agentcore", architecture="ARM64"),
    "profiles only": bedrock(profiles_only=True),
    "ECS Exec": table("security", exec_log_group="/audit/ecs-exec"),
    "events": table("alarms", events_topic_arn=TOPIC),
    "fast metrics": table("scaling", high_resolution_metrics=True),
    "one key for everything": table(
        "security",
        secrets_key_output="Key",
        configuration_key_output="Key",
        knowledge_base_key_output="Key",
    ),
}
PAIRS: dict[str, tuple[Reference, ...]] = {
    "network.PrivateAppSubnetIds": (Export("app-a"), Export("app-b")),
    "network.PrivateAgentSubnetIds": (Export("agent-a"), Export("agent-b")),
    "network.VpcId": (Export("shared-vpc"),),
    "storage.AppEcrRepositoryUri": (Export("AppRepository"),),
    "security.BffDatabaseUrlParameterArn": (Export("DatabaseUrl"),),
}
NETWORK = "NetworkStack"
NEIGHBOURS: dict[str, tuple[Reference, ...]] = {
    "network.VpcId": (StackOutput(NETWORK, "VpcId"),),
    "network.PrivateAppSubnetIds": (StackOutput(NETWORK, "PrivateAppSubnetIds"),),
    "network.PrivateAgentSubnetIds": (Constant("subnet-0a1b2c3d"), Constant("subnet-1a1b2c3d")),
    "network.PublicAlbArn": (
        Constant(
            "arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/a/50dc6c495c0c9188"
        ),
    ),
    "network.HttpsListenerArn": (StackOutput(NETWORK, "Listener", "eu-west-1"),),
    "network.AlbSecurityGroupId": (Constant("sg-0a1b2c3d"),),
    "network.DatabaseSecurityGroupId": (
        StackOutput("DatabaseStack", "Group", role_arn="arn:aws:iam::444444444444:role/outputs"),
    ),
    "storage.AppEcrRepositoryUri": (
        Constant("111111111111.dkr.ecr.us-east-1.amazonaws.com/bidopsai/app"),
    ),
    "storage.AgentEcrRepositoryUri": (StackOutput("StorageStack", "AgentEcrRepositoryUri"),),
    "storage.KnowledgeBaseBucketName": (Constant("knowledge-base"),),
    "security.BffDatabaseUrlParameterArn": (StackOutput("SecurityStack", "DatabaseUrl"),),
    "security.BffSessionSecretParameterArn": (
        Constant("arn:aws:ssm:us-east-1:111111111111:parameter/session"),
    ),
}
LISTS: dict[str, tuple[Reference, ...]] = {
    "network.VpcEndpointSecurityGroupId": (
        *(StackOutput(NETWORK, f"Endpoint{number}Group") for number in range(6)),
        Export("ecr-endpoint-group"),
        Constant("sg-0a1b2c3d"),
    ),
    "network.DatabaseSecurityGroupId": (
        StackOutput("DatabaseStack", "Writer"),
        StackOutput("DatabaseStack", "Reader"),
    ),
}
CHANGES: dict[str, Change] = {
    **ADDITIONS,
    "another name": settings(name="staging"),
    "another region": settings(region="eu-west-1"),
    "China": settings(region="cn-north-1"),
    "another pattern of imports": settings(imports=ImportNames("{stack}:{output}")),
    "exports with names of their own": settings(imports=ImportNames(exceptions=PAIRS)),
    "neighbours of every kind": settings(imports=ImportNames(exceptions=NEIGHBOURS)),
    "neighbours in lists": settings(imports=ImportNames(exceptions=LISTS)),
    "peers' owners write their rules": table(
        "network", endpoint_rules=False, database_rules=False, load_balancer_rules=False
    ),
    "the database's owner writes": table("network", database_rules=False),
    "a patient balancer": table("network", load_balancer_idle_seconds=4000),
    "a patience of its own": service("bff", environment={"KEEP_ALIVE_TIMEOUT": "99000"}),
    "enhanced insights": settings(container_insights="enhanced"),
    "no topic": table("alarms", topic_arn=None, server_errors_per_minute=1),
    "a topic": table(
        "alarms", topic_arn="arn:aws:sns:us-east-1:111111111111:x", server_errors_per_minute=500
    ),
    "a key for logs": table(
        "logs", retain=True, key_arn="arn:aws:kms:us-east-1:111111111111:key/0-0"
    ),
    "a boundary": table("security", permissions_boundary_arn="arn:aws:iam::111111111111:policy/x"),
    "a key for secrets": table("security", secrets_key_output="KeyArn"),
    "no key for secrets": table("security", secrets_key_output=None),
    "another list": table("network", s3_prefix_list_id="pl-02cd2c6b"),
    "another namespace": table("discovery", namespace="x.example.internal"),
    "larger Spot base": settings(capacity=Capacity(spot_base=5)),
    "another user": services(user="65532"),
    "no tmpfs": services(tmpfs={}),
    "tmpfs": services(tmpfs={"/tmp": 1, "/app/tmp": 8}),
    "no variables": services(environment={}),
    "variables": services(environment={"A": "1", "B_C": "https://x.example/?a=b"}),
    "one secret": services(secrets={"DATABASE_URL": "X"}),
    "one output for two secrets": services(secrets={"A_URL": "X", "B_URL": "X"}),
    "Secrets Manager": services(secrets_manager={"PAYMENT": "PaymentArn"}),
    "Secrets Manager alone": services(secrets={}, secrets_manager={"PAYMENT": "PaymentArn"}),
    "patience": services(health_grace_seconds=300, stop_timeout_seconds=119),
    "no patience": services(health_grace_seconds=0, stop_timeout_seconds=30),
    "another path": services(configuration_path="/x"),
    "another health check": services(health_command=("CMD-SHELL", "/app/healthy || exit 1")),
    "a path and a host": service(
        "bff", listener=Listener(priority=7, hosts=("a.example", "b.example"), paths=("/x/*",))
    ),
    "a path": service("bff", listener=Listener(priority=50_000, paths=("/*", "/y"))),
    "no profiles": service("agentcore", bedrock=Bedrock(models=("m",), agent_aliases=("A/B",))),
    "many models": service(
        "agentcore",
        bedrock=Bedrock(
            models=("m", "n"), inference_profiles=("us.m",), agent_aliases=("A/B", "C/D")
        ),
    ),
}


def fitting(environment: Environment) -> Environment:
    """Keep production's floor, and the sizes that the specification names."""
    if environment.name in ("dev", "test", "prod"):
        return environment
    sizes = services(cpu=1024, memory=3072)(environment)
    return replace(sizes, capacity=Capacity(spot_base=3))


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_one_setting_changes_no_verdict(dev: Environment, change: Change) -> None:
    assert findings(fitting(change(dev))) == []


@hypothesis_settings(max_examples=12)  # of sixteen changes on the average, which make 120 pairs
@given(st.lists(st.sampled_from(sorted(CHANGES)), unique=True, min_size=10, max_size=24))
def test_many_settings_change_no_verdict(dev: Environment, names: list[str]) -> None:
    environment = dev
    for name in names:
        environment = CHANGES[name](environment)
    assert findings(fitting(environment)) == []


def test_settings_that_contradict_the_specification_are_found(
    dev: Environment, prod: Environment
) -> None:
    for environment, rule in (
        (services(cpu=256, memory=512)(dev), "E9202"),
        (
            settings(capacity=Capacity(on_demand_weight=50, spot_weight=50, spot_base=3))(dev),
            "E9103",
        ),
        (settings(capacity=Capacity())(dev), "E9104"),
        (settings(capacity=Capacity(spot_base=3))(prod), "E9104"),
        (table("logs", retain=False)(prod), "E9801"),
    ):
        assert rule in {found for found, _, _ in findings(environment)}


@pytest.mark.parametrize("name", ADDITIONS)
def test_what_a_setting_would_add_is_found_where_it_is_not_set(dev: Environment, name: str) -> None:
    added = template.build(ADDITIONS[name](dev))
    assert added != template.build(dev)
    assert findings(dev, rendered=added)


def test_a_shell_is_found_where_no_settings_are_known(dev: Environment) -> None:
    built = template.build(dev)
    built["Resources"]["BffService"]["Properties"]["EnableExecuteCommand"] = True
    judged = replace(under_settings(built, dev), settings=None)
    assert ("E9605", "BffService") in found_in(judged)
