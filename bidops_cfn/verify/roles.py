"""The stack's roles as IAM has them: policies, trust, and requests that IAM itself judges."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.target import REPOSITORY_URI
from bidops_cfn.settings.contract import Imports, key_import, secret_import, secrets_manager_import
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.permissions import entries
from bidops_cfn.verify.configuration import OnService
from bidops_cfn.verify.finding import Finding, Unobserved, judge, merge
from bidops_cfn.verify.observed import Observed

EXECUTION, TASK = "execution", "task"
# What no task may do, whatever its role (FR-018), and what BFF may not (US5-4).
FORBIDDEN = (
    "cloudformation:UpdateStack", "ec2:AuthorizeSecurityGroupIngress", "ecs:DeleteService",
    "ecs:UpdateService", "iam:PassRole", "iam:PutRolePolicy", "logs:DeleteLogGroup",
    "s3:DeleteBucket", "s3:DeleteObject", "ssm:DeleteParameter", "ssm:PutParameter",
)  # fmt: skip
FORBIDDEN_TO_BFF = ("bedrock:InvokeAgent", "bedrock:InvokeModel", "s3:GetObject", "s3:PutObject")
SAMPLE = "verify"  # stands for what a pattern leaves open in a request that is simulated


def name_role(seen: Observed, service: Service, kind: str) -> str:
    """Return the name of the service's execution or task role."""
    ids = {EXECUTION: logical_ids.execution_role, TASK: logical_ids.task_role}
    return seen.find(ids[kind](service))


def read_document(document: Any) -> Json:
    """Return a policy document, which AWS answers as text and botocore as what it means."""
    found: Json = json.loads(unquote(document)) if isinstance(document, str) else document
    return found


def to_list(value: Any) -> list[Any]:
    """Return one or several values as a list."""
    return value if isinstance(value, list) else [value]


def list_statements(document: Json) -> list[Json]:
    """Return the statements of a policy document."""
    return to_list(document.get("Statement", []))


def list_attached(seen: Observed, role: str) -> list[str]:
    """Return the ARNs of the managed policies that are attached to a role."""
    answer = seen.client(Call.LIST_ATTACHED_ROLE_POLICIES, RoleName=role)
    return [one["PolicyArn"] for one in answer.get("AttachedPolicies") or ()]


def list_inline(seen: Observed, role: str) -> Mapping[str, Json]:
    """Return the inline policies of a role by name."""
    names = seen.client(Call.LIST_ROLE_POLICIES, RoleName=role).get("PolicyNames") or ()
    return {
        name: read_document(
            seen.client(Call.GET_ROLE_POLICY, RoleName=role, PolicyName=name)["PolicyDocument"]
        )
        for name in names
    }


