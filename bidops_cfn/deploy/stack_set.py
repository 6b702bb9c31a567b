"""``stackset``: handing the reviewed template to CloudFormation StackSets.

Service-managed: the accounts of organizational units get a stack each, in the region that the
template is rendered for. Called by the account that administers the stack sets, which need not be
one that gets a stack. What preflight asks of an account is not asked of those accounts.

An operation has an id of ours: after an answer that was lost, StackSets is asked for that id. It
belongs to StackSets and goes on by itself; leaving it is never a failure of it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.faults import TRANSIENT, Fault, NotFound, Rejected, Unsupported
from bidops_cfn.deploy.guards import require_answer
from bidops_cfn.deploy.preflight.basics import account, check, review, size
from bidops_cfn.deploy.records import Instance, Notice, Preflight, Result, Verdict
from bidops_cfn.deploy.runtime import OutputClosed, Runtime, Trouble, repeat
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
    StackBusy,
    StillRunning,
)

POLL_SECONDS = 5.0
ASK_SECONDS = 30.0  # for an operation whose answer was lost to be seen
SILENCE_SECONDS = 300.0  # until an AWS that does not answer is left
OVER = ("SUCCEEDED", "FAILED", "STOPPED")


@dataclass(slots=True)
class Operation:
    """An operation of the stack set, how it ended, and what was told of each account."""

    target: Target
    id: str
    end: str = ""
    told: dict[tuple[str, str], Instance] = field(default_factory=dict)

    @property
    def counts(self) -> list[str]:
        """How many accounts are in each status."""
        statuses = Counter(one.status for one in self.told.values())
        return [f"{count} {word}" for word, count in sorted(statuses.items())]


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
            found.append(_run(runtime, target, minutes, Call.UPDATE_STACK_SET, _describe(target)))
        if new:
            targets = _describe_targets(new, named or settings.accounts)
            request = {"DeploymentTargets": targets, "Regions": [target.environment.region]}
            found.append(_run(runtime, target, minutes, Call.CREATE_STACK_INSTANCES, request))
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
        found: Json = _ask(runtime, target, Call.DESCRIBE_STACK_SET)["StackSet"]
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
    about = _identify(target)
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
        _ask(runtime, target, Call.CREATE_STACK_SET, ClientRequestToken=token, **_describe(target))
    except TRANSIENT as lost:
        if not _is_there(runtime, lambda: _find_stack_set(runtime, target) is not None):
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


def _identify(target: Target) -> Json:
    """Return how a request names the stack set, and as whom it is made."""
    settings = target.environment.stackset
    delegated = {"CallAs": "DELEGATED_ADMIN"} if settings.delegated else {}
    return {"StackSetName": settings.name, **delegated}


def _ask(runtime: Runtime, target: Target, call: Call, **more: object) -> Json:
    """Make a call about the stack set."""
    return runtime.client(call, **_identify(target), **more)


def _run(runtime: Runtime, target: Target, minutes: float, call: Call, request: Json) -> Operation:
    """Begin an operation and follow it to its end; return what became of each account."""
    settings = target.environment.stackset
    operation = Operation(target, f"bidops-cfn-{runtime.unique()[:16]}")
    preferences = {
        "FailureToleranceCount": settings.failure_tolerance,
        "MaxConcurrentCount": settings.failure_tolerance + 1,  # no more may fail at once
    }
    runtime.output.status(f"Handing the template to {settings.name} ...")
    begun = False
    try:
        _begin(runtime, operation, call, {**request, "OperationPreferences": preferences})
        begun = True
        _follow(runtime, operation, minutes * 60)
    except (KeyboardInterrupt, OutputClosed) as end:
        why = str(end) or ("interrupted; StackSets goes on" if begun else "interrupted")
        raise _make_left_error(operation, why, known=begun) from None
    return operation


def _begin(runtime: Runtime, operation: Operation, call: Call, request: Json) -> None:
    name = operation.target.environment.stackset.name
    try:
        _ask(runtime, operation.target, call, OperationId=operation.id, **request)
    except Rejected as refused:
        if "OperationInProgress" not in refused.code:
            raise
        what, step = f"{name} is in another operation", "Wait until it is over."
        raise StackBusy(what, refused.why, hint=step) from refused
    except TRANSIENT as lost:
        try:
            begun = _is_there(runtime, lambda: bool(_read(runtime, operation)))
        except Fault as unknown:
            raise _make_left_error(operation, str(unknown), unknown, known=False) from lost
        if not begun:
            raise


def _is_there(runtime: Runtime, look: Callable[[], bool]) -> bool:
    """Tell whether ``look`` finds what a lost request asked for, within ``ASK_SECONDS``."""
    for _ in repeat(runtime.clock, ASK_SECONDS, POLL_SECONDS):
        with suppress(NotFound):
            if look():
                return True
    return False


def _read(runtime: Runtime, operation: Operation) -> Json:
    call = Call.DESCRIBE_STACK_SET_OPERATION
    answer = _ask(runtime, operation.target, call, OperationId=operation.id)
    found: Json = answer["StackSetOperation"]
    return found


def _follow(runtime: Runtime, operation: Operation, seconds: float) -> None:
    clock, name = runtime.clock, operation.target.environment.stackset.name
    start = answered = clock.monotonic()
    trouble = Trouble(runtime.output, "the operation cannot be read now")
    while True:
        try:
            with trouble.told_once():
                status = str(_read(runtime, operation)["Status"])
                _tell(runtime, operation)
                answered = clock.monotonic()
                if status in OVER:
                    operation.end = status
                    return
        except Fault as fault:
            raise _make_left_error(operation, str(fault), fault) from fault
        lost = trouble.fault
        if lost and clock.monotonic() - answered > SILENCE_SECONDS:
            raise _make_left_error(operation, str(lost), lost, known=False) from lost
        if clock.monotonic() - start >= seconds:
            raise _make_left_error(operation, f"it took longer than {seconds / 60:g} minutes")
        shown = ", ".join(operation.counts) or "no account yet"
        runtime.output.status(f"Waiting for {name}: {shown} ...")
        clock.sleep(POLL_SECONDS)


def _tell(runtime: Runtime, operation: Operation) -> None:
    call = Call.LIST_STACK_SET_OPERATION_RESULTS
    about = {**_identify(operation.target), "OperationId": operation.id}
    for one in paginate(runtime.client, call, "Summaries", **about):
        place, status = (one["Account"], one["Region"]), one["Status"]
        if place not in operation.told or operation.told[place].status != status:
            operation.told[place] = Instance(*place, status, one.get("StatusReason", ""))
            runtime.output.emit(operation.told[place])


def _make_left_error(
    operation: Operation, why: str, fault: Fault | None = None, *, known: bool = True
) -> StillRunning:
    """Return the error for an operation that is left: it still runs, or that is not ``known``."""
    environment = operation.target.environment
    name = environment.stackset.name
    about = f" --stack-set-name {name} --operation-id {operation.id}"
    about += " --call-as DELEGATED_ADMIN" if environment.stackset.delegated else ""
    describe, stop = (
        operation.target.aws(f"cloudformation {one}-stack-set-operation{about}", environment.region)
        for one in ("describe", "stop")
    )
    step = f"See how it goes on, or stop it:\n  {describe}\n  {stop}"
    hint = fault.before(step) if fault else step
    if not known:
        return CannotTell(f"cannot tell how the operation on {name} goes on", why, hint=hint)
    what = f"the operation on {name} still runs"
    return StillRunning(what, why, details=operation.counts, hint=hint)
