"""What the account has for each reference to another stack: exports, and outputs of stacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, paginate
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.together import ask_each, once
from bidops_cfn.references import Constant, Export, Reference, StackOutput


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
    def outputs(self) -> Mapping[str, Mapping[str, str] | None]:
        """The outputs of each stack that is referred to, by stack; None where there is no stack."""
        stacks = sorted(
            {
                one.stack
                for one in self.references
                if isinstance(one, StackOutput) and not self.tell_why_unseen(one)
            }
        )
        return dict(zip(stacks, ask_each(partial(list_outputs, self.client), stacks), strict=True))

    def find(self, reference: Reference) -> str | None:
        """Return the value of a reference; None where there is none, or where it is not seen."""
        if isinstance(reference, Constant):
            return reference.value
        if isinstance(reference, Export):
            return self.exports.get(reference.name)
        if self.tell_why_unseen(reference):
            return None
        return (self.outputs.get(reference.stack) or {}).get(reference.output)

    def tell_why_unseen(self, reference: Reference) -> str:
        """Return why a reference cannot be looked up from here; empty where it can."""
        if not isinstance(reference, StackOutput):
            return ""
        if reference.role_arn:
            return f"{reference.source}: cannot tell, only that role sees it"
        if reference.region not in ("", self.client.region):
            return f"{reference.source}: cannot tell, only {self.client.region} can be asked"
        return ""


def list_outputs(client: Client, stack: str) -> Mapping[str, str] | None:
    """Return the outputs of a stack by name; None only where AWS says that there is no stack."""
    try:
        described = client(Call.DESCRIBE_OTHER_STACKS, StackName=stack)["Stacks"]
    except NotFound:
        return None
    return {
        output["OutputKey"]: output.get("OutputValue", "")
        for one in described[:1]
        for output in one.get("Outputs", ())
    }
