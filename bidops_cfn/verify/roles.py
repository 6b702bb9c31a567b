"""The stack's roles as IAM has them: policies, trust, and requests that IAM itself judges."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.target import REPOSITORY_URI
from bidops_cfn.settings.contract import (
    Import,
    Imports,
    key_import,
    secret_import,
    secrets_manager_import,
)
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.permissions import entries
from bidops_cfn.verify.finding import Finding, OnService, Unobserved, judge
from bidops_cfn.verify.observed import Observed

EXECUTION, TASK = "execution", "task"


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


def _list_statements(document: Json) -> list[Json]:
    return to_list(document.get("Statement", []))


def list_attached(seen: Observed, role: str) -> list[str]:
    """Return the ARNs of the managed policies that are attached to a role."""
    call, key = Call.LIST_ATTACHED_ROLE_POLICIES, "AttachedPolicies"
    return [one["PolicyArn"] for one in paginate(seen.client, call, key, RoleName=role)]


def list_inline(seen: Observed, role: str) -> Mapping[str, Json]:
    """Return the inline policies of a role by name."""
    names = paginate(seen.client, Call.LIST_ROLE_POLICIES, "PolicyNames", RoleName=role)
    asked = [{"RoleName": role, "PolicyName": name} for name in names]
    return {
        one["PolicyName"]: read_document(seen.client(Call.GET_ROLE_POLICY, **one)["PolicyDocument"])
        for one in asked
    }


def list_grants(documents: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yield each action that is allowed, with its statement."""
    for document in documents.values():
        for one in _list_statements(document):
            if one.get("Effect") == "Allow":
                for action in to_list(one.get("Action", "*")):
                    yield str(action), one


def look_at_policies(kind: str) -> OnService:
    """Return the check that a role has the reviewed permissions and no other (FR-009 ...)."""

    def look(seen: Observed, service: Service) -> Finding:
        role = name_role(seen, service, kind)
        found = {
            (action, str(resource)): one
            for action, one in list_grants(list_inline(seen, role))
            for resource in to_list(one.get("Resource", "*"))
        }
        if not found:
            raise Unobserved(f"IAM shows no inline policy of {role} that allows anything")
        reviewed = {
            (action, resource): entry
            for entry in entries(service.name, kind)
            for resource in list_patterns(seen, service, entry["on"])
            for action in entry["actions"]
        }
        free = [
            pair
            for pair, entry in reviewed.items()
            if is_conditional(seen, service, entry) and pair in found
            if not found[pair].get("Condition")
        ]
        attached = list_attached(seen, role)
        wrong = [
            f"{role} may {a} on {on}, which is not reviewed" for a, on in found.keys() - reviewed
        ]
        wrong += [f"{role} may not {a} on {on}" for a, on in reviewed.keys() - found]
        wrong += [f"{role} may {a} on {on} without condition" for a, on in free]
        wrong += [f"{one} is attached to {role}" for one in attached]
        return judge(f"{role}: {len(found)} permissions, {len(attached)} attached", sorted(wrong))

    return look


def is_conditional(seen: Observed, service: Service, entry: Mapping[str, Any]) -> bool:
    """Tell whether a reviewed permission holds under a condition in this environment."""
    forced = seen.environment.services[service.name].bedrock.profiles_only
    return entry.get("under", "") in VIA or (bool(entry.get("under")) and forced)


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
    statements = _list_statements(read_document(found.get("AssumeRolePolicyDocument") or {}))
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


VIA = {"secret services": "ssm", "ssm": "ssm", "s3": "s3"}


def list_patterns(seen: Observed, service: Service, on: str) -> Sequence[str]:
    """Return the resources that ``on`` of a reviewed permission stands for; none without any.

    In a policy's words: with a wildcard where something stays open.
    """
    one, settings = seen.environment, seen.environment.services[service.name]
    security, bedrock, where = one.security, settings.bedrock, f"arn:{one.partition}"

    def values(make: Callable[[str], Import], outputs: Iterable[str | None]) -> list[str]:
        return [seen.value(make(output)) for output in outputs if output]

    def bucket(tail: str) -> list[str]:
        return [f"{where}:s3:::{seen.value(Imports.KNOWLEDGE_BASE_BUCKET.value)}{tail}"]

    def configuration() -> list[str]:
        path = f"parameter{settings.configuration_path}"
        return [seen.arn("ssm", path), seen.arn("ssm", f"{path}/*")]

    def log_group() -> list[str]:
        return [seen.arn("logs", f"log-group:{seen.find(logical_ids.log_group(service))}:*")]

    patterns: Mapping[str, Callable[[], list[str]]] = {
        "everything": lambda: ["*"],
        "repository": lambda: [find_repository(seen, service)],
        "log group": log_group,
        "mounted parameters": lambda: values(secret_import, settings.secrets.values()),
        "mounted secrets": lambda: values(
            secrets_manager_import, settings.secrets_manager.values()
        ),
        "security agent": lambda: [arn for arn in [security.guardduty_repository_arn] if arn],
        "secrets key": lambda: values(key_import, [security.secrets_key_output]),
        "configuration key": lambda: values(key_import, [security.configuration_key_output]),
        "knowledge base key": lambda: values(key_import, [security.knowledge_base_key_output]),
        "configuration": configuration,
        # A foundation model has no account, and a profile may route to any region of its own.
        "models": lambda: [f"{where}:bedrock:*::foundation-model/{it}" for it in bedrock.models],
        "profiles": lambda: [
            seen.arn("bedrock", f"inference-profile/{it}") for it in bedrock.inference_profiles
        ],
        "agents": lambda: [
            seen.arn("bedrock", f"agent-alias/{it}") for it in bedrock.agent_aliases
        ],
        "bucket": lambda: bucket(""),
        "exec channels": lambda: ["*"] if security.exec_log_group else [],
        "exec logs": lambda: [
            seen.arn("logs", f"log-group:{group}:*") for group in [security.exec_log_group] if group
        ],
        "objects": lambda: bucket("/*"),
    }
    return patterns[on]()


def find_repository(seen: Observed, service: Service) -> str:
    """Return the ARN of the repository that StorageStack exports the URI of."""
    uri = REPOSITORY_URI.fullmatch(seen.value(service.repository.value))
    if uri is None:
        raise Unobserved(f"the exported URI of {service.repository.value.output} is no repository")
    where = f"arn:{seen.environment.partition}:ecr:{uri['region']}:{uri['registry']}"
    return f"{where}:repository/{uri['name']}"
