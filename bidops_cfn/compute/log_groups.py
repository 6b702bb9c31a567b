"""One log group per service (FR-010, FR-044)."""

from __future__ import annotations

from troposphere import AWSObject, logs

from bidops_cfn import logical_ids
from bidops_cfn.model import LOG_RETENTION_DAYS, Environment, Service


def log_groups(service: Service, environment: Environment) -> list[AWSObject]:
    """Return the service's log group; both deletion policies say what happens to old logs."""
    kept = "Retain" if environment.logs.retain else "Delete"
    group = logs.LogGroup(
        logical_ids.log_group(service),
        RetentionInDays=LOG_RETENTION_DAYS,
        DeletionPolicy=kept,
        UpdateReplacePolicy=kept,
    )
    if environment.logs.key_arn:
        group.KmsKeyId = environment.logs.key_arn
    return [group]
