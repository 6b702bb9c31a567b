"""An environment: what its settings file may say, and what the rest of the program reads of it.

Each field is a key of ``params/<env>.toml``, mostly a table (``tables``); ``ServiceSettings`` is
that of a service. Nothing here knows about files, templates or AWS clients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bidops_cfn.frozen import frozen
from bidops_cfn.settings import aws, contract, tables, texts
from bidops_cfn.settings import services as fixed
from bidops_cfn.settings.contract import Import, ImportNames, Imports
from bidops_cfn.settings.imports import IMPORTS
from bidops_cfn.settings.references import Reference
from bidops_cfn.settings.services import Capability, Service
from bidops_cfn.settings.shapes import (
    Array,
    Choice,
    Dictionary,
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


@frozen
class TaskSize:
    """CPU in units (1024 is one vCPU) and memory in MiB of one Fargate task."""

    cpu: int
    memory: int


@table
class Bedrock:
    """What may be invoked: models, inference profiles and agent aliases (``AGENT/ALIAS``)."""

    models: tuple[str, ...] = setting(
        Array(Text(r"[a-z0-9][a-z0-9.:-]*", "a model id, without wildcard"), 1),
        "The foundation models that may be invoked.",
    )
    inference_profiles: tuple[str, ...] = setting(
        Array(Text(r"[a-z0-9][a-z0-9.:-]*", "an inference profile id, without wildcard")),
        "The inference profiles of this account that may be invoked.",
        default=(),
    )
    agent_aliases: tuple[str, ...] = setting(
        Array(Text(r"[A-Z0-9]{10}/[A-Z0-9]{10}", "AGENTID/ALIASID, ten characters each"), 1),
        "The Bedrock agents that may be invoked.",
        own=True,
    )
    profiles_only: bool = setting(
        Flag(),
        "Refuse a direct call of a model: only by way of one of the inference profiles.",
        default=False,
    )


NO_BEDROCK = Bedrock(models=(), agent_aliases=())
MEBIBYTES = Number(1, 8192)  # of a path in memory


@table
class Listener:
    """Which requests the public load balancer's listener sends to a public service."""

    priority: int = setting(
        Number(1, 50_000), "The rule's place on the listener; no other rule may have it.", own=True
    )
    hosts: tuple[str, ...] = setting(
        Array(texts.HOST, maximum=5), "Host names that this service answers.", default=(), own=True
    )
    paths: tuple[str, ...] = setting(
        Array(texts.PATH_PATTERN, maximum=5),
        "Path patterns that this service answers.",
        default=(),
        own=True,
    )


@table
class ServiceSettings:
    """What an environment says about one service; times in seconds."""

    cpu: int = setting(Choice(tuple(aws.FARGATE_MEMORY)), "CPU units of a task; 1024 is one vCPU.")
    architecture: str = setting(
        Choice(aws.ARCHITECTURES), "The processor that the image is built for.", default="X86_64"
    )
    memory: int = setting(
        Number(aws.LEAST_MEMORY, aws.MOST_MEMORY),
        "Memory of a task in MiB; what fits depends on cpu.",
    )
    desired_count: int = setting(
        Number(fixed.MIN_TASKS, fixed.MAX_TASKS),
        "Tasks at creation; later the scaling sets the count (FR-019, FR-020).",
        default=2,
    )
    health_command: tuple[str, ...] = setting(
        Array(texts.ANY_TEXT, 2, 20, unique=False),
        "The container's health check: a program that the image has, and its arguments.",
    )
    health_grace_seconds: int = setting(
        Number(0, floors.LONGEST_GRACE),
        "How long a new task's failing health checks are ignored.",
        default=60,
    )
    stop_timeout_seconds: int = setting(
        Number(floors.SHORTEST_STOP, floors.LONGEST_STOP),
        "How long a container may take to stop before it is killed.",
        default=60,
    )
    user: str = setting(
        Text(r"[1-9][0-9]{0,8}(:[1-9][0-9]{0,8})?", "a numeric user id, or uid:gid, not root"),
        "The user that the container runs as.",
    )
    configuration_path: str = setting(
        Text(r"/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*", "a parameter path without trailing slash"),
        "The path of the SSM parameters that the application reads by itself.",
        own=True,
    )
    tmpfs: Mapping[str, int] = setting(
        Dictionary(
            Text(r"/[A-Za-z0-9._/-]+", "an absolute path"),
            MEBIBYTES,
            allowed="a table of sizes in MiB by absolute path",
        ),
        "Writable in-memory paths: path = MiB. None may hide what the image has there.",
        default={},
    )
    environment: Mapping[str, str] = setting(
        Dictionary(texts.VARIABLE, texts.ANY_TEXT),
        "Plain variables. No secret belongs here.",
        default={},
    )
    secrets: Mapping[str, str] = setting(
        Dictionary(texts.VARIABLE, texts.OUTPUT),
        "Variable = SecurityStack output that holds the SSM parameter's ARN (FR-014).",
    )
    secrets_manager: Mapping[str, str] = setting(
        Dictionary(texts.VARIABLE, texts.OUTPUT),
        "Variable = SecurityStack output that holds the Secrets Manager secret's ARN.",
        default={},
    )
    listener: Listener | None = setting(
        Listener,
        "The rule on the public load balancer's listener.",
        default=None,
        applies=lambda service: service.public,
    )
    bedrock: Bedrock = setting(
        Bedrock,
        "What the service may invoke (FR-017).",
        default=NO_BEDROCK,
        applies=lambda service: Capability.INVOKE_BEDROCK in service.capabilities,
    )

    @property
    def size(self) -> TaskSize:
        """CPU and memory of a task."""
        return TaskSize(self.cpu, self.memory)


