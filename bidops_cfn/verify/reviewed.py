"""The reviewed permissions of a role, as IAM would have to have them in this account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bidops_cfn import logical_ids
from bidops_cfn.facts import symbols
from bidops_cfn.facts.template_under_review import pseudo_parameters
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import read_expression
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part
from bidops_cfn.spec.permissions import CONDITIONS, RESOURCES
from bidops_cfn.verify.finding import Unobserved
from bidops_cfn.verify.observed import Observed

IDS: Mapping[Part, Callable[[Service], str]] = {Part.LOG_GROUP: logical_ids.log_group}


@dataclass(frozen=True)
class Deployed:
    """The stack that runs, as ``spec`` asks for one; what it returns is filled in."""

    seen: Observed

    @property
    def settings(self) -> Environment:
        """The settings."""
        return self.seen.environment

    def id(self, service: Service, part: Part) -> str:
        """Return the logical id of what plays ``part`` for ``service``."""
        return IDS[part](service)

    def fill(self, value: Any) -> Any:
        """Return a value with what other stacks have, and the ARNs of log groups, filled in."""
        reference = read_expression(value)
        if reference is not None:
            held = self.seen.context.neighbours.find(reference)
            if not held:
                raise Unobserved(f"AWS shows no {reference.source}")
            return held
        if isinstance(value, dict):
            if symbols.GETATT in value:
                group = self.seen.find(value[symbols.GETATT][0])
                return self.seen.arn("logs", f"log-group:{group}:*")
            return {key: self.fill(one) for key, one in value.items()}
        return [self.fill(one) for one in value] if isinstance(value, list) else value

    def resolve(self, values: Sequence[object]) -> list[str]:
        """Return values of ``spec`` as AWS has them; raises ``Unobserved`` where one is unknown."""
        known = pseudo_parameters(self.settings)
        found = [symbols.with_known(symbols.canonical(self.fill(one)), known) for one in values]
        for one in found:
            if not isinstance(one, str):
                raise Unobserved(f"cannot tell what {symbols.show(one)} is")
        return [str(one) for one in found]


def list_patterns(seen: Observed, service: Service, on: str) -> Sequence[str]:
    """Return the resources that ``on`` of a reviewed permission stands for; none without any.

    In a policy's words: with a wildcard where something stays open.
    """
    stack = Deployed(seen)
    return stack.resolve(RESOURCES[on](stack, service))


def find_condition(
    seen: Observed, service: Service, entry: Mapping[str, Any]
) -> Mapping[tuple[str, str], Sequence[str]]:
    """Return the condition of a reviewed permission: values by operator and key, in lower case."""
    stack = Deployed(seen)
    under = CONDITIONS[entry["under"]](stack, service) if "under" in entry else None
    return {under[:2]: sorted(stack.resolve(under[2]))} if under else {}
