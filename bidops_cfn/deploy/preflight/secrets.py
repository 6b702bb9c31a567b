"""Each secret that a container reads exists; its value is never asked for."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, paginate
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Preflight, Verdict

# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
NAMES_PER_CALL = 50


def secrets(context: DeploymentContext) -> Preflight:
    """Look for the SSM parameters and the secrets whose ARNs the template imports."""
    parameters = {
        arn: arn.partition(":parameter/")[2]
        for arn in context.imported.values()
        if ":ssm:" in arn and ":parameter/" in arn
    }
    managed = [arn for arn in context.imported.values() if ":secretsmanager:" in arn]
    known = existing(context.client, sorted(set(parameters.values())))
    missing = [arn for arn, path in parameters.items() if path not in known]
    missing += [arn for arn in managed if not exists(context.client, arn)]
    count = len(parameters) + len(managed)
    if missing:
        return Preflight(
            "secrets",
            Verdict.REFUSED,
            f"{len(missing)} of {count} secrets do not exist: no task could start",
            details=tuple(missing),
            hint="Create them (SecurityStack's owner does), then run the command again.",
        )
    return Preflight("secrets", Verdict.OK, f"all {count} secrets exist")


def existing(client: Client, paths: list[str]) -> set[str]:
    """Return which of the parameters exist, by what follows ``parameter/`` in their ARNs."""
    # A name without any slash has the same ARN as with one in front.
    forms = [f"/{path}" for path in paths] + [path for path in paths if "/" not in path]
    found: set[str] = set()
    for start in range(0, len(forms), NAMES_PER_CALL):
        part = forms[start : start + NAMES_PER_CALL]
        filters = [{"Key": "Name", "Option": "Equals", "Values": part}]
        pages = paginate(client, Call.DESCRIBE_PARAMETERS, "Parameters", ParameterFilters=filters)
        found.update(parameter["Name"].removeprefix("/") for parameter in pages)
    return found


def exists(client: Client, arn: str) -> bool:
    """Tell whether a secret of Secrets Manager exists and is not on its way out."""
    try:
        return "DeletedDate" not in client(Call.DESCRIBE_SECRET, SecretId=arn)
    except NotFound:
        return False