def list_grants(documents: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yield each action that is allowed, with its statement."""
    for document in documents.values():
        for one in list_statements(document):
            if one.get("Effect") == "Allow":
                for action in to_list(one.get("Action", "*")):
                    yield str(action), one


def look_at_policies(kind: str) -> OnService:
    """Return the check that a role has the reviewed actions and no other (FR-009, FR-016 ...)."""

    def look(seen: Observed, service: Service) -> Finding:
        role = name_role(seen, service, kind)
        grants = list(list_grants(list_inline(seen, role)))
        if not grants:
            raise Unobserved(f"IAM shows no inline policy of {role} that allows anything")
        allowed = entries(service.name, kind)
        known = {action for entry in allowed for action in entry["actions"]}
        wanted = {
            action
            for entry in allowed
            if list_resources(seen, service, entry["on"])
            for action in entry["actions"]
        }
        wide = {
            action
            for entry in allowed
            if entry["on"] == "everything"
            for action in entry["actions"]
        }
        found = {action for action, _ in grants}
        wrong = [f"{role} may {one}, which is not reviewed" for one in sorted(found - known)]
        wrong += [f"{role} may not {one}" for one in sorted(wanted - found)]
        wrong += [
            f"{role} may {action} on everything"
            for action, one in grants
            if "*" in to_list(one.get("Resource", "*")) and action not in wide
        ]
        attached = list_attached(seen, role)
        wrong += [f"{one} is attached to {role}" for one in attached]
        return judge(f"{role}: {len(found)} actions, {len(attached)} attached policies", wrong)

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
    statements = list_statements(read_document(found.get("AssumeRolePolicyDocument") or {}))
    if not statements:
        raise Unobserved(f"IAM shows no trust of {role}")
    for one in statements:
        principal = one.get("Principal")
        services = to_list(principal.get("Service")) if isinstance(principal, dict) else []
        alone = isinstance(principal, dict) and set(principal) == {"Service"}
        if services != ["ecs-tasks.amazonaws.com"] or not alone:
            yield f"trusts {json.dumps(principal, sort_keys=True)}"
        accounts = one.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount")
        if to_list(accounts) != [seen.environment.account_id]:
            yield "its trust is not bound to this account"


Shape = Callable[[Observed, Service], Sequence[str]]


def _repository(seen: Observed, service: Service) -> Sequence[str]:
    uri = REPOSITORY_URI.fullmatch(seen.value(service.repository.value))
    if uri is None:
        raise Unobserved(f"the exported URI of {service.repository.value.output} is no repository")
    partition, region = seen.environment.partition, uri["region"]
    return (f"arn:{partition}:ecr:{region}:{uri['registry']}:repository/{uri['name']}",)


def _log_group(seen: Observed, service: Service) -> Sequence[str]:
    group = seen.find(logical_ids.log_group(service))
    return (seen.arn("logs", f"log-group:{group}:log-stream:{SAMPLE}"),)


def _mounted(kind: str) -> Shape:
    make = {"secrets": secret_import, "secrets_manager": secrets_manager_import}[kind]

    def list_arns(seen: Observed, service: Service) -> Sequence[str]:
        outputs = getattr(seen.environment.services[service.name], kind).values()
        return tuple(seen.value(make(output)) for output in outputs)

    return list_arns


def _key(name: str) -> Shape:
    def list_arns(seen: Observed, _service: Service) -> Sequence[str]:
        output = getattr(seen.environment.security, name)
        return (seen.value(key_import(output)),) if output else ()

    return list_arns


def _bedrock(kind: str, form: str) -> Shape:
    def list_arns(seen: Observed, service: Service) -> Sequence[str]:
        account = "" if kind == "models" else seen.environment.account_id
        named = getattr(seen.environment.services[service.name].bedrock, kind)
        where = f"arn:{seen.environment.partition}:bedrock:{seen.environment.region}:{account}"
        return tuple(f"{where}:{form}/{one}" for one in named)

    return list_arns


def _bucket(tail: str) -> Shape:
    def list_arns(seen: Observed, _service: Service) -> Sequence[str]:
        name = seen.value(Imports.KNOWLEDGE_BASE_BUCKET.value)
        return (f"arn:{seen.environment.partition}:s3:::{name}{tail}",)

    return list_arns


def _configuration(seen: Observed, service: Service) -> Sequence[str]:
    path = seen.environment.services[service.name].configuration_path
    return (seen.arn("ssm", f"parameter{path}/{SAMPLE}"),)


def _agent_repository(seen: Observed, _service: Service) -> Sequence[str]:
    arn = seen.environment.security.guardduty_repository_arn
    return (arn,) if arn else ()


# What ``on`` of the reviewed permissions stands for: an ARN of each kind.
RESOURCES: Mapping[str, Shape] = {
    "everything": lambda _seen, _service: ("*",),
    "repository": _repository,
    "log group": _log_group,
    "mounted parameters": _mounted("secrets"),
    "mounted secrets": _mounted("secrets_manager"),
    "security agent": _agent_repository,
    "secrets key": _key("secrets_key_output"),
    "configuration key": _key("configuration_key_output"),
    "knowledge base key": _key("knowledge_base_key_output"),
    "configuration": _configuration,
    "models": _bedrock("models", "foundation-model"),
    "profiles": _bedrock("inference_profiles", "inference-profile"),
    "agents": _bedrock("agent_aliases", "agent-alias"),
    "bucket": _bucket(""),
    "objects": _bucket(f"/{SAMPLE}"),
}
VIA = {"secret services": "ssm", "ssm": "ssm", "s3": "s3"}


def list_resources(seen: Observed, service: Service, on: str) -> Sequence[str]:
    """Return the ARNs that a reviewed permission is about; none where settings name none."""
    return RESOURCES[on](seen, service)


def make_context(seen: Observed, service: Service, under: str) -> list[Json]:
    """Return what AWS tells IAM beside action and resource, for a condition of a permission."""
    if under in VIA:
        via = f"{VIA[under]}.{seen.environment.region}.amazonaws.com"
        return [make_entry("kms:ViaService", via)]
    profiles = list_resources(seen, service, "profiles") if under else ()
    return [make_entry("bedrock:InferenceProfileArn", profiles[0])] if profiles else []


def make_entry(key: str, value: str) -> Json:
    """Return one entry of a simulation's context."""
    return {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}


def simulate(
    seen: Observed,
    role: str,
    actions: Sequence[str],
    resources: Sequence[str],
    context: Sequence[Json] = (),
) -> Mapping[tuple[str, str], bool]:
    """Return whether IAM would allow each action on each resource."""
    answer = seen.client(
        Call.SIMULATE_PRINCIPAL_POLICY,
        PolicySourceArn=f"arn:{seen.environment.partition}:iam::{seen.environment.account_id}"
        f":role/{role}",
        ActionNames=sorted(actions),
        ResourceArns=list(resources),
        ContextEntries=list(context),
    )
    found = {}
    for one in answer.get("EvaluationResults") or ():
        key = one["EvalActionName"], one.get("EvalResourceName", "*")
        found[key] = one["EvalDecision"] == "allowed"
    if not found:
        raise Unobserved("IAM simulates nothing")
    return found


def look_at_requests(kind: str) -> OnService:
    """Return the check that IAM allows what a role needs and denies what it must not do."""

    def look(seen: Observed, service: Service) -> Finding:
        role, right, wrong = name_role(seen, service, kind), 0, list[str]()
        for entry in entries(service.name, kind):
            resources = list_resources(seen, service, entry["on"])
            if resources:
                context = make_context(seen, service, entry.get("under", ""))
                decided = simulate(seen, role, entry["actions"], resources, context)
                right += sum(decided.values())
                wrong += [
                    f"{role} may not {action} on {where}"
                    for (action, where), may in decided.items()
                    if not may
                ]
        denied = FORBIDDEN + (FORBIDDEN_TO_BFF if service.name == "bff" else ())
        places = ["*", *list_resources(seen, service, "objects")]
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
