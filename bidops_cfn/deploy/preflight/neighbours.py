"""What the other stacks of an account have: for each reference, and for an environment's imports.

For imports only an output of the very name is proposed. What is merely near is shown beside a gap,
for a person to decide on: a wrong group or subnet would open what the contract keeps closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import NamedTuple

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, ask_each, find, once, paginate
from bidops_cfn.deploy.stack import Stack, parse_stack
from bidops_cfn.errors import UsageError
from bidops_cfn.settings.contract import Import
from bidops_cfn.settings.contract import Stack as Producer
from bidops_cfn.settings.environment import Environment
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
        places = {
            self.place(one)
            for one in self.references
            if isinstance(one, StackOutput) and not self.tell_why_unseen(one)
        }
        return dict(ask_each(partial(_list_outputs, self.client), sorted(places)))

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
        """Return why a reference cannot be looked up from here; empty where it can."""
        if not isinstance(reference, StackOutput) or not reference.role_arn:
            return ""
        region, stack = self.place(reference)
        return (
            f"{reference.source}: cannot tell, only that role sees it; with credentials of that "
            f"account: aws cloudformation describe-stacks --stack-name {stack} --region {region} "
            "--query 'Stacks[0].Outputs'"
        )


def _list_outputs(client: Client, place: StackPlace) -> Mapping[str, str] | None:
    region, stack = place
    answer = find(client.at(region), Call.DESCRIBE_OTHER_STACKS, StackName=stack)
    if answer is None:
        return None
    return {
        output["OutputKey"]: output.get("OutputValue", "")
        for one in answer["Stacks"][:1]
        for output in one.get("Outputs", ())
    }


Offer = tuple[str, Reference]  # the output's name, and how to refer to it
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+")
KINDS = frozenset({"Id", "Ids", "Arn", "Uri", "Name", "Parameter"})


def search(client: Client, environment: Environment) -> Sequence[Stack]:
    """Return the other stacks of the environment's account and region."""
    account = client(Call.GET_CALLER_IDENTITY)["Account"]
    if account != environment.account_id:
        what = f"the credentials are of account {account}"
        why = f"the settings are of account {environment.account_id}"
        hint = "Name a profile of that account with --profile, or leave out --neighbours."
        raise UsageError(what, why, hint=hint)
    found = map(parse_stack, paginate(client, Call.DESCRIBE_EVERY_STACK, "Stacks"))
    others = (one for one in found if one.name != environment.stack_name)
    return [one for one in others if one.status != "DELETE_COMPLETE"]


def propose(environment: Environment, stacks: Sequence[Stack]) -> Iterator[str]:
    """Yield lines of ``[imports]``: what was found, and a comment for each gap."""
    offers = list(_offers(stacks))
    for producer in Producer:
        values = [one for one in environment.contract_values if one.stack is producer]
        yield f"[imports.{producer.value}]"
        for value in values:
            yield from _propose(environment, value, offers)
        yield ""


def _offers(stacks: Sequence[Stack]) -> Iterator[Offer]:
    for stack in sorted(stacks, key=lambda one: one.name):
        for output in stack.outputs:
            export = Export(output.export) if output.export else None
            yield output.key, export or StackOutput(stack.name, output.key)


def _propose(environment: Environment, value: Import, offers: Sequence[Offer]) -> Iterator[str]:
    plain = Export(environment.imports.exported(environment.name, value))
    if any(reference == plain for _, reference in offers):
        yield f"# {value.output}: {plain.source}, as the pattern says"
        return
    exact = [reference for name, reference in offers if name == value.output]
    if len(exact) == 1:
        yield f"{value.output} = {_format_setting(exact[0])}"
        return
    if exact:
        yield f"# GAP {value.output}: {len(exact)} stacks have it; choose one:"
    near = exact or [reference for name, reference in offers if name in _near(value, offers)]
    if not exact:
        also = "; near, if it is one of these:" if near else ""
        several = f" (up to {value.most}, in an array)" if value.most > 1 else ""
        yield f"# GAP {value.output}: no stack has an output of this name{several}{also}"
    for reference in near:
        yield f"#   {_format_setting(reference)}"
    if not near:
        yield f'#   a new output of its owner, or {value.output} = {{ value = "..." }}'


def _near(value: Import, offers: Sequence[Offer]) -> set[str]:
    """Return the names of outputs that have the words of the value's, or nearly its name."""
    names = [name for name, _ in offers]
    words = {one.lower() for one in WORDS.findall(value.output) if one not in KINDS}
    least = len(words) - (len(words) > 3)  # a group for each endpoint seldom says VPC too
    found = {name for name in names if 0 < least <= sum(one in name.lower() for one in words)}
    return found | set(get_close_matches(value.output, names, n=3, cutoff=0.75))


def _format_setting(reference: Reference) -> str:
    setting = reference.setting
    if isinstance(setting, dict):
        return "{ " + ", ".join(f'{key} = "{text}"' for key, text in setting.items()) + " }"
    return f'"{setting}"'
