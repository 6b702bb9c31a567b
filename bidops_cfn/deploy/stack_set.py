"""``stackset``: handing the reviewed template to CloudFormation StackSets.

Service-managed: the accounts of organizational units get a stack each, in the region that the
template is rendered for. Called by the account that administers the stack sets, which need not be
one that gets a stack. What preflight asks of an account is not asked of those accounts.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.faults import TRANSIENT, NotFound, Unsupported
from bidops_cfn.deploy.guards import require_answer
from bidops_cfn.deploy.preflight.basics import account, check, review, size
from bidops_cfn.deploy.records import Notice, Preflight, Result, Verdict
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack_set_operation import Operation, ask, identify, is_there, run_operation
from bidops_cfn.deploy.target import Target, format_image, get_digest
from bidops_cfn.deploy.template import (
    LEAVE_ALONE,
    find_capabilities,
    is_same_template,
    prepare_body,
)
from bidops_cfn.errors import (
    CannotTell,
    CheckFailed,
    GuardRefused,
    Interrupted,
)


def deploy_stack_set(runtime: Runtime, target: Target, minutes: float, *, yes: bool) -> Result:
    """Create or update the stack set and its stacks; return when the last operation is over."""
    settings = target.environment.stackset
    agree = require_answer(runtime, target.environment, yes=yes, otherwise="nothing was begun")
    _require_ready(runtime, target)
    before = _find_stack_set(runtime, target)
    instances = [] if before is None else _list_instances(runtime, target)
    there = {one["Account"] for one in instances}
    named = [one for one in settings.accounts if one not in there]
    if before is not None and not named and _is_current(target, before, instances):
        summary = f"{settings.name} is what is committed"
        return target.succeed("no changes", summary, template_sha256=target.sha256)
    units = set(settings.organizational_units)
    known = () if before is None or named else before.get("OrganizationalUnitIds", ())
    new = units.difference(known)
    agree(
        f"{'Create' if before is None else 'Update'} the stack set {settings.name}: a stack in each"
        f" account of {', '.join(sorted(units))}, {settings.failure_tolerance} may fail"
    )
    found: list[Operation] = []
    try:
        if before is None:
            _create(runtime, target)
        else:
            found.append(
                run_operation(runtime, target, minutes, Call.UPDATE_STACK_SET, _describe(target))
            )
        if new:
            targets = _describe_targets(new, named or settings.accounts)
            request = {"DeploymentTargets": targets, "Regions": [target.environment.region]}
            found.append(
                run_operation(runtime, target, minutes, Call.CREATE_STACK_INSTANCES, request)
            )
    except KeyboardInterrupt:
        why = f"no operation of ours runs, and not every account of {settings.name} has its stack"
        again = f"Run it again: {target.command('stackset')}"
        raise Interrupted("interrupted", why, hint=again) from None
    return _conclude(target, found)


def _require_ready(runtime: Runtime, target: Target) -> None:
    environment = target.environment
    settings = environment.stackset
    here = replace(environment, account_id=settings.administrator or environment.account_id)
    runtime.output.status("Checking the template ...")
    findings = [one(target) for one in (review, size, check)]
    findings += [account(runtime.client, here), _check_settings(target)]
    for finding in findings:
        runtime.output.emit(finding)
    refused = [one for one in findings if one.verdict is Verdict.REFUSED]
    if refused:
        names = ", ".join(one.check for one in refused)
        raise GuardRefused(
            "preflight failed",
            f"{names} ({len(refused)} of {len(findings)} checks); nothing was begun",
            details=[f"{one.check}: {one.message}" for one in refused],
            hint="\n".join(dict.fromkeys(one.hint for one in refused if one.hint)),
        )
    unseen = "what other stacks and the network of each account have is not looked at from here"
    runtime.output.emit(Notice(unseen))
    if environment.account_id in target.rendered:
        message = f"the template names account {environment.account_id}: every stack refers to it"
        runtime.output.emit(Notice(message))


def _check_settings(target: Target) -> Preflight:
    settings, name = target.environment.stackset, target.environment.name
    missing = [one.name for one in target.services if one.name not in target.images]
    wrong = []
    if not settings.organizational_units:
        wrong.append(f"params/{name}.toml names no organizational unit")
    if missing:
        wrong.append(f"no image is named for {', '.join(missing)}")
    if target.environment.deploy.pin_digest:  # no registry of those accounts is asked from here
        wrong += [
            f"deploy.pin_digest is on, and {one} {format_image(image)} has no digest beside it"
            for one, image in target.images.items()
            if not get_digest(image)
        ]
    if not wrong:
        where = f"{settings.name} in {target.environment.region}"
        return Preflight("stack set", Verdict.OK, where)
    images = [f"--image {one}=TAG" for one in missing]
    hint = (
        "Set organizational_units in [stackset], and name every image, with its digest "
        "(TAG@sha256:...) where deploy.pin_digest is on: "
    )
    hint += " ".join([target.command("stackset"), *images])
    return Preflight("stack set", Verdict.REFUSED, "; ".join(wrong), hint=hint)


def _find_stack_set(runtime: Runtime, target: Target) -> Json | None:
    try:
        found: Json = ask(runtime, target, Call.DESCRIBE_STACK_SET)["StackSet"]
    except NotFound:
        return None
    except Unsupported as fault:
        why = f"{fault}; a sandbox is one account, and stack sets are for many"
        step = f"Try the stack itself there: {target.command('deploy')}"
        raise GuardRefused("there are no stack sets here", why, hint=step) from fault
    if found.get("PermissionModel") != "SERVICE_MANAGED":
        what = f"{target.environment.stackset.name} is not service-managed"
        why = "its accounts are listed by hand, and its roles are its owner's"
        raise GuardRefused(what, why, hint="Name another one: name in [stackset] of the settings.")
    return found


def _list_instances(runtime: Runtime, target: Target) -> list[Json]:
    about = identify(target)
    return list(paginate(runtime.client, Call.LIST_STACK_INSTANCES, "Summaries", **about))


def _is_current(target: Target, before: Json, instances: Sequence[Json]) -> bool:
    units = {"OrganizationalUnitIds": target.environment.stackset.organizational_units}
    same_text = is_same_template(str(before.get("TemplateBody", "")), target.rendered)
    if not same_text or _compare(before) != _compare(_describe(target) | units):
        return False
    return {one.get("Status") for one in instances} == {"CURRENT"}


def _compare(described: Json) -> tuple[object, ...]:
    """Return what of a stack set is compared, beside the template."""
    return (
        {one["ParameterKey"]: one["ParameterValue"] for one in described.get("Parameters") or ()},
        {one["Key"]: one["Value"] for one in described.get("Tags") or ()},
        set(described.get("OrganizationalUnitIds", ())),
        {key: value for key, value in described.get("AutoDeployment", {}).items() if value},
    )


def _describe(target: Target) -> Json:
    """Return what the stack set is to be.

    Counts are left alone: an update of every account must not scale a busy service in. A new stack
    begins with the one task of each service that ECS starts, and scaling does the rest.
    """
    environment, settings = target.environment, target.environment.stackset
    declared = target.template.get("Parameters", {})
    values = {logical_ids.image(one): target.images[one.name] for one in target.services}
    values |= {logical_ids.desired_count(one): LEAVE_ALONE for one in target.services}
    deployment: Json = {"Enabled": settings.auto_deployment}
    if settings.auto_deployment:  # AWS takes neither where it is off
        deployment["RetainStacksOnAccountRemoval"] = True
        if settings.depends_on:
            deployment["DependsOn"] = list(settings.depends_on)
    return {
        "Description": f"{environment.name}: template sha256 {target.sha256}",
        "TemplateBody": prepare_body(target.rendered),
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in values.items()
            if key in declared
        ],
        "Capabilities": list(find_capabilities(target.template)),
        "Tags": [{"Key": key, "Value": value} for key, value in environment.tags.items()],
        "PermissionModel": "SERVICE_MANAGED",
        "AutoDeployment": deployment,
    }


def _describe_targets(units: set[str], accounts: Sequence[str]) -> Json:
    chosen = {"Accounts": list(accounts), "AccountFilterType": "INTERSECTION"} if accounts else {}
    return {"OrganizationalUnitIds": sorted(units), **chosen}


def _create(runtime: Runtime, target: Target) -> None:
    runtime.output.status("Creating the stack set ...")
    token = f"bidops-cfn-{runtime.unique()[:16]}"
    try:
        ask(runtime, target, Call.CREATE_STACK_SET, ClientRequestToken=token, **_describe(target))
    except TRANSIENT as lost:
        if not is_there(runtime, lambda: _find_stack_set(runtime, target) is not None):
            what = f"cannot tell whether {target.environment.stackset.name} was created"
            step = lost.before(f"Run it again: {target.command('stackset')}")
            raise CannotTell(what, str(lost), hint=step) from lost


def _conclude(target: Target, operations: Sequence[Operation]) -> Result:
    name = target.environment.stackset.name
    ends = [one.end for one in operations]
    places = {place: found for one in operations for place, found in one.told.items()}
    hint = "Look at the units, and at accounts in [stackset] of the settings."
    if not places:
        why = "no account of its organizational units was deployed to"
        raise CheckFailed(f"{name} has no stack", why, hint=hint)
    bad = [one for _, one in sorted(places.items()) if one.status != "SUCCEEDED"]
    if bad or set(ends) != {"SUCCEEDED"}:
        what = f"{len(bad)} of {len(places)} stacks of {name} are not as committed"
        why = f"the operation is {', '.join(dict.fromkeys(ends))}"
        told = (f"{one.account} {one.region}: {one.status} {one.reason}".rstrip() for one in bad)
        step = f"Fix the cause in these accounts, and run it again: {target.command('stackset')}"
        raise CheckFailed(what, why, details=list(told), hint=step)
    reached = {account for account, _ in places}
    lacking = [one for one in target.environment.stackset.accounts if one not in reached]
    if lacking:
        why = "no operation deployed to it: is it in one of the organizational units?"
        raise CheckFailed(f"{name} has no stack in {', '.join(lacking)}", why, hint=hint)
    summary = f"{name} has {len(places)} stacks, all as committed"
    return target.succeed("deployed", summary, template_sha256=target.sha256)
