"""What an environment's settings say, as frozen values: one settings file, read and checked.

Nothing here knows about files, templates or AWS clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from bidops_cfn.frozen import frozen
from bidops_cfn.settings.contract import (
    Import,
    ImportNames,
    Imports,
    key_import,
    secret_import,
    secrets_manager_import,
)
from bidops_cfn.settings.references import Reference
from bidops_cfn.settings.regions import partition
from bidops_cfn.settings.services import KEEP_ALIVE_MARGIN_SECONDS


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
