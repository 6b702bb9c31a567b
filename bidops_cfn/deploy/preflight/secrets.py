"""Each secret that a container reads exists, with a key that tasks may use.

Its value is never asked for; with another key, no task starts.
"""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.deploy.preflight.context import (
    DeploymentContext,
    Findings,
    Unseen,
    get_parameter_path,
)
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.settings.contract import key_import

# AWS's own keys, which need no permission of ours.
MANAGED = ("", "alias/aws/ssm", "alias/aws/secretsmanager")


def secrets(context: DeploymentContext) -> Preflight:
    """Look for the SSM parameters and the secrets whose ARNs the template imports."""
    wanted = [arn for arn in context.imported.values() if get_parameter_path(arn)]
    missing = [arn for arn in wanted if get_parameter_path(arn) not in context.parameters]
    missing += [arn for arn, secret in context.managed.items() if secret is None]
    unseen = context.unseen_secrets
    count = len(wanted) + len(context.managed) + len(unseen)
    if missing:
        return Preflight(
            "secrets",
            Verdict.REFUSED,
            f"{len(missing)} of {count} secrets do not exist: no task could start",
            details=tuple(missing),
            hint="Create them (SecurityStack's owner does), then run the command again.",
        )
    if unseen:
        message = f"{len(unseen)} of {count} secrets cannot be looked for"
        return Preflight("secrets", Verdict.NOT_CHECKED, message, details=unseen)
    return Preflight("secrets", Verdict.OK, f"all {count} secrets exist")


def secrets_key(context: DeploymentContext) -> Preflight:
    """Compare the key of each secret with the one that ``security.secrets_key_output`` names."""
    environment = context.environment
    output = environment.security.secrets_key_output
    ours = context.find_value(key_import(output)) if output else ""
    findings = Findings("secrets key")
    for name, key in list_keys(context):
        if key in MANAGED or (ours and is_same_key(key, ours)):
            continue
        if not ours:
            findings.against.append(
                f"{name} has the key {key}, and security.secrets_key_output is not set: no task "
                "could decrypt it"
            )
        elif ":alias/" in f":{key}":
            findings.doubts.append(f"{name} has the key {key}: cannot tell whether that is {ours}")
        else:
            findings.against.append(f"{name} has the key {key}, and tasks may use {ours} alone")
    findings.doubts += [
        f"{name} is not encrypted: it is a {one['Type']}, not a SecureString"
        for name, one in context.parameters.items()
        if one.get("Type", "SecureString") != "SecureString"
    ]
    if context.unseen_secrets and not findings.told:
        raise Unseen(context.unseen_secrets[0])
    fine = f"all secrets that exist have {ours}, or AWS's own key" if ours else "AWS's own key"
    return findings.judge(
        fine,
        f"Set security.secrets_key_output in params/{environment.name}.toml to the "
        "SecurityStack\noutput with that key's ARN, or encrypt the secrets with the right key.",
    )


def list_keys(context: DeploymentContext) -> Iterator[tuple[str, str]]:
    """Yield each secret that exists and its key: an id, an ARN or an alias, empty for AWS's own."""
    for name, parameter in sorted(context.parameters.items()):
        yield f"parameter {name}", parameter.get("KeyId", "")
    for arn, secret in sorted(context.managed.items()):
        if secret is not None:
            yield arn, secret.get("KmsKeyId", "")


def is_same_key(key: str, arn: str) -> bool:
    """Tell whether a key's id or ARN is that of the key ``arn``."""
    return key in (arn, arn.rpartition("/")[2])
