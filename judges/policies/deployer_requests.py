"""What IAM is asked when the tool calls: the recorded calls, and those that no sandbox provokes.

A call is turned into requests by its parameters. One that is not understood raises: a call that was
added is described here before a judge says anything of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bidops_cfn.deploy.calls import Call, Resource
from bidops_cfn.settings.environment import Environment
from judges.policies.recorder import Recorded
from judges.policies.request import Context, Request, is_resource, list_resources, list_types

# Signing names that are not the prefix of the service's actions.
PREFIX = {"monitoring": "cloudwatch"}
# Calls without an action of their own (API reference of ListImageReferrers).
ALLOWED_BY = {"ecr:ListImageReferrers": "ecr:BatchGetImage"}

OF_AN_IMAGE = ("DescribeImageScanFindings", "DescribeImageSigningStatus", "ListImageReferrers")


def list_requests(
    recorded: Sequence[Recorded], environment: Environment, physical: Mapping[str, str]
) -> list[Request]:
    """Return the requests of every recorded call, and of those that only the list of calls has.

    ``physical`` maps logical ids to physical ones. Raises ``LookupError`` for what is not known.
    """
    found: list[Request] = []
    for call in (*recorded, *list_specimens(recorded, environment, physical)):
        found += [one for one in list_call_requests(call, environment) if one not in found]
    return found


def list_call_requests(call: Recorded, environment: Environment) -> Iterator[Request]:
    """Yield what IAM is asked for one call, and what AWS asks beside it."""
    action = f"{PREFIX.get(call.service, call.service)}:{call.operation}"
    action = ALLOWED_BY.get(action, action)
    account, context = environment.account_id, describe_context(call, environment)
    resources = list(list_resources(action, list_candidates(call, environment)))
    resources += [arn for arn in list_arns(call.parameters) if is_resource(action, arn)]
    if not resources:
        types = ", ".join(list_types(action))
        raise LookupError(
            f"{action} is on {types}: which of {', '.join(call.parameters)}? Say it in {__name__}"
        )
    for resource in dict.fromkeys(resources):
        yield Request("deployer", action, resource, account, context)
    for beside, why in BESIDE.get(action, {}).items():
        yield Request("deployer", beside, resources[0], account, context, why)
    if "RoleARN" in call.parameters:
        passed: Context = {"iam:PassedToService": "cloudformation.amazonaws.com"}
        role = str(call.parameters["RoleARN"])
        yield Request("deployer", "iam:PassRole", role, account, passed, action)


def list_arns(value: object) -> Iterator[str]:
    """Yield every ARN in a call's parameters, at any depth."""
    if isinstance(value, str) and value.startswith("arn:"):
        yield value
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from list_arns(one)


BESIDE = {
    "s3:PutObject": {"s3:GetObject": "CreateChangeSet with a TemplateURL"},
    "cloudformation:CreateChangeSet": {"cloudformation:TagResource": "a change set with tags"},
    "cloudformation:DetectStackDrift": {
        "cloudformation:DetectStackResourceDrift": "each resource of the stack"
    },
}

# AWS puts service-linked roles below the service's own path.
PATHS = {
    "AWSServiceRoleForECS": "aws-service-role/ecs.amazonaws.com/",
    "AWSServiceRoleForApplicationAutoScaling_ECSService": (
        "aws-service-role/ecs.application-autoscaling.amazonaws.com/"
    ),
}


def list_candidates(call: Recorded, environment: Environment) -> Mapping[str, Sequence[str]]:
    """Return the ARNs that a call's parameters name, by the catalogue's type."""
    given = call.parameters
    here = f"{environment.region}:{environment.account_id}"

    def arns(service: str, kind: str, values: Sequence[str]) -> list[str]:
        prefix = f"arn:{environment.partition}:{service}:{here}:{kind}"
        return [one if one.startswith("arn:") else f"{prefix}{one}" for one in values]

    def named(key: str) -> list[str]:
        return [str(given[key])] if key in given else []

    registry = given.get("registryId", environment.account_id)
    stack = str(given.get("StackName", environment.stack_name))
    streams = [
        f"{group}:log-stream:{given.get('logStreamName')}" for group in named("logGroupName")
    ]
    objects = [f"{bucket}/{given.get('Key')}" for bucket in named("Bucket")]
    # Discovery services go by the same word as ECS's: which it is, the call's service tells.
    services = given.get("services", ())
    sets = named("StackSetName")
    units = environment.stackset.organizational_units
    types = f"arn:{environment.partition}:cloudformation:{environment.region}::type/resource"
    if call.service == "servicediscovery":
        kind = "namespace" if call.operation == "GetNamespace" else "service"
        identity = str(
            given.get("Id") or given.get("ServiceId") or "srv-0"
        )  # an operation does not name its entry
        return {"service": (), "namespace": (), kind: arns(call.service, f"{kind}/", [identity])}
    return {
        "cluster": arns("ecs", "cluster/", given.get("clusters", ())),
        "alarm": arns("cloudwatch", "alarm:", named("AlarmName")),
        "bucket": [f"arn:{environment.partition}:s3:::{name}" for name in named("Bucket")],
        "stackset": arns("cloudformation", "stackset/", [f"{one}:0" for one in sets]),
        "stackset-target": arns(
            "cloudformation",
            "stackset-target/",
            [f"{one}:0/{unit}" for one in sets for unit in units],
        ),
        "type": [f"{types}/AWS-ECS-Service" for _ in sets],
        "experiment-template": arns("fis", "experiment-template/", named("experimentTemplateId")),
        "experiment": arns(
            "fis", "experiment/", ["EXP0"] if call.operation.endswith("Experiment") else []
        ),
        "stack": arns("cloudformation", "stack/", [stack if ":" in stack else f"{stack}/0"]),
        "service": arns("ecs", "service/", services),
        "task": arns("ecs", "task/", [*given.get("tasks", ()), *named("task")]),
        "repository": [
            f"arn:{environment.partition}:ecr:{environment.region}:{registry}:repository/{name}"
            for name in (*named("repositoryName"), *given.get("repositoryNames", ()))
        ],
        "Secret": arns("secretsmanager", "secret:", named("SecretId")),
        "log-group": arns("logs", "log-group:", named("logGroupName")),
        "log-stream": arns("logs", "log-group:", streams),
        "object": [f"arn:{environment.partition}:s3:::{one}" for one in objects],
        "quota": arns(
            "servicequotas", f"{given.get('ServiceCode')}/", [str(given.get("QuotaCode", ""))]
        ),
        "vpc": arns("ec2", "vpc/", named("VpcId")),
        "role": [
            f"arn:{environment.partition}:iam::{environment.account_id}:role/"
            f"{PATHS.get(name, '')}{name}"
            for name in named("RoleName")
        ],
    }


