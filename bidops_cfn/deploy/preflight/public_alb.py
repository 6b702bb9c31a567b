"""The public load balancer and its HTTPS listener, as Elastic Load Balancing describes them.

They are lines of their own: where one may not be asked about, the other and the rules of both
(``load_balancer``) are still told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.faults import Fault, NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext, Findings, Unseen
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import HTTPS_PORT

Judged = tuple[list[str], list[str]]  # what refutes the contract, and what is left open
Fact = tuple[str, object, object, bool]  # member, what it is, what is wanted, whether it must be
ALB, LISTENER = Imports.PUBLIC_ALB_ARN, Imports.HTTPS_LISTENER_ARN
# What a value names -> the call that describes it, and the word for it in request and answer.
KINDS: Mapping[Imports, tuple[Call, str]] = {
    ALB: (Call.DESCRIBE_LOAD_BALANCERS, "LoadBalancer"),
    LISTENER: (Call.DESCRIBE_LISTENERS, "Listener"),
}


def public_alb(context: DeploymentContext) -> Preflight:
    """Ask whether the imported load balancer is open to the internet, and one for our targets."""
    fine = "the load balancer is internet-facing and active"
    return _check(context, "public alb", ALB, judge_balancer, fine)


def https(context: DeploymentContext) -> Preflight:
    """Ask whether the imported listener takes HTTPS."""
    fine = f"the listener takes HTTPS on {HTTPS_PORT}"
    return _check(context, "https", LISTENER, judge_listener, fine)


def _check(
    context: DeploymentContext,
    name: str,
    value: Imports,
    judge: Callable[[DeploymentContext, Json], Judged],
    fine: str,
) -> Preflight:
    if not any(service.public for service in context.target.services):
        return Preflight(name, Verdict.SKIPPED, "no service is public")
    try:
        findings = Findings(name, *judge(context, describe(context, value)))
    except NotFound:
        unknown = f"AWS knows no {context.find_value(value.value)} in this account and region"
        findings = Findings(name, doubts=[unknown])
    return findings.judge(
        fine,
        f"NetworkStack's owner corrects it (FR-021); or map another {value.value.output} under "
        f"[imports.network] in {context.settings}.",
    )


def describe(context: DeploymentContext, value: Imports) -> Json:
    """Return how AWS describes the load balancer, or the listener; raises ``Unseen``."""
    call, kind = KINDS[value]
    arn = context.find_value(value.value)
    found: Iterable[Json] = context.client(call, **{f"{kind}Arns": [arn]}).get(f"{kind}s") or ()
    for one in found:
        if one.get(f"{kind}Arn") == arn:
            return one
    raise Unseen(f"AWS does not describe {arn}")


def judge_balancer(context: DeploymentContext, found: Json) -> Judged:
    """Return what refutes that a load balancer leads from the internet to the services, and doubts.

    A target group of another VPC cannot stand behind it; services let in its imported group alone.
    """
    group = context.find_value(Imports.ALB_SECURITY_GROUP.value)
    arn, state = found["LoadBalancerArn"], found.get("State", {}).get("Code")
    groups = found.get("SecurityGroups", ())
    refuted, unknown = _judge(
        arn,
        ("Scheme", found.get("Scheme"), "internet-facing", True),
        ("Type", found.get("Type"), "application", True),
        ("VpcId", found.get("VpcId"), context.network.vpc, True),
        # As where the group is attached to nothing (``groups``): it may be attached meanwhile.
        ("SecurityGroups", group if group in groups else ", ".join(groups), group, False),
        ("State", state, "active", state == "failed"),  # others pass, or serve for now
    )
    zones = {one.get("ZoneName") for one in found.get("AvailabilityZones", ())}
    targets = _find_zones_of_targets(context)
    if not zones or not targets:
        unknown.append(f"{shorten(arn)}: cannot tell whether it is in the zones of its targets")
    elif missing := sorted(targets - zones):
        told = f"{shorten(arn)} is not in {' and '.join(missing)}"
        unknown.append(f"{told}: targets there get no request, and ECS stops them")
    return refuted, unknown


def _find_zones_of_targets(context: DeploymentContext) -> set[str]:
    try:
        tiers = context.network.subnets
    except (Fault, Unseen):  # as ``subnets`` reports
        return set()
    public = (one for one in context.target.services if one.public)
    return {its["AvailabilityZone"] for one in public for its in tiers[one.subnets]}


def judge_listener(_context: DeploymentContext, found: Json) -> Judged:
    """Return what refutes that clients of the internet reach a listener by HTTPS, and doubts."""
    return _judge(
        found["ListenerArn"],
        ("Protocol", found.get("Protocol"), "HTTPS", True),
        ("Port", found.get("Port"), HTTPS_PORT, False),  # clients may name another
    )


def _judge(arn: str, *facts: Fact) -> Judged:
    refuted, unknown = list[str](), list[str]()
    for member, is_, wanted, must in facts:
        if not is_:
            unknown.append(f"{shorten(arn)}: cannot tell its {member}")
        elif is_ != wanted:
            weight = refuted if must else unknown
            weight.append(f"{shorten(arn)}: {member} is {is_}, not {wanted}")
    return refuted, unknown


def is_listener_of(listener: str, balancer: str) -> bool:
    """Tell by their ARNs whether a listener is one of a load balancer's."""
    return shorten(listener).startswith(f"{shorten(balancer)}/")


def shorten(arn: str) -> str:
    """Return the load balancer or listener of an ARN, ``app/public/1a2b``."""
    return arn.partition("/")[2]
