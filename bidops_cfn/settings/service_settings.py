"""What an environment says about one service: the table ``[services.<name>]`` (``fields``)."""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.frozen import frozen
from bidops_cfn.settings.aws import ARCHITECTURES, FARGATE_MEMORY, LEAST_MEMORY, MOST_MEMORY
from bidops_cfn.settings.fields import setting, shape_of, table
from bidops_cfn.settings.services import MAX_TASKS, MIN_TASKS, Capability
from bidops_cfn.settings.shapes import Array, Choice, Dictionary, Flag, Number, Text
from bidops_cfn.settings.texts import ANY_TEXT, HOST, OUTPUT, PATH_PATTERN, VARIABLE
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


@table
class Listener:
    """Which requests the public load balancer's listener sends to a public service."""

    priority: int = setting(
        Number(1, 50_000),
        "The rule's place on the listener; no other rule may have it.",
        own=True,
    )
    hosts: tuple[str, ...] = setting(
        Array(HOST, maximum=5), "Host names that this service answers.", default=(), own=True
    )
    paths: tuple[str, ...] = setting(
        Array(PATH_PATTERN, maximum=5),
        "Path patterns that this service answers.",
        default=(),
        own=True,
    )


@table
class ServiceSettings:
    """What an environment says about one service; times in seconds."""

    cpu: int = setting(Choice(tuple(FARGATE_MEMORY)), "CPU units of a task; 1024 is one vCPU.")
    architecture: str = setting(
        Choice(ARCHITECTURES), "The processor that the image is built for.", default="X86_64"
    )
    memory: int = setting(
        Number(LEAST_MEMORY, MOST_MEMORY), "Memory of a task in MiB; what fits depends on cpu."
    )
    desired_count: int = setting(
        Number(MIN_TASKS, MAX_TASKS),
        "Tasks at creation; later the scaling sets the count (FR-019, FR-020).",
        default=2,
    )
    health_command: tuple[str, ...] = setting(
        Array(ANY_TEXT, 2, 20, unique=False),
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
            Number(1, 8192),
            allowed="a table of sizes in MiB by absolute path",
        ),
        "Writable in-memory paths: path = MiB. None may hide what the image has there.",
        default={},
    )
    environment: Mapping[str, str] = setting(
        Dictionary(VARIABLE, ANY_TEXT), "Plain variables. No secret belongs here.", default={}
    )
    secrets: Mapping[str, str] = setting(
        Dictionary(VARIABLE, OUTPUT),
        "Variable = SecurityStack output that holds the SSM parameter's ARN (FR-014).",
    )
    secrets_manager: Mapping[str, str] = setting(
        Dictionary(VARIABLE, OUTPUT),
        "Variable = SecurityStack output that holds the Secrets Manager secret's ARN.",
        default={},
    )
    listener: Listener | None = setting(
        shape_of(Listener),
        "The rule on the public load balancer's listener.",
        default=None,
        applies=lambda service: service.public,
    )
    bedrock: Bedrock = setting(
        shape_of(Bedrock),
        "What the service may invoke (FR-017).",
        default=NO_BEDROCK,
        applies=lambda service: Capability.INVOKE_BEDROCK in service.capabilities,
    )

    @property
    def size(self) -> TaskSize:
        """CPU and memory of a task."""
        return TaskSize(self.cpu, self.memory)
