"""What a setting may add is judged to the last value, where it is set and where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bidops_cfn.compute import template
from bidops_cfn.rules import house_rules
from bidops_cfn.rules._under_review import under_review
from bidops_cfn.settings.environment import Environment
from tests.mutants.iam import STATEMENTS, allow, statement, without
from tests.mutants.mutant import REPOSITORY, Change, Mutant, add, attr, drop, put, ref, removed
from tests.rules.rendered import Template, findings
from tests.settings_files import with_table

KEY = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000000"
OTHER_KEY = "arn:aws:kms:us-east-1:999999999999:key/00000000-0000-0000-0000-000000000000"
AGENT = "arn:aws:ecr:us-east-1:593207742271:repository/aws-guardduty-agent-fargate"
METRIC = (
    "TargetTrackingScalingPolicyConfiguration/PredefinedMetricSpecification/PredefinedMetricType"
)
STORAGE = "Configuration/ManagedStorageConfiguration/FargateEphemeralStorageKmsKeyId"
TOPIC = "arn:aws:sns:us-east-1:111111111111:ops"
EXEC = "Configuration/ExecuteCommandConfiguration"
THROUGH = "InvokeModelsThroughProfiles"


def arm(environment: Environment) -> Environment:
    agent = replace(environment.services["agentcore"], architecture="ARM64")
    return replace(environment, services={**environment.services, "agentcore": agent})


def profiles_only(environment: Environment) -> Environment:
    agent = environment.services["agentcore"]
    forced = replace(agent, bedrock=replace(agent.bedrock, profiles_only=True))
    return replace(environment, services={**environment.services, "agentcore": forced})


SETTINGS: dict[str, Callable[[Environment], Environment]] = {
    "a rule of the balancer": lambda one: with_table(one, "network", load_balancer_rules=True),
    "a key for the knowledge base": lambda one: with_table(
        one, "security", knowledge_base_key_output="BucketKey"
    ),
    "a key for configuration": lambda one: with_table(
        one, "security", configuration_key_output="ConfigKey"
    ),
    "one key for everything": lambda one: with_table(
        one,
        "security",
        secrets_key_output="Key",
        configuration_key_output="Key",
        knowledge_base_key_output="Key",
    ),
    "GuardDuty": lambda one: with_table(one, "security", guardduty_repository_arn=AGENT),
    "a key for storage": lambda one: with_table(one, "security", storage_key_arn=KEY),
    "ARM": arm,
    "profiles only": profiles_only,
    "ECS Exec": lambda one: with_table(one, "security", exec_log_group="/audit/ecs-exec"),
    "events": lambda one: with_table(one, "alarms", events_topic_arn=TOPIC),
    "fast metrics": lambda one: with_table(one, "scaling", high_resolution_metrics=True),
}
# by setting: logical id, what is changed, the rule that finds it there
FAULTS: dict[str, dict[str, tuple[str, Change, str]]] = {
    "a rule of the balancer": {
        "balancer's rule missing": ("LoadBalancerToBffEgress", removed, "E9405"),
        "balancer's rule on all ports": ("LoadBalancerToBffEgress", put("FromPort", 1), "E9405"),
        "balancer's rule to the agent": (
            "LoadBalancerToBffEgress",
            put("DestinationSecurityGroupId", attr("AgentCoreSecurityGroup", "GroupId")),
            "E9405",
        ),
    },
    "a key for the knowledge base": {
        "bucket's key missing": ("AgentCoreTaskRole", without("UseKnowledgeBaseKey"), "E9301"),
        "bucket's key outside of S3": (
            "AgentCoreTaskRole",
            statement("UseKnowledgeBaseKey", "Condition", {}),
            "E9301",
        ),
        "bucket's key through any service": (
            "AgentCoreTaskRole",
            statement("UseKnowledgeBaseKey", "Condition", {"StringLike": {"kms:ViaService": "*"}}),
            "E9301",
        ),
        "every key through S3": (
            "AgentCoreTaskRole",
            statement("UseKnowledgeBaseKey", "Resource", ["*"]),
            "E9301",
        ),
        "bucket's key to encrypt with": (
            "AgentCoreTaskRole",
            statement("UseKnowledgeBaseKey", "Action", lambda old: [*old, "kms:ReEncryptTo"]),
            "E9301",
        ),
        "bucket's key not to write with": (
            "AgentCoreTaskRole",
            statement("UseKnowledgeBaseKey", "Action", ["kms:Decrypt"]),
            "E9301",
        ),
    },
    "a key for configuration": {
        "configuration's key missing": ("BffTaskRole", without("DecryptConfiguration"), "E9301"),
        "configuration's key through S3": (
            "BffTaskRole",
            statement(
                "DecryptConfiguration",
                "Condition",
                {
                    "StringEquals": {
                        "kms:ViaService": {"Fn::Sub": "s3.${AWS::Region}.amazonaws.com"}
                    }
                },
            ),
            "E9301",
        ),
    },
    "GuardDuty": {
        "GuardDuty's sidecar missing": ("BffExecutionRole", without("PullSecurityAgent"), "E9301"),
        "GuardDuty's sidecar from everywhere": (
            "AgentCoreExecutionRole",
            statement("PullSecurityAgent", "Resource", ["arn:aws:ecr:*:593207742271:repository/*"]),
            "E9301",
        ),
    },
    "a key for storage": {
        "storage without the key": ("Cluster", drop("Configuration"), "E9106"),
        "storage with another key": ("Cluster", put(STORAGE, OTHER_KEY), "E9106"),
        "shell with the storage": (
            "Cluster",
            put("Configuration/ExecuteCommandConfiguration", {"Logging": "NONE"}),
            "E9106",
        ),
    },
    "ECS Exec": {
        "a shell without a record": ("Cluster", drop("Configuration"), "E9106"),
        "a shell whose record is left to each session": (
            "Cluster",
            put(f"{EXEC}/Logging", "DEFAULT"),
            "E9106",
        ),
        "a shell recorded elsewhere": (
            "Cluster",
            put(f"{EXEC}/LogConfiguration/CloudWatchLogGroupName", "/elsewhere"),
            "E9106",
        ),
        "a shell that settings ask for and the service refuses": (
            "BffService",
            put("EnableExecuteCommand", False),
            "E9605",
        ),
        "a record in every group": (
            "AgentCoreTaskRole",
            statement("RecordExecSessions", "Resource", ["*"]),
            "E9301",
        ),
        "a task that begins sessions": (
            "BffTaskRole",
            statement("OpenExecChannels", "Action", lambda old: [*old, "ecs:ExecuteCommand"]),
            "E9301",
        ),
        "a record that cannot be written": ("BffTaskRole", without("RecordExecSessions"), "E9301"),
        "no folder for the shell's agent": (
            "BffTaskDefinition",
            drop("ContainerDefinitions/0/LinuxParameters/Tmpfs/3"),
            "E9211",
        ),
    },
    "events": {
        "failed deployments untold": ("FailedDeploymentRule", removed, "E9806"),
        "Spot interruptions untold": ("SpotInterruptionRule", put("State", "DISABLED"), "E9806"),
        "events of every cluster": (
            "SpotInterruptionRule",
            drop("EventPattern/detail/clusterArn"),
            "E9806",
        ),
        "deployments of one service": (
            "FailedDeploymentRule",
            put("EventPattern/resources", [ref("BffService")]),
            "E9806",
        ),
        "deployments that went well": (
            "FailedDeploymentRule",
            put("EventPattern/detail/eventName", ["SERVICE_DEPLOYMENT_COMPLETED"]),
            "E9806",
        ),
        "events told elsewhere": (
            "SpotInterruptionRule",
            put("Targets/0/Arn", TOPIC.replace("ops", "others")),
            "E9806",
        ),
        "events told with a role": (
            "SpotInterruptionRule",
            put("RoleArn", "arn:aws:iam::111111111111:role/x"),
            "E9006",
        ),
        "every event": (
            "SpotInterruptionRule",
            put("EventPattern", {"source": [{"prefix": ""}]}),
            "E9806",
        ),
    },
    "ARM": {
        "ARM not in the task": (
            "AgentCoreTaskDefinition",
            put("RuntimePlatform/CpuArchitecture", "X86_64"),
            "E9219",
        ),
        "ARM in the other task": (
            "BffTaskDefinition",
            put("RuntimePlatform/CpuArchitecture", "ARM64"),
            "E9219",
        ),
    },
    "profiles only": {
        "models without the condition": (
            "AgentCoreTaskRole",
            statement(THROUGH, "Condition", {}),
            "E9301",
        ),
        "models through any profile": (
            "AgentCoreTaskRole",
            statement(THROUGH, "Condition", {"StringLike": {"bedrock:InferenceProfileArn": "*"}}),
            "E9301",
        ),
        "models directly beside it": (
            "AgentCoreTaskRole",
            add(
                STATEMENTS,
                allow("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/anthropic.x"),
            ),
            "E9301",
        ),
        "profiles missing": ("AgentCoreTaskRole", without("InvokeProfiles"), "E9301"),
    },
    "fast metrics": {
        "fast metrics not published": ("BffService", drop("Monitoring"), "E9703"),
        "fast metrics of CPU alone": (
            "BffService",
            put("Monitoring/MetricConfigurations/0/MetricNames", ["CPUUtilization"]),
            "E9703",
        ),
        "fast metrics not followed": (
            "BffCpuScaling",
            put(METRIC, "ECSServiceAverageCPUUtilization"),
            "E9703",
        ),
        "fast metrics of the other kind": (
            "AgentCoreMemoryScaling",
            put(METRIC, "ECSServiceAverageCPUUtilizationHighResolution"),
            "E9004",
        ),
    },
}


def found(environment: Environment, built: Template) -> set[tuple[str, str]]:
    return {one[:2] for one in findings(environment, rendered=built)}


@pytest.mark.parametrize("name", SETTINGS)
def test_what_a_setting_adds_is_found_good(dev: Environment, name: str) -> None:
    environment = SETTINGS[name](dev)
    built = template.build(environment)
    assert built != template.build(dev)
    assert found(environment, built) == set()


@pytest.mark.parametrize("name", SETTINGS)
def test_what_a_setting_would_add_is_found_where_it_is_not_set(dev: Environment, name: str) -> None:
    assert found(dev, template.build(SETTINGS[name](dev)))


@pytest.mark.parametrize(
    ("setting", "logical_id", "change", "rule"),
    [
        pytest.param(setting, *fault, id=name)
        for setting, faults in FAULTS.items()
        for name, fault in faults.items()
    ],
)
def test_a_fault_in_what_a_setting_adds_is_found_where_it_is(
    dev: Environment, setting: str, logical_id: str, change: Change, rule: str
) -> None:
    environment = SETTINGS[setting](dev)
    built = Mutant("", logical_id, "", (change,)).apply(template.build(environment))
    assert (rule, logical_id) in found(environment, built)


def test_a_shell_is_found_where_no_settings_are_known(dev: Environment) -> None:
    built = template.build(dev)
    built["Metadata"]["BidopsCfn"]["Environment"] = "nowhere"
    built["Resources"]["BffService"]["Properties"]["EnableExecuteCommand"] = True
    judged = under_review(built, None, REPOSITORY)
    assert judged.settings is None
    found = {(rule.id, one.logical_id) for rule in house_rules() for one in rule.findings(judged)}
    assert ("E9605", "BffService") in found
