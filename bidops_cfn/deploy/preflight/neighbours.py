"""What the account has for each reference to another stack: exports, and outputs of stacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, find, paginate
from bidops_cfn.deploy.preflight.together import ask_each, once
from bidops_cfn.settings.references import Constant, Export, Reference, StackOutput


class StackPlace(NamedTuple):
    """A stack of this account."""

    region: str
    stack: str


@dataclass(frozen=True)
class Neighbours:
    """The other stacks, as far as ``references`` lead to them; asked once."""

    client: Client
    references: Sequence[Reference]

    @once
    def exports(self) -> Mapping[str, str]:
        """Every export of the account in this region, by name."""
        return {
            export["Name"]: export["Value"]
            for export in paginate(self.client, Call.LIST_EXPORTS, "Exports")
        }

    @once
    def outputs(self) -> Mapping[StackPlace, Mapping[str, str] | None]:
        """The outputs of each stack that is referred to; None where there is no stack."""
        places = sorted(
            {
                self.place(one)
                for one in self.references
                if isinstance(one, StackOutput) and not self.tell_why_unseen(one)
            }
        )
        return dict(ask_each(partial(_list_outputs, self.client), places))

    def find(self, reference: Reference) -> str | None:
        """Return the value of a reference; None where there is none, or where it is not seen."""
        if isinstance(reference, Constant):
            return reference.value
        if isinstance(reference, Export):
            return self.exports.get(reference.name)
        if self.tell_why_unseen(reference):
            return None
        return (self.outputs.get(self.place(reference)) or {}).get(reference.output)

    def place(self, reference: StackOutput) -> StackPlace:
        """Return where the stack is that a reference reads."""
        return StackPlace(reference.region or self.client.region, reference.stack)

    def tell_why_unseen(self, reference: Reference) -> str:
        """Return why a reference cannot be looked up from here; empty where it can.

        Other regions are asked as this one is. Another account lets its own role look, and that is
        CloudFormation's to assume.
        """
        if not isinstance(reference, StackOutput) or not reference.role_arn:
            return ""
        region, stack = self.place(reference)
        return (
            f"{reference.source}: cannot tell, only that role sees it; with credentials of that "
            f"account: aws cloudformation describe-stacks --stack-name {stack} --region {region} "
            "--query 'Stacks[0].Outputs'"
        )


def _list_outputs(client: Client, place: StackPlace) -> Mapping[str, str] | None:
    """Return the outputs of a stack by name; None only where AWS says that there is no stack."""
    region, stack = place
    answer = find(client.at(region), Call.DESCRIBE_OTHER_STACKS, StackName=stack)
    if answer is None:
        return None
    return {
        output["OutputKey"]: output.get("OutputValue", "")
        for one in answer["Stacks"][:1]
        for output in one.get("Outputs", ())
    }
