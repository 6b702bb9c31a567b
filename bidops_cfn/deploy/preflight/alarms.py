"""The rollback alarms exist and are not in ALARM: one that is undoes the deployment at once."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import paginate
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Preflight, Verdict


def alarms(context: DeploymentContext) -> Preflight:
    """Ask CloudWatch for the state of each rollback alarm of the settings."""
    wanted = context.target.environment.deploy.rollback_alarms
    if not wanted:
        return Preflight("alarms", Verdict.SKIPPED, "the settings name no rollback alarm")
    names = [arn.partition(":alarm:")[2] for arn in wanted]
    states: dict[str, str] = {}
    for key in ("MetricAlarms", "CompositeAlarms"):
        pages = paginate(
            context.client,
            Call.DESCRIBE_ALARMS,
            key,
            AlarmNames=names,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
        states.update({alarm["AlarmName"]: alarm["StateValue"] for alarm in pages})
    problems = [
        f"{name}: {'is in ALARM' if name in states else 'does not exist'}"
        for name in names
        if states.get(name) in (None, "ALARM")
    ]
    if problems:
        return Preflight(
            "alarms",
            Verdict.REFUSED,
            "a rollback alarm would undo the deployment at once",
            details=tuple(problems),
            hint="Wait until the alarm is over, or correct deploy.rollback_alarms in "
            f"params/{context.target.environment.name}.toml.",
        )
    return Preflight("alarms", Verdict.OK, f"none of {len(names)} rollback alarms is in ALARM")
