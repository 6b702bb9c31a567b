"""What we import exists, and what we stop exporting is not imported elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, ask_each, paginate
from bidops_cfn.deploy.faults import NotFound, Rejected
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.neighbours import Neighbours
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.template import Json, TemplateUnreadable, find_exports
from bidops_cfn.settings.references import Constant, Export, Reference, StackOutput


def imports(context: DeploymentContext) -> Preflight:
    """Look for every imported export, and for every output of a stack that is read."""
    neighbours = context.neighbours
    wanted = context.target.references
    why_unseen = {one: neighbours.tell_why_unseen(one) for one in wanted}
    unseen = tuple(filter(None, why_unseen.values()))
    missing = [one for one in wanted if not why_unseen[one] and neighbours.find(one) is None]
    what = _format_kinds(wanted)
    if missing:
        told = f"{len(missing)} of {what} do not exist in this account"
        hint = (
            "Deploy the stacks that have them first, or say where the values come from under "
            f"[imports] in {context.settings}."
        )
        details = (*(_describe_missing(neighbours, one) for one in missing), *unseen)
        return Preflight("imports", Verdict.REFUSED, told, details, hint)
    if unseen:
        told = f"{len(unseen)} of {what} are another account's, which cannot be looked at"
        return Preflight("imports", Verdict.WARNING, told, unseen)
    return Preflight("imports", Verdict.OK, f"all {what} exist{_count_constants(context)}")


def _count_constants(context: DeploymentContext) -> str:
    environment = context.environment
    values = (environment.references(value) for value in environment.contract_values)
    count = sum(isinstance(one, Constant) for references in values for one in references)
    return f"; {count} constant{'s' * (count > 1)} of the settings" if count else ""


def _format_kinds(references: Sequence[Reference]) -> str:
    exports = sum(isinstance(one, Export) for one in references)
    outputs = len(references) - exports
    kinds = (
        (exports, f"imported export{'s' * (exports != 1)}"),
        (outputs, f"output{'s' * (outputs != 1)} of stacks"),
    )
    return " and ".join(f"{count} {kind}" for count, kind in kinds if count) or "0 imported exports"


def _describe_missing(neighbours: Neighbours, reference: Export | StackOutput) -> str:
    if isinstance(reference, Export):
        return reference.name + _name_near(reference.name, neighbours.exports)
    place = neighbours.place(reference)
    outputs = neighbours.outputs[place]
    if outputs is None:
        there = sorted(
            one.stack
            for one, found in neighbours.outputs.items()
            if one.region == place.region and found is not None
        )
        near = _name_near(reference.stack, there)
        return f"{reference.source}: there is no stack {reference.stack}{near}"
    return (
        f"{reference.source}{_name_near(reference.output, outputs)}; "
        f"in its CDK stack: new CfnOutput(this, '{reference.output}', {{ value: ... }}); "
        f'in its template, under Outputs: "{reference.output}": {{"Value": ...}}'
    )


def _name_near(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f" (there is {near[0]})" if near else ""


def exports(context: DeploymentContext) -> Preflight:
    """Look for importers of every export that the new template drops or defines differently."""
    if context.deployed is None:
        return Preflight("exports", Verdict.SKIPPED, "the stack exports nothing yet")
    old = find_deployed_exports(context)
    new = find_exports(context.target.template)
    touched = sorted(name for name in old if old[name] is None or new.get(name) != old[name])
    used = in_use(context.client, touched)
    if used:
        return refusal(used)
    return Preflight("exports", Verdict.OK, "no export that changes is imported elsewhere")


def find_deployed_exports(context: DeploymentContext) -> Mapping[str, Json | None]:
    """Return the value expression of every export of the stack, by its name.

    None stands for an expression that is not known, since the stack's template cannot be read.
    """
    try:
        return find_exports(context.deployed_template)
    except TemplateUnreadable:
        outputs = context.stack.outputs if context.stack else ()
        return {output.export: None for output in outputs if output.export}


def refusal(used: Iterable[tuple[str, tuple[str, ...]]]) -> Preflight:
    """Return the finding about exports that stacks import; CloudFormation would fail half way."""
    told = "exports that this change removes or alters are imported by other stacks"
    details = tuple(f"{name}: imported by {', '.join(stacks)}" for name, stacks in used)
    hint = "Deploy the importing stacks without these imports first."
    return Preflight("exports", Verdict.REFUSED, told, details, hint)


def in_use(client: Client, names: Iterable[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return each export of ``names`` that is imported, with the importing stacks."""
    return [one for one in ask_each(partial(_list_importers, client), names) if one[1]]


def _list_importers(client: Client, name: str) -> tuple[str, ...]:
    try:
        return tuple(map(str, paginate(client, Call.LIST_IMPORTS, "Imports", ExportName=name)))
    except (NotFound, Rejected) as fault:  # AWS answers an error where there are none
        if "is not imported by any stack" in fault.why or "does not exist" in fault.why:
            return ()
        raise
