"""What is deployed, as frozen values: services, and the environment that they run in.

``SERVICES`` says what is the same everywhere (ports, callers, capabilities); an ``Environment`` is
one settings file, read and checked. Neither knows about files, templates or AWS clients.

Values that the specification fixes for every environment are constants here, not settings: whoever
wants to change one changes the specification first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from bidops_cfn.contract import (
    Import,
    ImportNames,
    Imports,
    key_import,
    secret_import,
    secrets_manager_import,
)
from bidops_cfn.frozen import frozen
from bidops_cfn.references import Reference
from bidops_cfn.regions import partition

KNOWLEDGE_BASE_VARIABLE = "KNOWLEDGE_BASE_BUCKET"
HTTPS_PORT = 443
DATABASE_PORT = 5432  # FR-029

MIN_TASKS = 2  # FR-037
MAX_TASKS = 10  # FR-037
CPU_TARGET_PERCENT = 70  # FR-038
MEMORY_TARGET_PERCENT = 80  # FR-039
SCALING_COOLDOWN_SECONDS = 300  # FR-040
BREACH_MINUTES = 3  # FR-038, FR-039
HIGH_RESOLUTION_SECONDS = 20  # the only other resolution of ECS's own metrics than 60

MIN_HEALTHY_PERCENT = 50  # FR-024
MAX_HEALTHY_PERCENT = 200  # FR-024
LOG_RETENTION_DAYS = 7  # FR-044

# Of ECR's findings, the least first; others (UNDEFINED, UNTRIAGED) stand beside this order.
SEVERITIES = ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")

HEALTH_INTERVAL_SECONDS = 30  # FR-033
HEALTHY_COUNT = 2  # FR-034
UNHEALTHY_COUNT = 3  # FR-034
START_SECONDS = 30  # how long failing container checks do not count where ECS has a grace period

# A connection that the load balancer keeps must not be closed by the application first.
LOAD_BALANCER_IDLE_SECONDS = 60  # what a load balancer has unless its owner changes it
KEEP_ALIVE_MARGIN_SECONDS = 10


class Capability(StrEnum):
    """What the code inside a task may do with AWS, granted by a policy of the task role."""

    WRITE_LOGS = "write its own logs"
    READ_CONFIGURATION = "read its own configuration parameters"
    INVOKE_BEDROCK = "invoke the configured Bedrock models and agents"
    USE_KNOWLEDGE_BASE = "read and write objects of the knowledge base"


@frozen
class Service:
    """A service of the stack: what is the same for it in every environment.

    ``name`` is the word in settings, log streams and container names; ``title`` starts its logical
    ids. ``callers`` are the services that may reach its port; a ``public`` service is reached by
    the public load balancer instead. ``keep_alive_variable`` tells the application, in ms, how long
    it keeps an idle connection open; empty where no variable does.
    """

    name: str
    title: str
    summary: str
    port: int
    subnets: Imports
    repository: Imports
    health_path: str
    capabilities: frozenset[Capability]
    callers: tuple[str, ...] = ()
    public: bool = False
    keep_alive_variable: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def url_variable(self) -> str:
        """The variable in which a caller finds the service: ``AGENTCORE_URL``."""
        return f"{self.name.upper().replace('-', '_')}_URL"


BFF = Service(
    name="bff",
    title="Bff",
    summary="Next.js frontend, behind the public load balancer",
    port=3000,
    subnets=Imports.PRIVATE_APP_SUBNETS,
    repository=Imports.APP_REPOSITORY,
    health_path="/api/health",
    capabilities=frozenset({Capability.WRITE_LOGS, Capability.READ_CONFIGURATION}),
    public=True,
    keep_alive_variable="KEEP_ALIVE_TIMEOUT",
    # Next.js listens on the container's own name unless told otherwise; NODE_ENV is not ours.
    environment={"HOSTNAME": "0.0.0.0", "PORT": "3000"},  # noqa: S104 - inside its own group
)

AGENTCORE = Service(
    name="agentcore",
    title="AgentCore",
    summary="agent runtime, reached by BFF alone, without internet",
    port=8080,
    subnets=Imports.PRIVATE_AGENT_SUBNETS,
    repository=Imports.AGENT_REPOSITORY,
    health_path="/ping",
    # No log writes: FR-017 grants none, and the agent logs through its container's log driver.
    capabilities=frozenset(
        {
            Capability.READ_CONFIGURATION,
            Capability.INVOKE_BEDROCK,
            Capability.USE_KNOWLEDGE_BASE,
        }
    ),
    callers=("bff",),
    environment={"PORT": "8080"},
)

SERVICES: tuple[Service, ...] = (BFF, AGENTCORE)


@frozen
class TaskSize:
    """CPU in units (1024 is one vCPU) and memory in MiB of one Fargate task."""

    cpu: int
    memory: int


@frozen
class Capacity:
    """How tasks split over on-demand and Spot: weights are shares, a base comes first.

    ``spot_discount_percent`` is the discount that the saving of SC-008 is computed with.
    """

    on_demand_weight: int = 70  # FR-004
    spot_weight: int = 30  # FR-005
    on_demand_base: int = 0
    spot_base: int = 0
    spot_discount_percent: int = 70


@frozen
class Listener:
    """Which requests the public load balancer's listener sends to a public service."""

    priority: int
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


