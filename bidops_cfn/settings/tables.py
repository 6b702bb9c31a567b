"""The tables of a settings file, but for services: each field is a setting."""

from __future__ import annotations

from bidops_cfn.settings import texts
from bidops_cfn.settings.services import LOAD_BALANCER_IDLE_SECONDS, SEVERITIES
from bidops_cfn.settings.shapes import (
    Array,
    Choice,
    Flag,
    Key,
    Number,
    Table,
    Text,
    setting,
    shape_of,
    table,
)
from bidops_cfn.spec import floors

TAGS = Table(
    {
        "Project": Key(texts.TAG_VALUE, "The tag Project."),
        "Owner": Key(texts.TAG_VALUE, "The tag Owner: the team that is called at night."),
        "CostCenter": Key(texts.TAG_VALUE, "The tag CostCenter.", own=True),
    }
)


@table
class Capacity:
    """How tasks split over on-demand and Spot: weights are shares, a base comes first."""

    on_demand_weight: int = setting(
        Number(1, 1000), "Share of tasks on FARGATE (FR-004).", default=70
    )
    spot_weight: int = setting(
        Number(1, 1000), "Share of tasks on FARGATE_SPOT (FR-005).", default=30
    )
    on_demand_base: int = setting(
        Number(0, 10),
        "Tasks of each service that run on FARGATE before the shares apply.",
        default=0,
    )
    spot_base: int = setting(
        Number(0, 10), "Tasks of each service that run on Spot before the shares apply.", default=0
    )
    spot_discount_percent: int = setting(
        Number(0, floors.MOST_SPOT_DISCOUNT),
        "Assumed Spot discount, for the computed saving (SC-008).",
        default=70,
    )


@table
class Network:
    """Other stacks' peers, and which rules on their groups this stack writes.

    A rule that is off is its owner's to write. An egress rule takes EC2's default allow-all away
    from a group that has nothing else, so that the load balancer's is written only for an owner who
    asks for it (ADR 0004).
    """

    s3_prefix_list_id: str = setting(
        texts.PREFIX_LIST_ID,
        "The region's managed prefix list of S3, through which image layers are pulled.",
    )
    endpoint_rules: bool = setting(
        Flag(), "Write the ingress rules on the endpoints' group.", default=True
    )
    database_rules: bool = setting(
        Flag(), "Write the ingress rules on the database's group.", default=True
    )
    load_balancer_rules: bool = setting(
        Flag(),
        "Write the egress rule on the load balancer's group; only where its owner gave the "
        "group egress of its own, since the rule takes EC2's default allow-all away.",
        default=False,
    )
    load_balancer_idle_seconds: int = setting(
        Number(1, 4000),
        "How long the load balancer keeps an idle connection; applications keep it longer.",
        default=LOAD_BALANCER_IDLE_SECONDS,
    )


@table
class Discovery:
    """How services find each other."""

    namespace: str = setting(
        Text(
            r"(?!.*\.local$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]",
            "a private DNS name such as dev.bidopsai.internal, not below .local",
        ),
        "The private DNS namespace of the environment (FR-022).",
        own=True,
    )


@table
class Alarms:
    """Who hears of an alarm, and how many server errors a minute roll a deployment back."""

    topic_arn: str | None = setting(
        texts.TOPIC_ARN, "The SNS topic that every alarm notifies.", default=None, own=True
    )
    events_topic_arn: str | None = setting(
        texts.TOPIC_ARN,
        "The SNS topic that EventBridge tells of failed ECS deployments and interrupted Spot "
        "tasks; its policy lets events.amazonaws.com publish.",
        default=None,
        own=True,
    )
    server_errors_per_minute: int = setting(
        Number(1, floors.MOST_SERVER_ERRORS),
        "Server errors a minute that roll a deployment back.",
        default=10,
    )


@table
class Logs:
    """Whether log groups outlive the stack, and the key that encrypts them."""

    retain: bool = setting(Flag(), "Keep the log groups when the stack is deleted.", default=False)
    key_arn: str | None = setting(
        texts.KEY_ARN, "The KMS key that encrypts the log groups.", default=None, own=True
    )