@table
class Environment:
    """One environment: everything that its template and its deployment depend on.

    ``tags`` are those of the file and those that the tool adds.
    """

    name: str
    account_id: str = setting(texts.ACCOUNT, "The account; no other is deployed to.", own=True)
    region: str = setting(
        Choice(aws.REGIONS, "a region, such as us-east-1"), "The region; no other is deployed to."
    )
    stack_name: str = setting(
        texts.STACK_NAME,
        "The stack's name; bidopsai-<environment>-compute by default.",
        default=None,
        own=True,
    )
    container_insights: str = setting(
        Choice(("enabled", "enhanced")), "Container Insights of the cluster.", default="enabled"
    )
    tags: Mapping[str, str] = setting(tables.TAGS, "Tags of the stack and of everything in it.")
    capacity: tables.Capacity = setting(tables.Capacity, "How tasks split over on-demand and Spot.")
    network: tables.Network = setting(tables.Network, "The peers of the services' security groups.")
    discovery: tables.Discovery = setting(tables.Discovery, "How services find each other.")
    alarms: tables.Alarms = setting(tables.Alarms, "Who hears of an alarm.")
    logs: tables.Logs = setting(tables.Logs, "The log groups; their retention is fixed (FR-044).")
    security: tables.Security = setting(tables.Security, "Keys and boundaries.")
    scaling: tables.Scaling = setting(tables.Scaling, "How scaling follows the load.")
    deploy: tables.DeploySettings = setting(tables.DeploySettings, "How the stack is deployed.")
    stackset: tables.StackSet = setting(tables.StackSet, "What stackset does, for many accounts.")
    drill: tables.Drill = setting(tables.Drill, "What drill may break.")
    imports: ImportNames = setting(IMPORTS, "Where the values of other stacks come from.")
    services: Mapping[str, ServiceSettings]  # a table for each service (``settings_file``)

    @property
    def partition(self) -> str:
        """The AWS partition of the region: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
        return aws.partition(self.region)

    @property
    def key_outputs(self) -> tuple[str, ...]:
        """The outputs with the ARN of a key, each once."""
        outputs = (getattr(self.security, name) for name in tables.KEY_OUTPUTS)
        return tuple(dict.fromkeys(output for output in outputs if output))

    @property
    def topics(self) -> Mapping[str, str]:
        """The ARN of every topic that is named, with the setting that names it."""
        found = dict.fromkeys(self.deploy.notification_topics or (), "deploy.notification_topics")
        for key in ("topic_arn", "events_topic_arn"):
            if arn := getattr(self.alarms, key):
                found[arn] = f"alarms.{key}"
        return found

    def tmpfs(self, service: str) -> Mapping[str, int]:
        """Return the folders in memory that tasks of ``service`` may write to, in MiB."""
        folders = floors.AGENT_FOLDERS if self.security.exec_log_group else ()
        return {
            **self.services[service].tmpfs,
            **dict.fromkeys(folders, fixed.EXEC_FOLDER_MEBIBYTES),
        }

    @property
    def keep_alive(self) -> int:
        """How long an application keeps an idle connection by default, in milliseconds."""
        return (self.network.load_balancer_idle_seconds + fixed.KEEP_ALIVE_MARGIN_SECONDS) * 1000

    @property
    def contract_values(self) -> tuple[Import, ...]:
        """Every value of other stacks that the environment asks for, each once."""
        found = [member.value for member in Imports]
        for settings in self.services.values():
            found += map(contract.secret_import, settings.secrets.values())
            found += map(contract.secrets_manager_import, settings.secrets_manager.values())
        found += map(contract.key_import, self.key_outputs)
        return tuple(dict.fromkeys(found))

    def references(self, value: Import) -> tuple[Reference, ...]:
        """Return how ``value`` is come by; two references for a pair that is taken one by one."""
        return self.imports.of(self.name, value)


def settings_file(services: Sequence[Service]) -> Table:
    """Return the shape of a whole settings file for an environment that runs ``services``."""
    own = {one.name: Key(shape_of(ServiceSettings, one), f"{one.summary}.") for one in services}
    return Table(
        {
            **shape_of(Environment).keys,
            "services": Key(Table(own), "One table for each service."),
        }
    )


def default_stack_name(name: str) -> str:
    """Return what the stack of the environment ``name`` is called unless its file says so."""
    return f"bidopsai-{name}-compute"
