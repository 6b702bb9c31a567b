"""What a deployment starts from: the target, the stack as it is now, and what AWS says of both.

Each question that several checks have is asked once (``client.once``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, find_each, once
from bidops_cfn.deploy.mounted_secrets import describe_parameters
from bidops_cfn.deploy.preflight.neighbours import Neighbours
from bidops_cfn.deploy.preflight.network import Network
from bidops_cfn.deploy.preflight.registry import Registry
from bidops_cfn.deploy.protection import is_own_policy, read_stack_policy
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.runtime import Clock
from bidops_cfn.deploy.stack import Stack, StackAction, choose_action, find_stack, get_template
from bidops_cfn.deploy.target import Target, get_digest
from bidops_cfn.deploy.template import TemplateUnreadable, parse_template
from bidops_cfn.settings.contract import Import, secret_import, secrets_manager_import
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, Reference

PAGE = "docs/before-the-first-deployment.md says what each line of preflight wants."


class Unseen(Exception):
    """A check cannot look, for a reason that another check reports."""


@dataclass(frozen=True)
class DeploymentContext:
    """A target in its account; properties ask AWS when they are first read, and raise faults."""

    client: Client
    target: Target
    clock: Clock

    @property
    def environment(self) -> Environment:
        """The settings."""
        return self.target.environment

    @property
    def settings(self) -> str:
        """The file of the settings, for a hint."""
        return f"params/{self.environment.name}.toml"

    @once
    def stack(self) -> Stack | None:
        """The stack, or None when there is none."""
        return find_stack(self.client, self.environment.stack_name)

    @once
    def deployed(self) -> str | None:
        """The text of the stack's template, where it can be updated."""
        if self.stack is None or choose_action(self.stack.status) is not StackAction.UPDATE:
            return None
        return get_template(self.client, self.stack.id)

    @once
    def deployed_template(self) -> Json:
        """The stack's template where it can be updated, empty where there is none."""
        return parse_template(self.deployed)

    @once
    def foreign_policy(self) -> Json | None:
        """The policy of a stack that we protect, where it is none that this tool has set."""
        if self.deployed is None or not self.environment.deploy.termination_protection:
            return None
        stack = self.stack
        policy = read_stack_policy(self.client, stack) if stack else None
        known = (self.protected_template, self.target.template)
        return policy if policy and not is_own_policy(policy, *known) else None

    @property
    def protected_template(self) -> Json:
        """The template that says what a policy of the stack guards before an update.

        It is the stack's own; where that cannot be read, the one that is to be deployed.
        """
        try:
            return self.deployed_template
        except TemplateUnreadable:
            return self.target.template

    @once
    def neighbours(self) -> Neighbours:
        """What the other stacks have for the references of template and settings."""
        values = self.environment.contract_values
        settings = (self.environment.references(value) for value in values)
        references = {*self.target.references}.union(*settings)
        return Neighbours(self.client, tuple(references))

    @once
    def imported(self) -> Mapping[Reference, str]:
        """The value of everything that the template takes from other stacks, where it exists."""
        constants = (
            one
            for value in self.environment.contract_values
            for one in self.environment.references(value)
            if isinstance(one, Constant)
        )
        wanted = (*self.target.references, *constants)
        found = {one: self.neighbours.find(one) for one in wanted}
        return {one: value for one, value in found.items() if value is not None}

    @once
    def previous_images(self) -> Mapping[str, str | None]:
        """The image that the stack has for each service, by its name; None where it has none."""
        previous = self.stack.parameters if self.stack else {}
        return {one.name: previous.get(logical_ids.image(one)) for one in self.target.services}

    @property
    def named(self) -> Mapping[str, str | None]:
        """The image of each service, given now or kept; None where none is named."""
        images, previous = self.target.images, self.previous_images
        return {name: images.get(name) or before for name, before in previous.items()}

    @property
    def pins(self) -> bool:
        """Whether a tag is deployed by its digest; the images of a plan are as they are."""
        return self.environment.deploy.pin_digest and not self.target.planned

    @property
    def pinnable(self) -> tuple[str, ...]:
        """The services whose image is given by its tag alone, and deployed by the tag's digest."""
        given = self.target.images.items()
        return tuple(name for name, image in given if self.pins and not get_digest(image))

    @once
    def registry(self) -> Registry:
        """What ECR says of the images."""
        kept = {name for name, old in self.previous_images.items() if old == self.named[name]}
        return Registry(self.client, self.target, self.neighbours, self.named, kept)

    @once
    def images(self) -> Mapping[str, str | None]:
        """The image that each service will have, with its digest where that is deployed."""
        images = dict(self.named)
        for name in self.pinnable:
            digest = self.registry.found[name]
            if isinstance(digest, str) and digest:
                images[name] = f"{images[name]}@{digest}"
        return images

    @property
    def resolved_target(self) -> Target:
        """The target whose images are those that are deployed, with their digests."""
        given = {name: image for name, image in self.images.items() if name in self.target.images}
        return replace(self.target, images={name: one for name, one in given.items() if one})

    @once
    def network(self) -> Network:
        """What EC2 says of the imported network."""
        return Network(self.client, self.find_values)

    @property
    def secrets(self) -> Mapping[Import, str]:
        """The value of SecurityStack for each secret, and the service that its ARN has to name."""
        services = self.environment.services.values()
        return {
            secret_import(output): "ssm" for one in services for output in one.secrets.values()
        } | {
            secrets_manager_import(output): "secretsmanager"
            for one in services
            for output in one.secrets_manager.values()
        }

    @once
    def unseen_secrets(self) -> tuple[str, ...]:
        """Why secrets that the settings name cannot be looked for, a reason for each."""
        reasons: list[str] = []
        for value in self.secrets:
            try:
                self.find_values(value)
            except Unseen as unseen:
                reasons.append(str(unseen))
        return tuple(reasons)

    @once
    def parameters(self) -> Mapping[str, Json]:
        """Every SSM parameter that a container reads, by what follows ``parameter/`` in its ARN."""
        paths = {path for arn in self.imported.values() if (path := get_parameter_path(arn))}
        return describe_parameters(self.client, sorted(paths))

    @once
    def managed(self) -> Mapping[str, Json | None]:
        """Every secret of Secrets Manager that a container reads, by ARN; None if it is gone."""
        arns = sorted({arn for arn in self.imported.values() if ":secretsmanager:" in arn})
        found = find_each(self.client, Call.DESCRIBE_SECRET, "SecretId", arns)
        return {arn: None if held and "DeletedDate" in held else held for arn, held in found}

    def find_values(self, value: Import) -> tuple[str, ...]:
        """Return what the other stacks have for a contract value; two ids of a pair.

        Raises ``Unseen`` where they have nothing.
        """
        found: list[str] = []
        for one in self.environment.references(value):
            held = self.neighbours.find(one)
            if held is None:
                absent = f"there is no {one.source} (see imports)"
                if isinstance(one, Export):
                    absent = f"{one.name} is not exported (see imports)"
                raise Unseen(self.neighbours.tell_why_unseen(one) or absent)
            parts = [part.strip() for part in held.split(",")]
            if not all(parts):
                raise Unseen(f"{one.source} has an empty value")
            found += parts
        return tuple(found)

    def find_value(self, value: Import) -> str:
        """Return what the other stacks have for a value that is one id, name or ARN."""
        return self.find_values(value)[0]

    def number_assumption(self, value: Import) -> str:
        """Return how REVIEW.md numbers the assumption about a contract value, ``A4``."""
        return self.find_number(f"`{value.output}`", f"the claim about {value.output}")

    def find_number(self, words: str, otherwise: str) -> str:
        """Return the number of the first assumption whose text has ``words``, or ``otherwise``."""
        numbered = self.target.assumptions().items()
        return next((number for number, text in numbered if words in text), otherwise)


def get_parameter_path(arn: str) -> str:
    """Return what follows ``parameter/`` in the ARN of an SSM parameter, or an empty string."""
    return arn.partition(":parameter/")[2] if ":ssm:" in arn else ""


@dataclass(slots=True)
class Findings:
    """What a check found: what stands ``against`` a deployment, and what is in doubt."""

    check: str
    against: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        """Everything that is told, once, what is against it first."""
        return list(dict.fromkeys((*self.against, *self.doubts)))

    def judge(self, fine: str, hint: str) -> Preflight:
        """Return the finding: refused for anything against, a warning for anything in doubt."""
        told = self.told
        if not told:
            return Preflight(self.check, Verdict.OK, fine)
        more = f"; {len(told) - 1} more" if len(told) > 1 else ""
        verdict = Verdict.REFUSED if self.against else Verdict.WARNING
        return Preflight(self.check, verdict, told[0] + more, tuple(told[1:]), hint)
