"""What we import exists, and what we stop exporting is not imported elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import partial

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, paginate
from bidops_cfn.deploy.faults import Fault, NotFound, Rejected
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.together import ask_each
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.template import Json, TemplateUnreadable, find_exports, find_imports


def imports(context: DeploymentContext) -> Preflight:
    """Look for every imported export among the account's."""
    wanted = find_imports(context.target.template)
    missing = [name for name in wanted if name not in context.exports]
    if not missing:
        return Preflight("imports", Verdict.OK, f"all {len(wanted)} imported exports exist")
    details = []
    for name in missing:
        near = get_close_matches(name, context.exports, n=1, cutoff=0.6)
        details.append(f"{name}" + (f" (there is {near[0]})" if near else ""))
    return Preflight(
        "imports",
        Verdict.REFUSED,
        f"{len(missing)} of {len(wanted)} imported exports do not exist in this account",
        details=tuple(details),
        hint="Deploy the stacks that export them first, or map their real names under [imports] in "
        f"params/{context.target.environment.name}.toml.",
    )


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
    return Preflight(
        "exports",
        Verdict.REFUSED,
        "exports that this change removes or alters are imported by other stacks",
        details=tuple(f"{name}: imported by {', '.join(stacks)}" for name, stacks in used),
        hint="Deploy the importing stacks without these imports first.",
    )


def in_use(client: Client, names: Iterable[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return each export of ``names`` that is imported, with the importing stacks."""
    several = list(names)
    found = ask_each(partial(list_importers, client), several)
    return [(name, stacks) for name, stacks in zip(several, found, strict=True) if stacks]


def list_importers(client: Client, name: str) -> tuple[str, ...]:
    """Return the stacks that import an export; AWS answers an error when there are none."""
    try:
        return tuple(map(str, paginate(client, Call.LIST_IMPORTS, "Imports", ExportName=name)))
    except (NotFound, Rejected) as fault:
        if is_unused(fault):
            return ()
        raise


def is_unused(fault: Fault) -> bool:
    """Tell whether AWS's error only says that an export is imported by no stack."""
    return "is not imported by any stack" in fault.why or "does not exist" in fault.why