@table
class Security:
    """Keys and boundaries; None where AWS keeps the key, or nothing bounds."""

    permissions_boundary_arn: str | None = setting(
        texts.POLICY_ARN, "The permissions boundary of every role.", default=None, own=True
    )
    secrets_key_output: str | None = setting(
        texts.OUTPUT,
        "The SecurityStack output with the ARN of the key that encrypts the secrets.",
        default=None,
    )
    configuration_key_output: str | None = setting(
        texts.OUTPUT,
        "The SecurityStack output with the ARN of the key that encrypts the configuration "
        "parameters; task roles may then decrypt with it, through SSM.",
        default=None,
    )
    knowledge_base_key_output: str | None = setting(
        texts.OUTPUT,
        "The SecurityStack output with the ARN of the key that encrypts the knowledge base's "
        "bucket; task roles that use the bucket may then use the key, through S3.",
        default=None,
    )
    storage_key_arn: str | None = setting(
        texts.KEY_ARN, "The KMS key that encrypts the tasks' ephemeral storage.", default=None
    )
    exec_log_group: str | None = setting(
        texts.LOG_GROUP,
        "The log group, kept outside of this stack, that records the sessions of ECS Exec; "
        "naming it turns ECS Exec on. Refused in prod.",
        default=None,
        own=True,
    )
    guardduty_repository_arn: str | None = setting(
        texts.REPOSITORY_ARN,
        "The region's repository of GuardDuty's sidecar, which execution roles may then pull.",
        default=None,
    )


# Settings that name a SecurityStack output with the ARN of a key.
KEY_OUTPUTS = tuple(
    name for name, key in shape_of(Security).keys.items() if key.shape is texts.OUTPUT
)


@table
class Scaling:
    """How scaling follows the load."""

    high_resolution_metrics: bool = setting(
        Flag(),
        "Scale by metrics of 20 seconds, at a price: sooner than FR-038 and FR-039 say.",
        default=False,
    )


@table
class DeploySettings:
    """How the environment's stack is deployed; nothing of it stands in the template."""

    role_arn: str | None = setting(
        texts.ROLE_ARN, "The role that CloudFormation assumes.", default=None, own=True
    )
    rollback_alarms: tuple[str, ...] = setting(
        Array(texts.ALARM_ARN, maximum=5),
        "Alarms that roll an operation back.",
        default=(),
        own=True,
    )
    notification_topics: tuple[str, ...] | None = setting(
        Array(texts.TOPIC_ARN, maximum=5),
        "SNS topics that hear of every stack event; left out, the stack keeps those it has.",
        default=None,
        own=True,
    )
    monitoring_minutes: int = setting(
        Number(0, 180), "How long CloudFormation watches those alarms afterwards.", default=0
    )
    timeout_minutes: int = setting(Number(5, 720), "How long one operation may take.", default=30)
    termination_protection: bool = setting(
        Flag(), "Refuse to delete the stack until this is off.", default=False
    )
    confirm_name: bool = setting(
        Flag(), "Ask for the environment's name, not for y, before a deployment.", default=False
    )
    pin_digest: bool = setting(
        Flag(), "Deploy the digest that an image's tag stands for, beside the tag.", default=False
    )
    scan_findings: str | None = setting(
        Choice(SEVERITIES),
        "The severity from which on a finding of ECR's scan refuses a new image.",
        default=None,
    )


@table
class StackSet:
    """Which accounts get a stack by ``stackset``, and how; nothing of it stands in the template."""

    name: str = setting(
        Text(r"[A-Za-z][A-Za-z0-9-]{0,127}", "letters, digits and hyphens, the first a letter"),
        "The name of the stack set.",
        default="bidopsai-compute",
        own=True,
    )
    administrator: str | None = setting(
        texts.ACCOUNT,
        "The account that stackset is called from; the environment's by default.",
        default=None,
    )
    delegated: bool = setting(
        Flag(), "That account is a delegated administrator of the organization.", default=False
    )
    organizational_units: tuple[str, ...] = setting(
        Array(texts.UNIT), "The units whose accounts get a stack.", default=(), own=True
    )
    accounts: tuple[str, ...] = setting(
        Array(texts.ACCOUNT), "Of those, the accounts that get one; left out, all do.", default=()
    )
    failure_tolerance: int = setting(
        Number(0, 1000), "How many accounts may fail before the operation stops.", default=0
    )
    auto_deployment: bool = setting(
        Flag(), "Give an account that joins a unit later a stack by itself.", default=False
    )
    depends_on: tuple[str, ...] = setting(
        Array(texts.STACK_SET_ARN, maximum=10),
        "Stack sets that such an account gets first; with auto_deployment.",
        default=(),
    )


@table
class Drill:
    """What ``drill`` may break."""

    fis_template: str | None = setting(
        Text(r"EXT[A-Za-z0-9]{4,64}", "the id of an experiment template, such as EXT1a2b3c4d5e6f7"),
        "The AWS FIS experiment template that takes a zone away, for drill task-loss --zone.",
        default=None,
        own=True,
    )
