"""Every AWS call that deploying makes, and the permission that it takes.

A closed list: a ``Client`` takes no other call; ``docs/deploy-permissions.md`` is written from it.
``resource`` names what the permission is scoped to (``permissions`` turns it into an ARN);
``ANY`` where IAM knows no narrower resource for the action.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


class Resource(StrEnum):
    """What a permission can be scoped to."""

    ANY = "*"
    STACK = "stack"
    OTHER_STACKS = "other stacks"
    CLUSTER = "cluster"
    SERVICE = "service"
    SERVICE_DEPLOYMENT = "service deployment"
    SERVICE_REVISION = "service revision"
    TASK = "task"
    LOG_GROUP = "log group"
    LOG_STREAM = "log stream"
    REPOSITORY = "repository"
    MANAGED = "managed secret"
    SERVICE_LINKED_ROLE = "service-linked role"
    STACK_ROLE = "stack role"
    DISCOVERY = "discovery service"
    NAMESPACE = "namespace"
    ALARM = "alarm"
    EXPERIMENT = "experiment"
    STACK_SET = "stack set"
    KNOWLEDGE_BASE = "knowledge base bucket"
    QUOTA = "Fargate quota"
    VPC = "vpc"
    TOPIC = "topic"
    BUCKET = "object in the template bucket"


class Need(StrEnum):
    """Which of the two policies a permission belongs to: reading is all that ``plan`` lacks.

    What searches an account for stacks that nothing names yet is in neither: a person does it once,
    with permissions of their own.
    """

    READ = "read"
    DEPLOY = "deploy"
    SEARCH = "search"


PREFIXES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}
"""The services that IAM calls otherwise than botocore does."""


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """An operation of one AWS service, as botocore names both, with its permission.

    ``action`` is the IAM action where it is not the service's prefix and the name.
    """

    service: str
    name: str
    need: Need
    resource: Resource
    action: str = ""

    @property
    def permission(self) -> str:
        """The IAM action, ``cloudformation:DescribeStacks``."""
        return self.action or f"{PREFIXES.get(self.service, self.service)}:{self.name}"


def _look(
    service: str, name: str, resource: Resource = Resource.ANY, action: str = ""
) -> ApiOperation:
    return ApiOperation(service, name, Need.READ, resource, action)


def _do(service: str, name: str, resource: Resource) -> ApiOperation:
    return ApiOperation(service, name, Need.DEPLOY, resource)


def _look_at(name: str, resource: Resource = Resource.STACK) -> ApiOperation:
    return ApiOperation("cloudformation", name, Need.READ, resource)


def _change(name: str, resource: Resource = Resource.STACK) -> ApiOperation:
    return ApiOperation("cloudformation", name, Need.DEPLOY, resource)


class Call(Enum):
    """The calls, by what they do."""

    GET_CALLER_IDENTITY = _look("sts", "GetCallerIdentity")

    DESCRIBE_STACKS = _look_at("DescribeStacks")
    DESCRIBE_OTHER_STACKS = _look_at("DescribeStacks", Resource.OTHER_STACKS)
    DESCRIBE_EVERY_STACK = ApiOperation(
        "cloudformation", "DescribeStacks", Need.SEARCH, Resource.ANY
    )
    DESCRIBE_STACK_EVENTS = _look_at("DescribeStackEvents")
    DESCRIBE_EVENTS = _look_at("DescribeEvents")
    LIST_STACK_RESOURCES = _look_at("ListStackResources")
    GET_TEMPLATE = _look_at("GetTemplate")
    GET_STACK_POLICY = _look_at("GetStackPolicy")
    DETECT_STACK_DRIFT = _look_at("DetectStackDrift")
    DESCRIBE_STACK_DRIFT_DETECTION = _look_at("DescribeStackDriftDetectionStatus", Resource.ANY)
    DESCRIBE_STACK_RESOURCE_DRIFTS = _look_at("DescribeStackResourceDrifts")
    GET_HOOK_RESULT = _look_at("GetHookResult", Resource.ANY)
    LIST_EXPORTS = _look_at("ListExports", Resource.ANY)
    LIST_IMPORTS = _look_at("ListImports", Resource.ANY)
    LIST_CHANGE_SETS = _look_at("ListChangeSets")
    DESCRIBE_CHANGE_SET = _look_at("DescribeChangeSet")
    DESCRIBE_CHANGE_SET_HOOKS = _look_at("DescribeChangeSetHooks")
    CREATE_CHANGE_SET = _change("CreateChangeSet")
    DELETE_CHANGE_SET = _change("DeleteChangeSet")
    EXECUTE_CHANGE_SET = _change("ExecuteChangeSet")
    CANCEL_UPDATE_STACK = _change("CancelUpdateStack")
    ROLLBACK_STACK = _change("RollbackStack")
    CONTINUE_UPDATE_ROLLBACK = _change("ContinueUpdateRollback")
    DELETE_STACK = _change("DeleteStack")
    SET_STACK_POLICY = _change("SetStackPolicy")
    UPDATE_TERMINATION_PROTECTION = _change("UpdateTerminationProtection")

    DESCRIBE_SERVICES = _look("ecs", "DescribeServices", Resource.SERVICE)
    UPDATE_SERVICE = _do("ecs", "UpdateService", Resource.SERVICE)
    STOP_SERVICE_DEPLOYMENT = _do("ecs", "StopServiceDeployment", Resource.SERVICE_DEPLOYMENT)
    LIST_TASKS = _look("ecs", "ListTasks")
    LIST_SERVICE_DEPLOYMENTS = _look("ecs", "ListServiceDeployments", Resource.SERVICE)
    DESCRIBE_SERVICE_DEPLOYMENTS = _look(
        "ecs", "DescribeServiceDeployments", Resource.SERVICE_DEPLOYMENT
    )
    DESCRIBE_SERVICE_REVISIONS = _look("ecs", "DescribeServiceRevisions", Resource.SERVICE_REVISION)
    DESCRIBE_TASKS = _look("ecs", "DescribeTasks", Resource.TASK)
    DESCRIBE_TASK_DEFINITION = _look("ecs", "DescribeTaskDefinition")
    DESCRIBE_TARGET_HEALTH = _look("elbv2", "DescribeTargetHealth")
    GET_LOG_EVENTS = _look("logs", "GetLogEvents", Resource.LOG_STREAM)
    FILTER_LOG_EVENTS = _look("logs", "FilterLogEvents", Resource.LOG_GROUP)

    DESCRIBE_IMAGES = _look("ecr", "DescribeImages", Resource.REPOSITORY)
    DESCRIBE_SCAN_FINDINGS = _look("ecr", "DescribeImageScanFindings", Resource.REPOSITORY)
    GET_SCANNING_CONFIGURATION = _look(
        "ecr", "BatchGetRepositoryScanningConfiguration", Resource.REPOSITORY
    )
    GET_SIGNING_CONFIGURATION = _look("ecr", "GetSigningConfiguration")
    DESCRIBE_SIGNING_STATUS = _look("ecr", "DescribeImageSigningStatus", Resource.REPOSITORY)
    LIST_IMAGE_REFERRERS = _look(
        "ecr", "ListImageReferrers", Resource.REPOSITORY, action="ecr:BatchGetImage"
    )
    BATCH_GET_IMAGE = _look("ecr", "BatchGetImage", Resource.REPOSITORY)
    DESCRIBE_PARAMETERS = _look("ssm", "DescribeParameters")
    DESCRIBE_SECRET = _look("secretsmanager", "DescribeSecret", Resource.MANAGED)
    DESCRIBE_PREFIX_LISTS = _look("ec2", "DescribeManagedPrefixLists")
    DESCRIBE_ALARMS = _look("cloudwatch", "DescribeAlarms")

    GET_ROLE = _look("iam", "GetRole", Resource.SERVICE_LINKED_ROLE)
    GET_SERVICE_QUOTA = _look("service-quotas", "GetServiceQuota", Resource.QUOTA)
    GET_METRIC_STATISTICS = _look("cloudwatch", "GetMetricStatistics")
    DESCRIBE_SUBNETS = _look("ec2", "DescribeSubnets")
    DESCRIBE_ROUTE_TABLES = _look("ec2", "DescribeRouteTables")
    DESCRIBE_VPC_ATTRIBUTE = _look("ec2", "DescribeVpcAttribute", Resource.VPC)
    DESCRIBE_VPC_ENDPOINTS = _look("ec2", "DescribeVpcEndpoints")
    DESCRIBE_GROUP_RULES = _look("ec2", "DescribeSecurityGroupRules")
    DESCRIBE_INTERFACES = _look("ec2", "DescribeNetworkInterfaces")
    DESCRIBE_LOAD_BALANCERS = _look("elbv2", "DescribeLoadBalancers")
    DESCRIBE_LISTENERS = _look("elbv2", "DescribeListeners")
    DESCRIBE_LISTENER_RULES = _look("elbv2", "DescribeRules")
    GET_TOPIC_ATTRIBUTES = _look("sns", "GetTopicAttributes", Resource.TOPIC)
    GET_MODEL_AVAILABILITY = _look("bedrock", "GetFoundationModelAvailability")
    LIST_TYPES = _look_at("ListTypes", Resource.ANY)
    DESCRIBE_TYPE = _look_at("DescribeType", Resource.ANY)
    DESCRIBE_TYPE_CONFIGURATIONS = _look_at("BatchDescribeTypeConfigurations", Resource.ANY)
    # What verify looks at, beside what the others do.
    DESCRIBE_CLUSTERS = _look("ecs", "DescribeClusters", Resource.CLUSTER)
    DESCRIBE_TARGET_GROUPS = _look("elbv2", "DescribeTargetGroups")
    DESCRIBE_SCALABLE_TARGETS = _look("application-autoscaling", "DescribeScalableTargets")
    DESCRIBE_SCALING_POLICIES = _look("application-autoscaling", "DescribeScalingPolicies")
    DESCRIBE_SCALING_ACTIVITIES = _look("application-autoscaling", "DescribeScalingActivities")
    DESCRIBE_ALARM_HISTORY = _look("cloudwatch", "DescribeAlarmHistory", Resource.ALARM)
    DESCRIBE_LOG_GROUPS = _look("logs", "DescribeLogGroups")
    GET_DISCOVERY_SERVICE = _look("servicediscovery", "GetService", Resource.DISCOVERY)
    GET_NAMESPACE = _look("servicediscovery", "GetNamespace", Resource.NAMESPACE)
    LIST_DISCOVERY_OPERATIONS = _look("servicediscovery", "ListOperations")
    GET_DISCOVERY_OPERATION = _look("servicediscovery", "GetOperation")
    GET_STACK_ROLE = _look("iam", "GetRole", Resource.STACK_ROLE)
    LIST_ROLE_POLICIES = _look("iam", "ListRolePolicies", Resource.STACK_ROLE)
    GET_ROLE_POLICY = _look("iam", "GetRolePolicy", Resource.STACK_ROLE)
    LIST_ATTACHED_ROLE_POLICIES = _look("iam", "ListAttachedRolePolicies", Resource.STACK_ROLE)
    SIMULATE_PRINCIPAL_POLICY = _look("iam", "SimulatePrincipalPolicy", Resource.STACK_ROLE)
    DESCRIBE_GROUPS = _look("ec2", "DescribeSecurityGroups")
    GET_BUCKET_VERSIONING = _look("s3", "GetBucketVersioning", Resource.KNOWLEDGE_BASE)
    GET_INSTANCES_HEALTH = _look("servicediscovery", "GetInstancesHealthStatus", Resource.DISCOVERY)
    LOOKUP_EVENTS = _look("cloudtrail", "LookupEvents")
    STOP_TASK = _do("ecs", "StopTask", Resource.TASK)
    START_EXPERIMENT = _do("fis", "StartExperiment", Resource.EXPERIMENT)
    GET_EXPERIMENT = _look("fis", "GetExperiment", Resource.EXPERIMENT)
    STOP_EXPERIMENT = _do("fis", "StopExperiment", Resource.EXPERIMENT)

    DESCRIBE_STACK_SET = _look_at("DescribeStackSet", Resource.STACK_SET)
    DESCRIBE_STACK_SET_OPERATION = _look_at("DescribeStackSetOperation", Resource.STACK_SET)
    LIST_STACK_SET_OPERATION_RESULTS = _look_at("ListStackSetOperationResults", Resource.STACK_SET)
    LIST_STACK_INSTANCES = _look_at("ListStackInstances", Resource.STACK_SET)
    CREATE_STACK_SET = _change("CreateStackSet", Resource.ANY)
    UPDATE_STACK_SET = _change("UpdateStackSet", Resource.STACK_SET)
    CREATE_STACK_INSTANCES = _change("CreateStackInstances", Resource.STACK_SET)
    PUT_OBJECT = _do("s3", "PutObject", Resource.BUCKET)

    @property
    def text(self) -> str:
        """The call as people know it, ``cloudformation:DescribeStacks``."""
        return self.value.permission
