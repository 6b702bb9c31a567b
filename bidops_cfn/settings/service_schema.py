"""The table ``[services.<name>]`` of a settings file: only what applies to the service."""

from __future__ import annotations

from bidops_cfn.settings.fargate import ARCHITECTURES, FARGATE_MEMORY, LEAST_MEMORY, MOST_MEMORY
from bidops_cfn.settings.services import MAX_TASKS, MIN_TASKS, Capability, Service
from bidops_cfn.settings.shapes import Array, Choice, Dictionary, Flag, Key, Number, Table, Text
from bidops_cfn.settings.texts import ANY_TEXT, HOST, OUTPUT, PATH_PATTERN, VARIABLE
from bidops_cfn.spec import floors

BEDROCK = Table(
    {
        "models": Key(
            Array(Text(r"[a-z0-9][a-z0-9.:-]*", "a model id, without wildcard"), 1),
            "The foundation models that may be invoked.",
        ),
        "inference_profiles": Key(
            Array(Text(r"[a-z0-9][a-z0-9.:-]*", "an inference profile id, without wildcard")),
            "The inference profiles of this account that may be invoked.",
            optional=True,
        ),
        "agent_aliases": Key(
            Array(Text(r"[A-Z0-9]{10}/[A-Z0-9]{10}", "AGENTID/ALIASID, ten characters each"), 1),
            "The Bedrock agents that may be invoked.",
        ),
        "profiles_only": Key(
            Flag(),
            "Refuse a direct call of a model: only by way of one of the inference profiles.",
            False,
        ),
    }
)

LISTENER = Table(
    {
        "priority": Key(
            Number(1, 50_000), "The rule's place on the listener; no other rule may have it."
        ),
        "hosts": Key(
            Array(HOST, maximum=5),
            "Host names that this service answers.",
            optional=True,
        ),
        "paths": Key(
            Array(PATH_PATTERN, maximum=5),
            "Path patterns that this service answers.",
            optional=True,
        ),
    }
)


TMPFS = Dictionary(
    Text(r"/[A-Za-z0-9._/-]+", "an absolute path"),
    Number(1, 8192),
    allowed="a table of sizes in MiB by absolute path",
)


def service_table(service: Service) -> Table:
    """Return the table ``[services.<name>]``: only what applies to ``service``."""
    keys = {
        "cpu": Key(Choice(tuple(FARGATE_MEMORY)), "CPU units of a task; 1024 is one vCPU."),
        "architecture": Key(
            Choice(ARCHITECTURES), "The processor that the image is built for.", "X86_64"
        ),
        "memory": Key(
            Number(LEAST_MEMORY, MOST_MEMORY), "Memory of a task in MiB; what fits depends on cpu."
        ),
        "desired_count": Key(
            Number(MIN_TASKS, MAX_TASKS),
            "Tasks at creation; later the scaling sets the count (FR-019, FR-020).",
            2,
        ),
        "health_command": Key(
            Array(ANY_TEXT, 2, 20, unique=False),
            "The container's health check: a program that the image has, and its arguments.",
        ),
        "health_grace_seconds": Key(
            Number(0, floors.LONGEST_GRACE),
            "How long a new task's failing health checks are ignored.",
            60,
        ),
        "stop_timeout_seconds": Key(
            Number(floors.SHORTEST_STOP, floors.LONGEST_STOP),
            "How long a container may take to stop before it is killed.",
            60,
        ),
        "user": Key(
            Text(r"[1-9][0-9]{0,8}(:[1-9][0-9]{0,8})?", "a numeric user id, or uid:gid, not root"),
            "The user that the container runs as.",
        ),
        "configuration_path": Key(
            Text(r"/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*", "a parameter path without trailing slash"),
            "The path of the SSM parameters that the application reads by itself.",
        ),
        "tmpfs": Key(
            TMPFS,
            "Writable in-memory paths: path = MiB. None may hide what the image has there.",
            optional=True,
        ),
        "environment": Key(
            Dictionary(VARIABLE, ANY_TEXT),
            "Plain variables. No secret belongs here.",
            optional=True,
        ),
        "secrets": Key(
            Dictionary(VARIABLE, OUTPUT),
            "Variable = SecurityStack output that holds the SSM parameter's ARN (FR-014).",
        ),
        "secrets_manager": Key(
            Dictionary(VARIABLE, OUTPUT),
            "Variable = SecurityStack output that holds the Secrets Manager secret's ARN.",
            optional=True,
        ),
    }
    if service.public:
        keys["listener"] = Key(LISTENER, "The rule on the public load balancer's listener.")
    if Capability.INVOKE_BEDROCK in service.capabilities:
        keys["bedrock"] = Key(BEDROCK, "What the service may invoke (FR-017).")
    return Table(keys)
