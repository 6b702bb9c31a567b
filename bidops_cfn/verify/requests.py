"""What IAM would say to the services' requests, and what CloudTrail says it said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.review.writing import counted
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.permissions import entries
from bidops_cfn.verify.finding import Finding, OnService, Unobserved, judge, leave_open, merge
from bidops_cfn.verify.observed import Observed
from bidops_cfn.verify.roles import EXECUTION, TASK, find_condition, list_patterns, name_role

# What no task may do, whatever its role (FR-018), and what BFF may not (US5-4).
FORBIDDEN = (
    "cloudformation:UpdateStack", "ec2:AuthorizeSecurityGroupIngress", "ecs:DeleteService",
    "ecs:UpdateService", "iam:PassRole", "iam:PutRolePolicy", "logs:DeleteLogGroup",
    "s3:DeleteBucket", "s3:DeleteObject", "ssm:DeleteParameter", "ssm:PutParameter",
)  # fmt: skip
FORBIDDEN_TO_BFF = ("bedrock:InvokeAgent", "bedrock:InvokeModel", "s3:GetObject", "s3:PutObject")
INVOCATIONS = ("InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream")
SAMPLE = "verify"  # stands for what a pattern leaves open in a request that is simulated


def list_resources(seen: Observed, service: Service, on: str) -> Sequence[str]:
    """Return the same as resources that a request may name."""
    region = f":{seen.environment.region}::"
    return [
        one if one == "*" else one.replace(":*::", region).replace("*", SAMPLE)
        for one in list_patterns(seen, service, on)
    ]


def make_context(seen: Observed, service: Service, entry: Mapping[str, Any]) -> list[Json]:
    """Return what AWS tells IAM beside action and resource, for a permission's condition."""
    return [
        {"ContextKeyName": key, "ContextKeyValues": values[:1], "ContextKeyType": "string"}
        for (_, key), values in find_condition(seen, service, entry).items()
    ]


def simulate(
    seen: Observed,
    role: str,
    actions: Sequence[str],
    resources: Sequence[str],
    context: Sequence[Json] = (),
) -> Mapping[tuple[str, str], bool]:
    """Return whether IAM would allow each action on each resource."""
    results = paginate(
        seen.client,
        Call.SIMULATE_PRINCIPAL_POLICY,
        "EvaluationResults",
        PolicySourceArn=f"arn:{seen.environment.partition}:iam::{seen.environment.account_id}"
        f":role/{role}",
        ActionNames=sorted(actions),
        ResourceArns=list(resources),
        ContextEntries=list(context),
    )
    found = {}
    for one in results:
        found[one["EvalActionName"], one.get("EvalResourceName", "*")] = one["EvalDecision"]
        # Of several resources, IAM tells each one's own decision below the action's.
        for each in one.get("ResourceSpecificResults") or ():
            found[one["EvalActionName"], each["EvalResourceName"]] = each["EvalResourceDecision"]
    wanted = [(action, where) for action in actions for where in resources]
    if any(pair not in found for pair in wanted):
        raise Unobserved("IAM does not decide every request that was simulated")
    return {pair: found[pair] == "allowed" for pair in wanted}


def _find_denied(role: str, decided: Mapping[tuple[str, str], bool]) -> list[str]:
    pairs = (pair for pair, may in decided.items() if not may)
    return [f"{role} may not {action} on {where}" for action, where in pairs]


def look_at_requests(kind: str) -> OnService:
    """Return the check that IAM allows what a role needs and denies what it must not do."""

    def look(seen: Observed, service: Service) -> Finding:
        role, right, wrong = name_role(seen, service, kind), 0, list[str]()
        for entry in entries(service.name, kind):
            resources = list_resources(seen, service, entry["on"])
            if resources:
                context = make_context(seen, service, entry)
                decided = simulate(seen, role, entry["actions"], resources, context)
                right += sum(decided.values())
                wrong += _find_denied(role, decided)
        denied = FORBIDDEN + (FORBIDDEN_TO_BFF if service.name == "bff" else ())
        models = {arn for one in seen.services for arn in list_resources(seen, one, "models")}
        places = ["*", *list_resources(seen, service, "objects"), *sorted(models)]
        forbidden = simulate(seen, role, denied, places)
        wrong += [
            f"{role} may {action} on {where}" for (action, where), may in forbidden.items() if may
        ]
        return judge(f"{role}: {right} requests allowed, {len(forbidden)} denied", wrong)

    return look


def look_at_all_requests(seen: Observed) -> Finding:
    """Check that IAM gives all roles what they need, and nothing forbidden (SC-006)."""
    return merge(
        [look_at_requests(kind)(seen, one) for one in seen.services for kind in (EXECUTION, TASK)]
    )


def look_at_invocations(seen: Observed, service: Service) -> Finding:
    """Measure US5-2: the agent's role called a model, as CloudTrail tells."""
    role = name_role(seen, service, TASK)
    models = list_resources(seen, service, "models")
    if not models:
        raise Unobserved("the settings name no model")
    decided = simulate(seen, role, ["bedrock:InvokeModel"], models)
    wrong = _find_denied(role, decided)
    if wrong:
        return judge(role, wrong)
    events = [one for name in INVOCATIONS for one in list_events(seen, name)]
    ours = [one for one in events if role in json.dumps(one.get("userIdentity", {}))]
    good = sum(not one.get("errorCode") for one in ours)
    told = f"{role}: {counted(good, 'call')} of a model, {len(ours) - good} refused"
    if not good:
        return leave_open(told, "CloudTrail shows no call that succeeded in that time")
    return judge(told, [], good, "calls")


def list_events(seen: Observed, name: str) -> Iterator[Json]:
    """Yield the newest events of a name that CloudTrail has of the time, 50 of them."""
    attributes = [{"AttributeKey": "EventName", "AttributeValue": name}]
    answer = seen.client(
        Call.LOOKUP_EVENTS, LookupAttributes=attributes, StartTime=seen.since, EndTime=seen.now
    )
    for one in answer.get("Events") or ():
        yield json.loads(one.get("CloudTrailEvent") or "{}")


def look_at_objects(seen: Observed, service: Service) -> Finding:
    """Check that the agent may write objects; that it did, only a trail has (US5-3)."""
    role, objects = name_role(seen, service, TASK), list_resources(seen, service, "objects")
    decided = simulate(seen, role, ["s3:GetObject", "s3:PutObject"], objects)
    wrong = _find_denied(role, decided)
    if wrong:
        return judge(role, wrong)
    return leave_open(
        f"{role}: allowed", "writing an object is a data event of CloudTrail, which no call lists"
    )
