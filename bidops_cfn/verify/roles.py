"""The stack's roles as IAM has them, what was reviewed of them, and what their requests meet.

What IAM would say to a request it simulates, and what it said stands in CloudTrail.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate, read_pages
from bidops_cfn.facts import symbols
from bidops_cfn.facts.template_under_review import pseudo_parameters
from bidops_cfn.review.writing import counted
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import read_expression
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part
from bidops_cfn.spec.permissions import CONDITIONS, RESOURCES, entries
from bidops_cfn.verify.finding import Finding, OnService, Unobserved, judge, leave_open, merge
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


EXECUTION, TASK = "execution", "task"
Condition = Mapping[tuple[str, str], Sequence[str]]


def name_role(seen: Observed, service: Service, kind: str) -> str:
    """Return the name of the service's execution or task role."""
    ids = {EXECUTION: logical_ids.execution_role, TASK: logical_ids.task_role}
    return seen.find(ids[kind](service))


def read_document(document: Any) -> Json:
    """Return a policy document, which AWS answers as text and botocore as what it means."""
    found: Json = json.loads(unquote(document)) if isinstance(document, str) else document
    return found


def _to_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _list_statements(documents: Iterable[Json]) -> list[Json]:
    return [one for document in documents for one in _to_list(document.get("Statement", []))]


def list_attached(seen: Observed, role: str) -> list[str]:
    """Return the ARNs of the managed policies that are attached to a role."""
    pages = read_pages(seen.client, Call.LIST_ATTACHED_ROLE_POLICIES, RoleName=role)
    return [one["PolicyArn"] for page in pages for one in page["AttachedPolicies"]]


def list_inline(seen: Observed, role: str) -> Mapping[str, Json]:
    """Return the inline policies of a role by name."""
    names = paginate(seen.client, Call.LIST_ROLE_POLICIES, "PolicyNames", RoleName=role)
    asked = [{"RoleName": role, "PolicyName": name} for name in names]
    return {
        one["PolicyName"]: read_document(seen.client(Call.GET_ROLE_POLICY, **one)["PolicyDocument"])
        for one in asked
    }


def _read_condition(statement: Json) -> Condition:
    return {
        (operator.lower(), key.lower()): sorted(map(str, _to_list(values)))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    }


def look_at_policies(kind: str) -> OnService:
    """Return the check that a role has the reviewed permissions and no other (FR-009 ...)."""

    def look(seen: Observed, service: Service) -> Finding:
        role, found = name_role(seen, service, kind), dict[tuple[str, str], list[Condition]]()
        statements = _list_statements(list_inline(seen, role).values())
        allowing = [one for one in statements if one.get("Effect") == "Allow"]
        for one in allowing:
            for action in _to_list(one.get("Action", "*")):
                for resource in _to_list(one.get("Resource", "*")):
                    pair = str(action), str(resource)
                    found.setdefault(pair, []).append(_read_condition(one))
        if not found:
            raise Unobserved(f"IAM shows no inline policy of {role} that allows anything")
        reviewed = {
            (action, resource): find_condition(seen, service, entry)
            for entry in entries(service.name, kind)
            for resource in list_patterns(seen, service, entry["on"])
            for action in entry["actions"]
        }
        attached = list_attached(seen, role)
        wrong = [
            f"{role} may {a} on {on}, which is not reviewed" for a, on in found.keys() - reviewed
        ]
        wrong += [f"{role} may not {a} on {on}" for a, on in reviewed.keys() - found]
        for pair, condition in reviewed.items():
            if any(one != condition for one in found.get(pair, ())):
                under = "without condition" if {} in found[pair] else "under another condition"
                wrong.append(f"{role} may {pair[0]} on {pair[1]} {under}")
        if len(allowing) < len(statements):
            wrong.append(f"{role} has a statement that denies, which is not reviewed")
        wrong += [f"{one} is attached to {role}" for one in attached]
        return judge(f"{role}: {len(found)} permissions, {len(attached)} attached", sorted(wrong))

    return look


def look_at_trust(seen: Observed, service: Service) -> Finding:
    """Check that ECS tasks of this account alone take the roles on (US5-4)."""
    roles = [name_role(seen, service, kind) for kind in (EXECUTION, TASK)]
    wrong = [] if len(set(roles)) == len(roles) else [f"{service.name} has one role for both"]
    for role in roles:
        wrong += [f"{role}: {problem}" for problem in find_strangers(seen, role)]
    told = "other principals too" if wrong else "ECS tasks of this account alone"
    return judge(f"{', '.join(roles)}: {told}", wrong)


def find_strangers(seen: Observed, role: str) -> Iterator[str]:
    """Yield what else than ECS tasks of this account a role's trust admits."""
    found = seen.client(Call.GET_STACK_ROLE, RoleName=role)["Role"]
    statements = _list_statements([read_document(found.get("AssumeRolePolicyDocument") or {})])
    if not statements:
        raise Unobserved(f"IAM shows no trust of {role}")
    for one in statements:
        principal = one.get("Principal")
        services = _to_list(principal.get("Service")) if isinstance(principal, dict) else []
        alone = isinstance(principal, dict) and set(principal) == {"Service"}
        if services != ["ecs-tasks.amazonaws.com"] or not alone:
            yield f"trusts {json.dumps(principal, sort_keys=True)}"
        accounts = one.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount")
        if _to_list(accounts) != [seen.environment.account_id]:
            yield "its trust is not bound to this account"


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
