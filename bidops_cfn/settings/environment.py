"""An environment: what its settings file may say, and what the rest of the program reads of it.

Each class is a table of ``params/<env>.toml``, each field a key (``fields``). Nothing here knows
about files, templates or AWS clients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bidops_cfn.settings.aws import REGIONS, partition
from bidops_cfn.settings.contract import (
    Import,
    ImportNames,
    Imports,
    key_import,
    secret_import,
    secrets_manager_import,
)
from bidops_cfn.settings.fields import setting, shape_of, table
from bidops_cfn.settings.imports import IMPORTS
from bidops_cfn.settings.references import Reference
from bidops_cfn.settings.service_settings import ServiceSettings
from bidops_cfn.settings.services import (
    EXEC_FOLDER_MEBIBYTES,
    KEEP_ALIVE_MARGIN_SECONDS,
    LOAD_BALANCER_IDLE_SECONDS,
    SEVERITIES,
    Service,
)
from bidops_cfn.settings.shapes import Array, Choice, Flag, Key, Number, Table, Text
from bidops_cfn.settings.texts import (
    ALARM_ARN,
    KEY_ARN,
    LOG_GROUP,
    OUTPUT,
    POLICY_ARN,
    REPOSITORY_ARN,
    ROLE_ARN,
    STACK_NAME,
    TAG_VALUE,
    TOPIC_ARN,
)
from bidops_cfn.spec import floors

TAGS = Table(
    {
        "Project": Key(TAG_VALUE, "The tag Project."),
        "Owner": Key(TAG_VALUE, "The tag Owner: the team that is called at night."),
        "CostCenter": Key(TAG_VALUE, "The tag CostCenter.", own=True),
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
        Text(r"pl-([0-9a-f]{8}|[0-9a-f]{17})", "a prefix list id, such as pl-63a5400a"),
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
        TOPIC_ARN, "The SNS topic that every alarm notifies.", default=None, own=True
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
        KEY_ARN, "The KMS key that encrypts the log groups.", default=None, own=True
    )


@table
class Security:
    """Keys and boundaries; None where AWS keeps the key, or nothing bounds."""

    permissions_boundary_arn: str | None = setting(
        POLICY_ARN, "The permissions boundary of every role.", default=None, own=True
    )
    secrets_key_output: str | None = setting(
        OUTPUT,
        "The SecurityStack output with the ARN of the key that encrypts the secrets.",
        default=None,
    )
    configuration_key_output: str | None = setting(
        OUTPUT,
        "The SecurityStack output with the ARN of the key that encrypts the configuration "
        "parameters; task roles may then decrypt with it, through SSM.",
        default=None,
    )
    knowledge_base_key_output: str | None = setting(
        OUTPUT,
        "The SecurityStack output with the ARN of the key that encrypts the knowledge base's "
        "bucket; task roles that use the bucket may then use the key, through S3.",
        default=None,
    )
    storage_key_arn: str | None = setting(
        KEY_ARN, "The KMS key that encrypts the tasks' ephemeral storage.", default=None
    )
    exec_log_group: str | None = setting(
        LOG_GROUP,
        "The log group, kept outside of this stack, that records the sessions of ECS Exec; "
        "naming it turns ECS Exec on. Refused in prod.",
        default=None,
        own=True,
    )
    guardduty_repository_arn: str | None = setting(
        REPOSITORY_ARN,
        "The region's repository of GuardDuty's sidecar, which execution roles may then pull.",
        default=None,
    )


# Settings that name a SecurityStack output with the ARN of a key.
KEY_OUTPUTS = tuple(name for name, key in shape_of(Security).keys.items() if key.shape is OUTPUT)


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
        ROLE_ARN, "The role that CloudFormation assumes.", default=None, own=True
    )
    rollback_alarms: tuple[str, ...] = setting(
        Array(ALARM_ARN, maximum=5), "Alarms that roll an operation back.", default=(), own=True
    )
    notification_topics: tuple[str, ...] | None = setting(
        Array(TOPIC_ARN, maximum=5),
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
class Environment:
    """One environment: everything that its template and its deployment depend on.

    ``tags`` are those of the file and those that the tool adds.
    """

    name: str
    account_id: str = setting(
        Text(r"[0-9]{12}", "twelve digits, in quotes"),
        "The account; no other is deployed to.",
        own=True,
    )
    region: str = setting(
        Choice(REGIONS, "a region, such as us-east-1"), "The region; no other is deployed to."
    )
    stack_name: str = setting(
        STACK_NAME,
        "The stack's name; bidopsai-<environment>-compute by default.",
        default=None,
        own=True,
    )
    container_insights: str = setting(
        Choice(("enabled", "enhanced")), "Container Insights of the cluster.", default="enabled"
    )
    tags: Mapping[str, str] = setting(TAGS, "Tags of the stack and of everything in it.")
    capacity: Capacity = setting(shape_of(Capacity), "How tasks split over on-demand and Spot.")
    network: Network = setting(shape_of(Network), "The peers of the services' security groups.")
    discovery: Discovery = setting(shape_of(Discovery), "How services find each other.")
    alarms: Alarms = setting(shape_of(Alarms), "Who hears of an alarm.")
    logs: Logs = setting(shape_of(Logs), "The log groups; their retention is fixed (FR-044).")
    security: Security = setting(shape_of(Security), "Keys and boundaries.")
    scaling: Scaling = setting(shape_of(Scaling), "How scaling follows the load.")
    deploy: DeploySettings = setting(shape_of(DeploySettings), "How the stack is deployed.")
    imports: ImportNames = setting(IMPORTS, "Where the values of other stacks come from.")
    services: Mapping[str, ServiceSettings]  # a table for each service (``settings_file``)

    @property
    def partition(self) -> str:
        """The AWS partition of the region: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
        return partition(self.region)

    @property
    def key_outputs(self) -> tuple[str, ...]:
        """The outputs with the ARN of a key, each once."""
        outputs = (getattr(self.security, name) for name in KEY_OUTPUTS)
        return tuple(dict.fromkeys(output for output in outputs if output))

    def tmpfs(self, service: str) -> Mapping[str, int]:
        """Return the folders in memory that tasks of ``service`` may write to, in MiB."""
        folders = floors.AGENT_FOLDERS if self.security.exec_log_group else ()
        return {**self.services[service].tmpfs, **dict.fromkeys(folders, EXEC_FOLDER_MEBIBYTES)}

    @property
    def keep_alive(self) -> int:
        """How long an application keeps an idle connection by default, in milliseconds."""
        return (self.network.load_balancer_idle_seconds + KEEP_ALIVE_MARGIN_SECONDS) * 1000

    @property
    def contract_values(self) -> tuple[Import, ...]:
        """Every value of other stacks that the environment asks for, each once."""
        found = [member.value for member in Imports]
        for settings in self.services.values():
            found += map(secret_import, settings.secrets.values())
            found += map(secrets_manager_import, settings.secrets_manager.values())
        found += map(key_import, self.key_outputs)
        return tuple(dict.fromkeys(found))

    def references(self, value: Import) -> tuple[Reference, ...]:
        """Return how ``value`` is come by; two references for a pair that is taken one by one."""
        return self.imports.of(self.name, value)


def settings_file(services: Sequence[Service]) -> Table:
    """Return the shape of a whole settings file for an environment that runs ``services``."""
    tables = {one.name: Key(shape_of(ServiceSettings, one), f"{one.summary}.") for one in services}
    return Table(
        {
            **shape_of(Environment).keys,
            "services": Key(Table(tables), "One table for each service."),
        }
    )


def default_stack_name(name: str) -> str:
    """Return what the stack of the environment ``name`` is called unless its file says so."""
    return f"bidopsai-{name}-compute"
