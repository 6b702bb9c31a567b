"""The settings file, declared: every key of ``params/<env>.toml``, what it means, what it may hold.

``settings_file(services)`` is the whole file as one ``Table``; ``params`` reads files with it, and
``json_schema`` writes it down for editors (committed as ``params/params.schema.json``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bidops_cfn.contract import DEFAULT_PATTERN, Imports, Stack
from bidops_cfn.model import FARGATE_MEMORY, MAX_TASKS, MIN_TASKS, Capability, Service
from bidops_cfn.shapes import Array, Choice, Dictionary, Flag, Key, Number, OneOf, Table, Text

VARIABLE = Text(r"[A-Z][A-Z0-9_]*", "a variable name in capitals, such as DATABASE_URL")
OUTPUT = Text(r"[A-Za-z0-9]{1,255}", "an output name of letters and digits")
EXPORT = Text(r"[A-Za-z0-9:-]{1,255}", "an export name of letters, digits, colons and hyphens")
ROLE_ARN = Text(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", "the ARN of an IAM role")
POLICY_ARN = Text(r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+", "an IAM policy's ARN")
KEY_ARN = Text(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[0-9a-f-]+", "the ARN of a KMS key")
TOPIC_ARN = Text(
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}", "the ARN of an SNS topic"
)
ALARM_ARN = Text(
    r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.+", "the ARN of a CloudWatch alarm"
)
TAG_VALUE = Text(r"[\w .:/=+@-]{1,256}", "1 to 256 letters, digits, spaces or _.:/=+-@")
ANY_TEXT = Text(r"(?s).*", "a string")

TAGS = Table(
    {
        "Project": Key(TAG_VALUE, "The tag Project."),
        "Owner": Key(TAG_VALUE, "The tag Owner: the team that is called at night."),
        "CostCenter": Key(TAG_VALUE, "The tag CostCenter."),
    }
)

CAPACITY = Table(
    {
        "on_demand_weight": Key(Number(1, 1000), "Share of tasks on FARGATE (FR-004).", 70),
        "spot_weight": Key(Number(1, 1000), "Share of tasks on FARGATE_SPOT (FR-005).", 30),
        "on_demand_base": Key(
            Number(0, 10), "Tasks of each service that run on FARGATE before the shares apply.", 0
        ),
        "spot_base": Key(
            Number(0, 10), "Tasks of each service that run on Spot before the shares apply.", 0
        ),
        "spot_discount_percent": Key(
            Number(0, 90), "Assumed Spot discount, for the computed saving (SC-008).", 70
        ),
    }
)

NETWORK = Table(
    {
        "s3_prefix_list_id": Key(
            Text(r"pl-([0-9a-f]{8}|[0-9a-f]{17})", "a prefix list id, such as pl-63a5400a"),
            "The region's managed prefix list of S3, through which image layers are pulled.",
        ),
        "endpoint_rules": Key(Flag(), "Write the ingress rules on the endpoints' group.", True),
        "database_rules": Key(Flag(), "Write the ingress rules on the database's group.", True),
        "load_balancer_rules": Key(
            Flag(), "Write the egress rule on the load balancer's group.", True
        ),
    }
)

DISCOVERY = Table(
    {
        "namespace": Key(
            Text(
                r"(?!.*\.local$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]",
                "a private DNS name such as dev.bidopsai.internal, not below .local",
            ),
            "The private DNS namespace of the environment (FR-022).",
        )
    }
)

ALARMS = Table(
    {
        "topic_arn": Key(TOPIC_ARN, "The SNS topic that every alarm notifies.", optional=True),
        "server_errors_per_minute": Key(
            Number(1, 100_000), "Server errors a minute that roll a deployment back.", 10
        ),
    }
)

LOGS = Table(
    {
        "retain": Key(Flag(), "Keep the log groups when the stack is deleted.", False),
        "key_arn": Key(KEY_ARN, "The KMS key that encrypts the log groups.", optional=True),
    }
)

SECURITY = Table(
    {
        "permissions_boundary_arn": Key(
            POLICY_ARN, "The permissions boundary of every role.", optional=True
        ),
        "secrets_key_output": Key(
            OUTPUT,
            "The SecurityStack output with the ARN of the key that encrypts the secrets.",
            optional=True,
        ),
    }
)

DEPLOY = Table(
    {
        "role_arn": Key(ROLE_ARN, "The role that CloudFormation assumes.", optional=True),
        "rollback_alarms": Key(
            Array(ALARM_ARN, maximum=5), "Alarms that roll an operation back.", optional=True
        ),
        "monitoring_minutes": Key(
            Number(0, 180), "How long CloudFormation watches those alarms afterwards.", 0
        ),
        "timeout_minutes": Key(Number(5, 720), "How long one operation may take.", 30),
        "termination_protection": Key(
            Flag(), "Refuse to delete the stack until this is off.", False
        ),
        "confirm_name": Key(
            Flag(), "Ask for the environment's name, not for y, before a deployment.", False
        ),
    }
)

IMPORTS = Table(
    {
        "pattern": Key(
            Text(
                r"(?=.*\{output\})([A-Za-z0-9:-]|\{(environment|stack|output)\})+",
                "letters, digits, hyphens, {environment}, {stack}, and {output}, which is needed",
            ),
            "How the other stacks name their exports.",
            DEFAULT_PATTERN,
        ),
        **{
            stack.value: Key(
                Dictionary(
                    Text(
                        "|".join(i.value.output for i in Imports if i.value.stack is stack)
                        or OUTPUT.pattern,
                        ", ".join(i.value.output for i in Imports if i.value.stack is stack)
                        or OUTPUT.allowed,
                    ),
                    OneOf(EXPORT, Array(EXPORT, 2, 2)),
                    allowed="a table of export names by output",
                ),
                f"Exports of {stack.title} with a name of their own, by output.",
                optional=True,
            )
            for stack in Stack
        },
    }
)

BEDROCK = Table(
    {
        "models": Key(
            Array(Text(r"[a-z0-9][a-z0-9.:-]*", "a model id, without wildcard")),
            "The foundation models that may be invoked.",
        ),
        "inference_profiles": Key(
            Array(Text(r"[a-z0-9][a-z0-9.:-]*", "an inference profile id, without wildcard")),
            "The inference profiles of this account that may be invoked.",
            optional=True,
        ),
        "agent_aliases": Key(
            Array(Text(r"[A-Z0-9]{10}/[A-Z0-9]{10}", "AGENTID/ALIASID, ten characters each")),
            "The Bedrock agents that may be invoked.",
        ),
    }
)

LISTENER = Table(
    {
        "priority": Key(
            Number(1, 50_000), "The rule's place on the listener; no other rule may have it."
        ),
        "hosts": Key(
            Array(Text(r"[A-Za-z0-9.*?-]{1,128}", "a host name"), maximum=5),
            "Host names that this service answers.",
            optional=True,
        ),
        "paths": Key(
            Array(Text(r"/[A-Za-z0-9_.$/~\"'@:+&*?-]{0,127}", "a path pattern"), maximum=5),
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
        "memory": Key(Number(512, 122_880), "Memory of a task in MiB; what fits depends on cpu."),
        "desired_count": Key(
            Number(MIN_TASKS, MAX_TASKS),
            "Tasks at creation; later the count is the scaling's affair (FR-019, FR-020).",
            2,
        ),
        "health_command": Key(
            Array(ANY_TEXT, 1, 20, unique=False),
            "The container's health check: a program that the image has, and its arguments.",
        ),
        "health_grace_seconds": Key(
            Number(0, 3600), "How long a new task's failing health checks are ignored.", 60
        ),
        "stop_timeout_seconds": Key(
            Number(2, 119), "How long a container may take to stop before it is killed.", 60
        ),
        "user": Key(
            Text(r"[1-9]\d{0,8}(:[1-9]\d{0,8})?", "a numeric user id, or uid:gid, not root"),
            "The user that the container runs as.",
        ),
        "configuration_path": Key(
            Text(r"/[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*", "a parameter path without trailing slash"),
            "The path of the SSM parameters that the application reads by itself.",
        ),
        "tmpfs": Key(TMPFS, "Writable in-memory paths: path = MiB.", optional=True),
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


def settings_file(services: Sequence[Service]) -> Table:
    """Return the shape of a whole settings file for an environment that runs ``services``."""
    return Table(
        {
            "account_id": Key(
                Text(r"\d{12}", "twelve digits, in quotes"), "The account; no other is deployed to."
            ),
            "region": Key(
                Text(r"[a-z]{2}(-[a-z]+)+-\d", "a region, such as us-east-1"),
                "The region; no other is deployed to.",
            ),
            "stack_name": Key(
                Text(r"[A-Za-z][A-Za-z0-9-]{0,127}", "a stack name"),
                "The stack's name; bidopsai-<environment>-compute by default.",
                optional=True,
            ),
            "container_insights": Key(
                Choice(("enabled", "enhanced")), "Container Insights of the cluster.", "enabled"
            ),
            "tags": Key(TAGS, "Tags of the stack and of everything in it."),
            "capacity": Key(CAPACITY, "How tasks split over on-demand and Spot.", optional=True),
            "network": Key(NETWORK, "The peers of the services' security groups."),
            "discovery": Key(DISCOVERY, "How services find each other."),
            "alarms": Key(ALARMS, "Who hears of an alarm.", optional=True),
            "logs": Key(LOGS, "The log groups; their retention is fixed (FR-044).", optional=True),
            "security": Key(SECURITY, "Keys and boundaries.", optional=True),
            "deploy": Key(DEPLOY, "How the stack is deployed.", optional=True),
            "imports": Key(IMPORTS, "The names of the other stacks' exports.", optional=True),
            "services": Key(
                Table(
                    {
                        service.name: Key(service_table(service), f"{service.summary}.")
                        for service in services
                    }
                ),
                "One table for each service.",
            ),
        }
    )


def json_schema(services: Sequence[Service]) -> str:
    """Return the JSON Schema of a settings file as the text of the committed file."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of one environment of the BidOps AI compute stack",
        **settings_file(services).json_schema(),
    }
    return json.dumps(document, indent=2) + "\n"
