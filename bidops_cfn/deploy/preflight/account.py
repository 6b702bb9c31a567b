"""What the account has for a deployment: service-linked roles, models, hooks, secrets.

Without the roles the first deployment of an account fails once; without access to a third-party
model a first call works for some minutes and is denied afterwards. The value of a secret is never
asked for; with another key than tasks may use, no task starts.
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/818
https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, ask_each, find_each, paginate, start
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.preflight.context import (
    PAGE,
    DeploymentContext,
    Findings,
    Unseen,
    get_parameter_path,
)
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.template import get_resources
from bidops_cfn.settings.contract import key_import
from bidops_cfn.settings.names import KINDS

# https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
ECS, SCALING = "AWSServiceRoleForECS", "AWSServiceRoleForApplicationAutoScaling_ECSService"
ROLES = {ECS: "ecs.amazonaws.com", SCALING: "ecs.application-autoscaling.amazonaws.com"}
# AWS's own keys, which need no permission of ours.
MANAGED = ("", "alias/aws/ssm", "alias/aws/secretsmanager")
# Targets of hooks that are no resource type: the whole stack, or its change set.
WHOLE = ("STACK", "CHANGE_SET", "CLOUD_CONTROL")


def roles(context: DeploymentContext) -> Preflight:
    """Ask IAM for the service-linked roles of ECS and of Application Auto Scaling for ECS."""
    found = find_each(context.client, Call.GET_ROLE, "RoleName", ROLES)
    missing = [name for name, answer in found if answer is None or not answer["Role"]]
    told = f"no {' and no '.join(missing)}: the first deployment of an account may fail"
    steps = [
        context.target.aws(f"iam create-service-linked-role --aws-service-name {ROLES[name]}")
        for name in missing
    ]
    return Findings("roles", doubts=[told] if missing else []).judge(
        "the service-linked roles of ECS and its scaling exist",
        "Create them once: " + "\n".join(steps),
    )


def models(context: DeploymentContext) -> Preflight:
    """Ask Bedrock for the access of the account to every model of the settings."""
    environment = context.environment
    wanted = sorted({name for one in environment.services.values() for name in one.bedrock.models})
    if not wanted:
        return Preflight("models", Verdict.SKIPPED, "the settings name no model")
    found = find_each(context.client, Call.GET_MODEL_AVAILABILITY, "modelId", wanted)
    findings = Findings("models")
    findings.doubts = [
        f"{model}: {lack}" for model, answer in found for lack in _list_lacks(answer)
    ]
    return findings.judge(
        f"the account has access to {', '.join(wanted)}",
        "Accept the provider's terms, and fill in its first-use form, in the Bedrock console."
        f"\n{PAGE}",
    )


def _list_lacks(answer: Json | None) -> Iterator[str]:
    if answer is None:
        yield "Bedrock does not know it in this region"
        return
    states = {
        "region": answer["regionAvailability"],
        "agreement": answer["agreementAvailability"]["status"],
        "authorization": answer["authorizationStatus"],
        "entitlement": answer["entitlementAvailability"],
    }
    for what, state in states.items():
        if state != ("AUTHORIZED" if what == "authorization" else "AVAILABLE"):
            yield f"{what} {state}"


def hooks(context: DeploymentContext) -> Preflight:
    """Ask for the hooks of the account, whether they are on, and what they judge."""
    client = context.client
    wanted = {"Type": "HOOK", "Visibility": "PRIVATE"}
    listed = list(paginate(client, Call.LIST_TYPES, "TypeSummaries", **wanted))
    if not listed:
        return Preflight("hooks", Verdict.OK, "the account has no hook")
    arns = [one["TypeArn"] for one in listed]
    configured = start(partial(_read_configurations, client, arns))
    schemas = dict(ask_each(partial(_read_schema, client), arns))
    settings = configured.result()
    types = {one["Type"] for one in get_resources(context.target.template).values()}
    met = [
        told
        for name, arn in ((one["TypeName"], one["TypeArn"]) for one in listed)
        if (told := _describe_hook(name, settings.get(arn), schemas[arn], types))
    ]
    if not met:
        return Preflight("hooks", Verdict.OK, f"none of {len(listed)} hooks judges this template")
    told = f"{len(met)} of {len(listed)} hooks may judge this template, and refuse it"
    hint = f"What they find shows on the change set: {context.target.command('plan')}"
    return Preflight("hooks", Verdict.WARNING, told, tuple(met), hint)


def _describe_hook(name: str, setting: Json | None, judges: Json | None, types: set[str]) -> str:
    if setting is None:
        setting, mode = {}, "cannot tell whether it is on"
    else:
        modes = {"FAIL": "it refuses", "WARN": "it only warns"}
        mode = modes.get(setting.get("FailureMode", ""), "cannot tell whether it refuses")
    if setting.get("HookInvocationStatus") == "DISABLED" or setting.get("TargetStacks") == "NONE":
        return ""
    narrowed = _list_filtered(setting.get("TargetFilters"))
    targets = narrowed or (None if judges is None else _list_targets(judges))
    if not targets:
        return f"{name} ({mode}): cannot tell which resources"
    if set(targets) & {*WHOLE}:
        return f"{name} ({mode})"
    touched = sorted(one for one in types if any(fnmatchcase(one, target) for target in targets))
    return f"{name} ({mode}): {', '.join(touched)}" if touched else ""


def _list_targets(document: Json) -> list[str]:
    return [
        name
        for handler in document.get("handlers", {}).values()
        for name in handler.get("targetNames", ())
    ]


def _list_filtered(filters: Any) -> list[str]:
    if not isinstance(filters, dict):
        return []
    pairs = [one.get("TargetName") for one in filters.get("Targets", ())]
    return [name for name in (*filters.get("TargetNames", ()), *pairs) if name]


def _read_schema(client: Client, arn: str) -> Json | None:
    try:
        return _parse_object(client(Call.DESCRIBE_TYPE, Arn=arn).get("Schema"))
    except Fault:
        return None


def _read_configurations(client: Client, arns: Sequence[str]) -> Mapping[str, Json]:
    try:
        asked = [{"TypeArn": arn} for arn in arns]
        answer = client(Call.DESCRIBE_TYPE_CONFIGURATIONS, TypeConfigurationIdentifiers=asked)
    except Fault:
        return {}
    found: dict[str, Json] = {}
    for one in answer.get("TypeConfigurations", ()):
        document = _parse_object(one.get("Configuration")) or {}
        inner: Any = document.get("CloudFormationConfiguration", {})
        found[one.get("TypeArn", "")] = inner.get("HookConfiguration", {})
    return found


def _parse_object(text: str | None) -> Json | None:
    try:
        found = json.loads(text or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def secrets(context: DeploymentContext) -> Preflight:
    """Look for the SSM parameters and the secrets whose ARNs the template imports."""
    wanted = [arn for arn in context.imported.values() if get_parameter_path(arn)]
    missing = [arn for arn in wanted if get_parameter_path(arn) not in context.parameters]
    missing += [arn for arn, secret in context.managed.items() if secret is None]
    missing += _list_strange(context)
    unseen, count = context.unseen_secrets, len(context.secrets)
    if not count:
        return Preflight("secrets", Verdict.SKIPPED, "the settings name no secret")
    if missing:
        told = f"{len(missing)} of {count} secrets do not exist: no task could start"
        hint = "Create them (SecurityStack's owner does), then run the command again."
        return Preflight("secrets", Verdict.REFUSED, told, tuple(missing), hint)
    if unseen:
        message = f"{len(unseen)} of {count} secrets cannot be looked for"
        return Preflight("secrets", Verdict.NOT_CHECKED, message, details=unseen)
    return Preflight("secrets", Verdict.OK, f"all {count} secrets exist")


def _list_strange(context: DeploymentContext) -> Iterator[str]:
    """Yield what other stacks have for a secret and is no ARN of one; never what it is."""
    for value, service in context.secrets.items():
        with suppress(Unseen):
            arn = f"arn:{context.environment.partition}:{service}:"
            if not context.find_value(value).startswith(arn):
                yield f"{value.key} holds something else than {KINDS[service]}"


def secrets_key(context: DeploymentContext) -> Preflight:
    """Compare the key of each secret with the one that ``security.secrets_key_output`` names."""
    output = context.environment.security.secrets_key_output
    ours = context.find_value(key_import(output)) if output else ""
    findings = Findings("secrets key")
    for name, key in _list_keys(context):
        if key in MANAGED or (ours and key in (ours, ours.rpartition("/")[2])):
            continue
        told = f"{name} has the key {key}"
        if not ours:
            unset = "security.secrets_key_output is not set: no task could decrypt it"
            findings.against.append(f"{told}, and {unset}")
        elif ":alias/" in f":{key}":
            findings.doubts.append(f"{told}: cannot tell whether that is {ours}")
        else:
            findings.against.append(f"{told}, and tasks may use {ours} alone")
    for name, one in context.parameters.items():
        if (kind := one.get("Type")) is None:
            findings.doubts.append(f"{name}: cannot tell whether it is encrypted")
        elif kind != "SecureString":
            findings.doubts.append(f"{name} is not encrypted: it is a {kind}, not a SecureString")
        elif not one.get("KeyId"):
            findings.doubts.append(f"{name}: cannot tell with which key it is encrypted")
    if context.unseen_secrets and not findings.told:
        raise Unseen(context.unseen_secrets[0])
    return findings.judge(
        f"all secrets that exist have {ours}, or AWS's own key" if ours else "AWS's own key",
        f"Set security.secrets_key_output in {context.settings} to the SecurityStack\n"
        "output with that key's ARN, or encrypt the secrets with the right key.",
    )


def _list_keys(context: DeploymentContext) -> Iterator[tuple[str, str]]:
    for name, parameter in sorted(context.parameters.items()):
        yield f"parameter {name}", parameter.get("KeyId", "")
    for arn, secret in sorted(context.managed.items()):
        if secret is not None:
            yield arn, secret.get("KmsKeyId", "")
