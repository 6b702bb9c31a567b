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


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """An operation of one AWS service, as botocore names both, with its permission.

    ``action`` is the IAM action where it is not ``service:name``.
    """

    service: str
    name: str
    need: Need
    resource: Resource
    action: str = ""

    @property
    def permission(self) -> str:
        """The IAM action, ``cloudformation:DescribeStacks``."""
        return self.action or f"{self.service}:{self.name}"


def _cloudformation(name: str, need: Need, resource: Resource = Resource.STACK) -> ApiOperation:
    return ApiOperation("cloudformation", name, need, resource)


def _scaling(name: str) -> ApiOperation:
    return ApiOperation("application-autoscaling", name, Need.READ, Resource.ANY)


class Call(Enum):
    """The calls, by what they do."""

    GET_CALLER_IDENTITY = ApiOperation("sts", "GetCallerIdentity", Need.READ, Resource.ANY)

    DESCRIBE_STACKS = _cloudformation("DescribeStacks", Need.READ)
    DESCRIBE_OTHER_STACKS = _cloudformation("DescribeStacks", Need.READ, Resource.OTHER_STACKS)
    DESCRIBE_EVERY_STACK = _cloudformation("DescribeStacks", Need.SEARCH, Resource.ANY)
    DESCRIBE_STACK_EVENTS = _cloudformation("DescribeStackEvents", Need.READ)
    DESCRIBE_EVENTS = _cloudformation("DescribeEvents", Need.READ)
    LIST_STACK_RESOURCES = _cloudformation("ListStackResources", Need.READ)
    GET_TEMPLATE = _cloudformation("GetTemplate", Need.READ)
    GET_STACK_POLICY = _cloudformation("GetStackPolicy", Need.READ)
    DETECT_STACK_DRIFT = _cloudformation("DetectStackDrift", Need.READ)
    DESCRIBE_STACK_DRIFT_DETECTION = _cloudformation(
        "DescribeStackDriftDetectionStatus", Need.READ, Resource.ANY
    )
    DESCRIBE_STACK_RESOURCE_DRIFTS = _cloudformation("DescribeStackResourceDrifts", Need.READ)
    GET_HOOK_RESULT = _cloudformation("GetHookResult", Need.READ, Resource.ANY)
    LIST_EXPORTS = _cloudformation("ListExports", Need.READ, Resource.ANY)
    LIST_IMPORTS = _cloudformation("ListImports", Need.READ, Resource.ANY)
    LIST_CHANGE_SETS = _cloudformation("ListChangeSets", Need.READ)
    DESCRIBE_CHANGE_SET = _cloudformation("DescribeChangeSet", Need.READ)
    DESCRIBE_CHANGE_SET_HOOKS = _cloudformation("DescribeChangeSetHooks", Need.READ)
    CREATE_CHANGE_SET = _cloudformation("CreateChangeSet", Need.DEPLOY)
    DELETE_CHANGE_SET = _cloudformation("DeleteChangeSet", Need.DEPLOY)
    EXECUTE_CHANGE_SET = _cloudformation("ExecuteChangeSet", Need.DEPLOY)
    CANCEL_UPDATE_STACK = _cloudformation("CancelUpdateStack", Need.DEPLOY)
    ROLLBACK_STACK = _cloudformation("RollbackStack", Need.DEPLOY)
    CONTINUE_UPDATE_ROLLBACK = _cloudformation("ContinueUpdateRollback", Need.DEPLOY)
    DELETE_STACK = _cloudformation("DeleteStack", Need.DEPLOY)
    SET_STACK_POLICY = _cloudformation("SetStackPolicy", Need.DEPLOY)
    UPDATE_TERMINATION_PROTECTION = _cloudformation("UpdateTerminationProtection", Need.DEPLOY)

    DESCRIBE_SERVICES = ApiOperation("ecs", "DescribeServices", Need.READ, Resource.SERVICE)
    UPDATE_SERVICE = ApiOperation("ecs", "UpdateService", Need.DEPLOY, Resource.SERVICE)
    STOP_SERVICE_DEPLOYMENT = ApiOperation(
        "ecs", "StopServiceDeployment", Need.DEPLOY, Resource.SERVICE_DEPLOYMENT
    )
    LIST_TASKS = ApiOperation("ecs", "ListTasks", Need.READ, Resource.ANY)
    LIST_SERVICE_DEPLOYMENTS = ApiOperation(
        "ecs", "ListServiceDeployments", Need.READ, Resource.SERVICE
    )
    DESCRIBE_SERVICE_DEPLOYMENTS = ApiOperation(
        "ecs", "DescribeServiceDeployments", Need.READ, Resource.SERVICE_DEPLOYMENT
    )
    DESCRIBE_SERVICE_REVISIONS = ApiOperation(
        "ecs", "DescribeServiceRevisions", Need.READ, Resource.SERVICE_REVISION
    )
    DESCRIBE_TASKS = ApiOperation("ecs", "DescribeTasks", Need.READ, Resource.TASK)
    DESCRIBE_TASK_DEFINITION = ApiOperation(
        "ecs", "DescribeTaskDefinition", Need.READ, Resource.ANY
    )
    DESCRIBE_TARGET_HEALTH = ApiOperation(
        "elbv2",
        "DescribeTargetHealth",
        Need.READ,
        Resource.ANY,
        action="elasticloadbalancing:DescribeTargetHealth",
    )
    GET_LOG_EVENTS = ApiOperation("logs", "GetLogEvents", Need.READ, Resource.LOG_STREAM)
    FILTER_LOG_EVENTS = ApiOperation("logs", "FilterLogEvents", Need.READ, Resource.LOG_GROUP)

    DESCRIBE_IMAGES = ApiOperation("ecr", "DescribeImages", Need.READ, Resource.REPOSITORY)
    DESCRIBE_SCAN_FINDINGS = ApiOperation(
        "ecr", "DescribeImageScanFindings", Need.READ, Resource.REPOSITORY
    )
    GET_SCANNING_CONFIGURATION = ApiOperation(
        "ecr", "BatchGetRepositoryScanningConfiguration", Need.READ, Resource.REPOSITORY
    )
    GET_SIGNING_CONFIGURATION = ApiOperation(
        "ecr", "GetSigningConfiguration", Need.READ, Resource.ANY
    )
    DESCRIBE_SIGNING_STATUS = ApiOperation(
        "ecr", "DescribeImageSigningStatus", Need.READ, Resource.REPOSITORY
    )
    LIST_IMAGE_REFERRERS = ApiOperation(
        "ecr", "ListImageReferrers", Need.READ, Resource.REPOSITORY, action="ecr:BatchGetImage"
    )
    BATCH_GET_IMAGE = ApiOperation("ecr", "BatchGetImage", Need.READ, Resource.REPOSITORY)
    DESCRIBE_PARAMETERS = ApiOperation("ssm", "DescribeParameters", Need.READ, Resource.ANY)
    DESCRIBE_SECRET = ApiOperation("secretsmanager", "DescribeSecret", Need.READ, Resource.MANAGED)
    DESCRIBE_PREFIX_LISTS = ApiOperation(
        "ec2", "DescribeManagedPrefixLists", Need.READ, Resource.ANY
    )
    DESCRIBE_ALARMS = ApiOperation("cloudwatch", "DescribeAlarms", Need.READ, Resource.ANY)

    GET_ROLE = ApiOperation("iam", "GetRole", Need.READ, Resource.SERVICE_LINKED_ROLE)
    GET_SERVICE_QUOTA = ApiOperation(
        "service-quotas",
        "GetServiceQuota",
        Need.READ,
        Resource.QUOTA,
        action="servicequotas:GetServiceQuota",
    )
    GET_METRIC_STATISTICS = ApiOperation(
        "cloudwatch", "GetMetricStatistics", Need.READ, Resource.ANY
    )
    DESCRIBE_SUBNETS = ApiOperation("ec2", "DescribeSubnets", Need.READ, Resource.ANY)
    DESCRIBE_ROUTE_TABLES = ApiOperation("ec2", "DescribeRouteTables", Need.READ, Resource.ANY)
    DESCRIBE_VPC_ATTRIBUTE = ApiOperation("ec2", "DescribeVpcAttribute", Need.READ, Resource.VPC)
    DESCRIBE_VPC_ENDPOINTS = ApiOperation("ec2", "DescribeVpcEndpoints", Need.READ, Resource.ANY)
    DESCRIBE_GROUP_RULES = ApiOperation(
        "ec2", "DescribeSecurityGroupRules", Need.READ, Resource.ANY
    )
    DESCRIBE_INTERFACES = ApiOperation("ec2", "DescribeNetworkInterfaces", Need.READ, Resource.ANY)
    DESCRIBE_LISTENER_RULES = ApiOperation(
        "elbv2",
        "DescribeRules",
        Need.READ,
        Resource.ANY,
        action="elasticloadbalancing:DescribeRules",
    )
    GET_TOPIC_ATTRIBUTES = ApiOperation("sns", "GetTopicAttributes", Need.READ, Resource.TOPIC)
    GET_MODEL_AVAILABILITY = ApiOperation(
        "bedrock", "GetFoundationModelAvailability", Need.READ, Resource.ANY
    )
    LIST_TYPES = _cloudformation("ListTypes", Need.READ, Resource.ANY)
    DESCRIBE_TYPE = _cloudformation("DescribeType", Need.READ, Resource.ANY)
    DESCRIBE_TYPE_CONFIGURATIONS = _cloudformation(
        "BatchDescribeTypeConfigurations", Need.READ, Resource.ANY
    )
    # What verify looks at, beside what the others do.
    DESCRIBE_CLUSTERS = ApiOperation("ecs", "DescribeClusters", Need.READ, Resource.CLUSTER)
    DESCRIBE_TARGET_GROUPS = ApiOperation(
        "elbv2",
        "DescribeTargetGroups",
        Need.READ,
        Resource.ANY,
        action="elasticloadbalancing:DescribeTargetGroups",
    )
    DESCRIBE_SCALABLE_TARGETS = _scaling("DescribeScalableTargets")
    DESCRIBE_SCALING_POLICIES = _scaling("DescribeScalingPolicies")
    DESCRIBE_SCALING_ACTIVITIES = _scaling("DescribeScalingActivities")
    DESCRIBE_ALARM_HISTORY = ApiOperation(
        "cloudwatch", "DescribeAlarmHistory", Need.READ, Resource.ALARM
    )
    DESCRIBE_LOG_GROUPS = ApiOperation("logs", "DescribeLogGroups", Need.READ, Resource.ANY)
    GET_DISCOVERY_SERVICE = ApiOperation(
        "servicediscovery", "GetService", Need.READ, Resource.DISCOVERY
    )
    GET_NAMESPACE = ApiOperation("servicediscovery", "GetNamespace", Need.READ, Resource.NAMESPACE)
    LIST_DISCOVERY_OPERATIONS = ApiOperation(
        "servicediscovery", "ListOperations", Need.READ, Resource.ANY
    )
    GET_DISCOVERY_OPERATION = ApiOperation(
        "servicediscovery", "GetOperation", Need.READ, Resource.ANY
    )
    GET_STACK_ROLE = ApiOperation("iam", "GetRole", Need.READ, Resource.STACK_ROLE)
    LIST_ROLE_POLICIES = ApiOperation("iam", "ListRolePolicies", Need.READ, Resource.STACK_ROLE)
    GET_ROLE_POLICY = ApiOperation("iam", "GetRolePolicy", Need.READ, Resource.STACK_ROLE)
    LIST_ATTACHED_ROLE_POLICIES = ApiOperation(
        "iam", "ListAttachedRolePolicies", Need.READ, Resource.STACK_ROLE
    )
    SIMULATE_PRINCIPAL_POLICY = ApiOperation(
        "iam", "SimulatePrincipalPolicy", Need.READ, Resource.STACK_ROLE
    )
    DESCRIBE_GROUPS = ApiOperation("ec2", "DescribeSecurityGroups", Need.READ, Resource.ANY)
    GET_BUCKET_VERSIONING = ApiOperation(
        "s3", "GetBucketVersioning", Need.READ, Resource.KNOWLEDGE_BASE
    )
    GET_INSTANCES_HEALTH = ApiOperation(
        "servicediscovery", "GetInstancesHealthStatus", Need.READ, Resource.DISCOVERY
    )
    LOOKUP_EVENTS = ApiOperation("cloudtrail", "LookupEvents", Need.READ, Resource.ANY)
    STOP_TASK = ApiOperation("ecs", "StopTask", Need.DEPLOY, Resource.TASK)
    START_EXPERIMENT = ApiOperation("fis", "StartExperiment", Need.DEPLOY, Resource.EXPERIMENT)
    GET_EXPERIMENT = ApiOperation("fis", "GetExperiment", Need.READ, Resource.EXPERIMENT)
    STOP_EXPERIMENT = ApiOperation("fis", "StopExperiment", Need.DEPLOY, Resource.EXPERIMENT)

    DESCRIBE_STACK_SET = _cloudformation("DescribeStackSet", Need.READ, Resource.STACK_SET)
    DESCRIBE_STACK_SET_OPERATION = _cloudformation(
        "DescribeStackSetOperation", Need.READ, Resource.STACK_SET
    )
    LIST_STACK_SET_OPERATION_RESULTS = _cloudformation(
        "ListStackSetOperationResults", Need.READ, Resource.STACK_SET
    )
    LIST_STACK_INSTANCES = _cloudformation("ListStackInstances", Need.READ, Resource.STACK_SET)
    CREATE_STACK_SET = _cloudformation("CreateStackSet", Need.DEPLOY, Resource.ANY)
    UPDATE_STACK_SET = _cloudformation("UpdateStackSet", Need.DEPLOY, Resource.STACK_SET)
    CREATE_STACK_INSTANCES = _cloudformation(
        "CreateStackInstances", Need.DEPLOY, Resource.STACK_SET
    )
    PUT_OBJECT = ApiOperation("s3", "PutObject", Need.DEPLOY, Resource.BUCKET)

    @property
    def text(self) -> str:
        """The call as people know it, ``cloudformation:DescribeStacks``."""
        return self.value.permission
