"""One log group per service (FR-010, FR-044)."""

from __future__ import annotations

from troposphere import AWSObject, logs

from bidops_cfn import logical_ids
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import LOG_RETENTION_DAYS, Service


def log_groups(service: Service, environment: Environment) -> list[AWSObject]:
    """Return the service's log group; both deletion policies say what happens to old logs.

    A group that a failed creation leaves behind holds nothing: it goes even where logs are kept.
    """
    retain = environment.logs.retain
    group = logs.LogGroup(
        logical_ids.log_group(service),
        RetentionInDays=LOG_RETENTION_DAYS,
        DeletionPolicy="RetainExceptOnCreate" if retain else "Delete",
        UpdateReplacePolicy="Retain" if retain else "Delete",
    )
    if environment.logs.key_arn:
        group.KmsKeyId = environment.logs.key_arn
    return [group]
