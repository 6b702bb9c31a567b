"""Where an environment's resources are, and what they are called, as far as it is known offline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bidops_cfn.deploy.preflight.account import ROLES
from bidops_cfn.deploy.template import find_stack_references
from bidops_cfn.errors import UsageError
from bidops_cfn.frozen import frozen
from bidops_cfn.permissions import kinds
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import StackOutput

ROLE_NAME_LIMIT = 64  # https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
RANDOM = 13  # what CloudFormation appends to a generated name, with its hyphen
STACK_SHARE = 25
"""Letters of the stack's name that a role's generated name has at least where all do not fit.

CloudFormation halves the room between stack and logical id, as names that it generated show
(github.com/KensioSoftware/yulin/issues/1113); AWS documents no rule.
"""


@frozen
class Place:
    """An environment's partition, region, account, stack, and what its template names.

    ``role_prefix`` starts the name of every role of the stack; ``families`` are the task
    definitions' families; ``template`` is parsed.
    """

    environment: Environment
    template: Mapping[str, Any]

    @property
    def stack(self) -> str:
        """The stack's name, with which CloudFormation starts the names that it generates."""
        return self.environment.stack_name

    @property
    def types(self) -> frozenset[str]:
        """The resource types of the template."""
        return frozenset(resource["Type"] for resource in self.template["Resources"].values())

    @property
    def stack_outputs(self) -> tuple[StackOutput, ...]:
        """The outputs of other stacks that the template reads."""
        found = find_stack_references(dict(self.template))
        return tuple(one for one in found if isinstance(one, StackOutput))

    @property
    def other_stacks(self) -> tuple[str, ...]:
        """The ARNs of the account's stacks, in any region, whose outputs the template reads."""
        partition, account = self.environment.partition, self.environment.account_id
        found = {
            f"arn:{partition}:cloudformation:{one.region or self.environment.region}:{account}:"
            f"stack/{one.stack}/*"
            for one in self.stack_outputs
            if not one.role_arn
        }
        return tuple(sorted(found))

    @property
    def families(self) -> tuple[str, ...]:
        """The families of the template's task definitions."""
        tasks = self.of_type(kinds.TASK_DEFINITION).values()
        found = (one.get("Properties", {}).get("Family") for one in tasks)
        return tuple(sorted({one for one in found if isinstance(one, str)}))

    @property
    def linked_roles(self) -> tuple[str, ...]:
        """The ARNs of the service-linked roles that the stack needs."""
        names = (f"role/aws-service-role/{service}/{name}" for name, service in ROLES.items())
        return tuple(self.global_arn("iam", one) for one in names)

    @property
    def role_prefix(self) -> str:
        """What the generated name of every role of the stack starts with."""
        longest = max(map(len, self.of_type(kinds.ROLE)), default=0)
        room = ROLE_NAME_LIMIT - RANDOM - longest - 1
        return f"{self.stack}-" if len(self.stack) <= room else self.stack[:STACK_SHARE]

    def of_type(self, type_: str) -> Mapping[str, Any]:
        """Return the resources of a type by logical id."""
        resources = self.template["Resources"]
        return {name: one for name, one in resources.items() if one["Type"] == type_}

    def has(self, type_: str, name: str) -> bool:
        """Tell whether a resource of a type has a property."""
        return any(name in one.get("Properties", {}) for one in self.of_type(type_).values())

    def arn(self, service: str, tail: str) -> str:
        """Return the ARN of ``tail`` in the environment's region and account."""
        one = self.environment
        return f"arn:{one.partition}:{service}:{one.region}:{one.account_id}:{tail}"

    def global_arn(self, service: str, tail: str) -> str:
        """Return the ARN of ``tail`` of a service that has no regions, in the account."""
        return f"arn:{self.environment.partition}:{service}::{self.environment.account_id}:{tail}"

    def foreign_arn(self, service: str, tail: str) -> str:
        """Return the ARN of ``tail`` of a service whose ARNs name neither region nor account."""
        return f"arn:{self.environment.partition}:{service}:::{tail}"


def read_place(environment: Environment, text: str, path: str) -> Place:
    """Return the place of a template's text, read from ``path``; raises ``UsageError``."""
    try:
        template = json.loads(text)
        types = [resource["Type"] for resource in template["Resources"].values()]
        readable = all(isinstance(type_, str) for type_ in types)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        readable = False
    if not readable:
        raise UsageError(
            f"{path} is no template",
            "it has no Resources with a Type each",
            hint="Render it: bidops-cfn render --all",
        )
    return Place(environment, template)
