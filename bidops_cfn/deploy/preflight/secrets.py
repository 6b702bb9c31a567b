"""Each secret that a container reads exists; its value is never asked for."""

from __future__ import annotations

from bidops_cfn.deploy.preflight.context import DeploymentContext, get_parameter_path
from bidops_cfn.deploy.records import Preflight, Verdict


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
