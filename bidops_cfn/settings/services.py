"""The services of the stack, and what the specification fixes for every environment.

What is the same everywhere: ports, callers, capabilities. Values that the specification fixes are
constants here, not settings: to change one, change the specification first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from bidops_cfn.frozen import frozen
from bidops_cfn.settings.contract import Imports

KNOWLEDGE_BASE_VARIABLE = "KNOWLEDGE_BASE_BUCKET"
HTTPS_PORT = 443
DATABASE_PORT = 5432  # FR-029

PRODUCTION = "prod"  # the environment that FR-043 and SC-008 set apart

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

EXEC_FOLDER_MEBIBYTES = 16  # of each folder that the agent of ECS Exec writes to

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
        {Capability.READ_CONFIGURATION, Capability.INVOKE_BEDROCK, Capability.USE_KNOWLEDGE_BASE}
    ),
    callers=("bff",),
    environment={"PORT": "8080"},
)

SERVICES: tuple[Service, ...] = (BFF, AGENTCORE)