@frozen
class PeerRules:
    """Which rules on other stacks' groups this stack writes; False where the owner writes them.

    An egress rule takes EC2's default allow-all away from a group that has nothing else, so that
    the load balancer's is written only for an owner who asks for it (ADR 0004).
    """

    endpoints: bool = True
    database: bool = True
    load_balancer: bool = False


@frozen
class Bedrock:
    """What may be invoked: model ids, inference profiles and agent aliases (``AGENT/ALIAS``).

    With ``profiles_only`` a model may be called by way of one of the profiles alone.
    """

    models: tuple[str, ...] = ()
    inference_profiles: tuple[str, ...] = ()
    agent_aliases: tuple[str, ...] = ()
    profiles_only: bool = False


@frozen
class Tmpfs:
    """A writable in-memory path of an otherwise read-only container; ``size`` in MiB."""

    path: str
    size: int


@frozen
class ServiceSettings:
    """What an environment says about one service.

    ``secrets`` maps an environment variable to the SecurityStack output with the SSM parameter's
    ARN, ``secrets_manager`` to the output with a Secrets Manager secret's ARN. Times in seconds.
    Failing health checks of a new task do not count for ``health_grace``. Only a public service has
    a ``listener``.
    """

    size: TaskSize
    desired_count: int
    health_command: tuple[str, ...]
    health_grace: int
    stop_timeout: int
    user: str
    configuration_path: str
    tmpfs: tuple[Tmpfs, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    secrets_manager: Mapping[str, str] = field(default_factory=dict)
    architecture: str = "X86_64"
    bedrock: Bedrock = field(default_factory=Bedrock)
    listener: Listener | None = None


@frozen
class Alarms:
    """Who hears of an alarm, and how many server errors a minute roll a deployment back."""

    topic_arn: str | None
    server_errors_per_minute: int


@frozen
class Logs:
    """Whether log groups outlive the stack, and the key that encrypts them."""

    retain: bool
    key_arn: str | None


@frozen
class DeploySettings:
    """How the environment's stack is deployed; nothing of it stands in the template.

    ``timeout_minutes`` bounds one operation, ``monitoring_minutes`` is how long CloudFormation
    watches ``rollback_alarms`` after it; ``role_arn`` is the role that CloudFormation assumes.
    ``notification_topics`` hear of every stack event; None leaves the stack's own as they are.
    ``pin_digest`` deploys a tag's digest beside it; a scan's findings of ``scan_findings`` and
    above, one of ``SEVERITIES``, refuse a new image; None where they are not asked for.
    """

    role_arn: str | None
    rollback_alarms: tuple[str, ...]
    monitoring_minutes: int
    timeout_minutes: int
    termination_protection: bool
    confirm_name: bool
    notification_topics: tuple[str, ...] | None = None
    pin_digest: bool = False
    scan_findings: str | None = None


@frozen
class Environment:
    """One environment: everything that its template and its deployment depend on.

    ``*_key_output`` are SecurityStack outputs with the ARN of a key; None where AWS keeps the key.
    """

    name: str
    account_id: str
    region: str
    stack_name: str
    tags: Mapping[str, str]
    container_insights: str
    capacity: Capacity
    s3_prefix_list_id: str
    peer_rules: PeerRules
    load_balancer_idle: int
    namespace: str
    alarms: Alarms
    logs: Logs
    permissions_boundary_arn: str | None
    secrets_key_output: str | None
    configuration_key_output: str | None
    knowledge_base_key_output: str | None
    storage_key_arn: str | None
    guardduty_repository_arn: str | None
    high_resolution_metrics: bool
    services: Mapping[str, ServiceSettings]
    import_names: ImportNames
    deploy: DeploySettings

    @property
    def partition(self) -> str:
        """The AWS partition of the region: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
        return partition(self.region)

    @property
    def key_outputs(self) -> tuple[str, ...]:
        """The outputs with the ARN of a key, each once."""
        outputs = (
            self.secrets_key_output,
            self.configuration_key_output,
            self.knowledge_base_key_output,
        )
        return tuple(dict.fromkeys(output for output in outputs if output))

    @property
    def keep_alive(self) -> int:
        """How long an application keeps an idle connection by default, in milliseconds."""
        return (self.load_balancer_idle + KEEP_ALIVE_MARGIN_SECONDS) * 1000

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
        return self.import_names.of(self.name, value)
