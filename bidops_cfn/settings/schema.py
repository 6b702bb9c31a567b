"""The settings file, declared: every key of ``params/<env>.toml``, what it means, what it may hold.

``settings_file(services)`` is the whole file as one ``Table``; ``load`` reads files with it, and
``json_schema`` writes it down for editors (committed as ``params/params.schema.json``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bidops_cfn.settings.contract import DEFAULT_PATTERN, Imports, Stack, secret_import
from bidops_cfn.settings.reference_shape import reference_shape
from bidops_cfn.settings.regions import REGIONS
from bidops_cfn.settings.service_schema import service_table
from bidops_cfn.settings.services import LOAD_BALANCER_IDLE_SECONDS, SEVERITIES, Service
from bidops_cfn.settings.shapes import Array, Choice, Dictionary, Flag, Key, Number, Table, Text
from bidops_cfn.settings.texts import (
    ALARM_ARN,
    KEY_ARN,
    OUTPUT,
    POLICY_ARN,
    REPOSITORY_ARN,
    ROLE_ARN,
    TAG_VALUE,
    TOPIC_ARN,
)
from bidops_cfn.spec import floors

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
            Number(0, floors.MOST_SPOT_DISCOUNT),
            "Assumed Spot discount, for the computed saving (SC-008).",
            70,
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
            Flag(),
            "Write the egress rule on the load balancer's group; only where its owner gave the "
            "group egress of its own, since the rule takes EC2's default allow-all away.",
            False,
        ),
        "load_balancer_idle_seconds": Key(
            Number(1, 4000),
            "How long the load balancer keeps an idle connection; applications keep it longer.",
            LOAD_BALANCER_IDLE_SECONDS,
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
            Number(1, floors.MOST_SERVER_ERRORS),
            "Server errors a minute that roll a deployment back.",
            10,
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
        "configuration_key_output": Key(
            OUTPUT,
            "The SecurityStack output with the ARN of the key that encrypts the configuration "
            "parameters; task roles may then decrypt with it, through SSM.",
            optional=True,
        ),
        "knowledge_base_key_output": Key(
            OUTPUT,
            "The SecurityStack output with the ARN of the key that encrypts the knowledge base's "
            "bucket; task roles that use the bucket may then use the key, through S3.",
            optional=True,
        ),
        "storage_key_arn": Key(
            KEY_ARN, "The KMS key that encrypts the tasks' ephemeral storage.", optional=True
        ),
        "guardduty_repository_arn": Key(
            REPOSITORY_ARN,
            "The region's repository of GuardDuty's sidecar, which execution roles may then pull.",
            optional=True,
        ),
    }
)

SCALING = Table(
    {
        "high_resolution_metrics": Key(
            Flag(),
            "Scale by metrics of 20 seconds, at a price: sooner than FR-038 and FR-039 say.",
            False,
        )
    }
)

DEPLOY = Table(
    {
        "role_arn": Key(ROLE_ARN, "The role that CloudFormation assumes.", optional=True),
        "rollback_alarms": Key(
            Array(ALARM_ARN, maximum=5), "Alarms that roll an operation back.", optional=True
        ),
        "notification_topics": Key(
            Array(TOPIC_ARN, maximum=5),
            "SNS topics that hear of every stack event; left out, the stack keeps those it has.",
            optional=True,
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
        "pin_digest": Key(
            Flag(), "Deploy the digest that an image's tag stands for, beside the tag.", False
        ),
        "scan_findings": Key(
            Choice(SEVERITIES),
            "The severity from which on a finding of ECR's scan refuses a new image.",
            optional=True,
        ),
    }
)


ALLOWED_REFERENCES = "a table of references by output"


def reference_table(stack: Stack) -> Table:
    """Return the table of how the values of ``stack`` are come by."""
    return Table(
        {
            value.output: Key(
                reference_shape(value), f"Where {value.output} comes from.", optional=True
            )
            for value in (member.value for member in Imports)
            if value.stack is stack
        },
        allowed=ALLOWED_REFERENCES,
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
                reference_table(stack),
                f"Values of {stack.title} that come from elsewhere than the pattern says.",
                optional=True,
            )
            for stack in (Stack.NETWORK, Stack.STORAGE)
        },
        Stack.SECURITY.value: Key(
            Dictionary(OUTPUT, reference_shape(secret_import("")), allowed=ALLOWED_REFERENCES),
            "Values of SecurityStack that come from elsewhere than the pattern says.",
            optional=True,
        ),
    }
)


def settings_file(services: Sequence[Service]) -> Table:
    """Return the shape of a whole settings file for an environment that runs ``services``."""
    return Table(
        {
            "account_id": Key(
                Text(r"[0-9]{12}", "twelve digits, in quotes"),
                "The account; no other is deployed to.",
            ),
            "region": Key(
                Choice(REGIONS, "a region, such as us-east-1"),
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
            "scaling": Key(SCALING, "How scaling follows the load.", optional=True),
            "deploy": Key(DEPLOY, "How the stack is deployed.", optional=True),
            "imports": Key(IMPORTS, "Where the values of other stacks come from.", optional=True),
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