def describe_context(call: Recorded, environment: Environment) -> Context:
    """Return what AWS tells IAM about a call beside action and resource."""
    given = call.parameters
    context: dict[str, str | list[str]] = {"aws:RequestedRegion": environment.region}
    if "ChangeSetName" in given:
        context["cloudformation:ChangeSetName"] = str(given["ChangeSetName"])
    if call.service == "s3":
        context["aws:ResourceAccount"] = environment.account_id
    if call.service == "ecs" and "cluster" in given:
        cluster = str(given["cluster"])
        here = f"{environment.region}:{environment.account_id}"
        context["ecs:cluster"] = (
            cluster
            if ":" in cluster
            else f"arn:{environment.partition}:ecs:{here}:cluster/{cluster}"
        )
    return context


def list_specimens(
    recorded: Sequence[Recorded], environment: Environment, physical: Mapping[str, str]
) -> Iterator[Recorded]:
    """Yield a call of each kind that was not recorded, with parameters as the tool sends them."""
    seen = {(PREFIX.get(one.service, one.service), one.operation) for one in recorded}
    cluster, service = physical["Cluster"], physical["BffService"]
    parameters: dict[str, dict[str, Any]] = {
        "DescribeServices": {"cluster": cluster, "services": [service]},
        "UpdateService": {"cluster": cluster, "service": service, "forceNewDeployment": True},
        "ListTasks": {"cluster": cluster, "serviceName": service},
        "DescribeTasks": {"cluster": cluster, "tasks": [f"{cluster}/0"]},
        "ListServiceDeployments": {"cluster": cluster, "service": service},
        "DescribeServiceDeployments": {
            "serviceDeploymentArns": [f"{service.replace(':service/', ':service-deployment/')}/0"]
        },
        "StopServiceDeployment": {
            "serviceDeploymentArn": f"{service.replace(':service/', ':service-deployment/')}/0",
            "stopType": "ROLLBACK",
        },
        "DescribeServiceRevisions": {
            "serviceRevisionArns": [f"{service.replace(':service/', ':service-revision/')}/0"]
        },
        "GetLogEvents": {"logGroupName": physical["BffLogGroup"], "logStreamName": "bff/bff/0"},
        "FilterLogEvents": {"logGroupName": physical["BffLogGroup"]},
        "DescribeSecret": {"SecretId": "token-000000"},
        "BatchGetRepositoryScanningConfiguration": {"repositoryNames": ["bidopsai/app"]},
        **{name: {"repositoryName": "bidopsai/app"} for name in OF_AN_IMAGE},
        "GetTopicAttributes": {"TopicArn": next(iter(environment.topics), "")},
        "DescribeClusters": {"clusters": [cluster]},
        "DescribeAlarmHistory": {"AlarmName": f"TargetTracking-service/{cluster}/x-AlarmHigh-0"},
        "GetService": {"Id": "srv-0"},
        "GetNamespace": {"Id": "ns-0"},
        "ListRolePolicies": {"RoleName": physical["BffTaskRole"]},
        "ListAttachedRolePolicies": {"RoleName": physical["BffTaskRole"]},
        "GetRolePolicy": {"RoleName": physical["BffTaskRole"], "PolicyName": "permissions"},
        "SimulatePrincipalPolicy": {
            "PolicySourceArn": f"arn:{environment.partition}:iam::{environment.account_id}:role/"
            f"{physical['BffTaskRole']}"
        },
        "GetBucketVersioning": {"Bucket": "knowledge"},
        "StopTask": {"cluster": cluster, "task": f"{cluster}/0"},
        "PutObject": {"Bucket": "templates", "Key": "bidops-cfn/0.json"},
        "StartExperiment": {"experimentTemplateId": environment.drill.fis_template},
    }
    for call in Call:
        prefix, name = call.text.partition(":")[0], call.value.name
        if (prefix, name) not in seen and is_possible(call, environment):
            of_a_set = call.value.resource is Resource.STACK_SET
            otherwise = {"StackSetName": environment.stackset.name} if of_a_set else {}
            yield Recorded(prefix, name, parameters.get(name, otherwise))


def is_possible(call: Call, environment: Environment) -> bool:
    """Tell whether the settings have what a call is about: a managed secret, a topic."""
    if call is Call.DESCRIBE_SECRET:
        return any(one.secrets_manager for one in environment.services.values())
    if call.value.resource is Resource.STACK_SET or call is Call.CREATE_STACK_SET:
        return bool(environment.stackset.organizational_units)
    if call.value.resource is Resource.EXPERIMENT:
        return environment.drill.fis_template is not None
    return call is not Call.GET_TOPIC_ATTRIBUTES or bool(environment.topics)
