"""Executing a change set exactly once, also when the answer to the call is lost."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import ChangeSetFailed, StillRunning


def execute(runtime: Runtime, target: Target, change_set_id: str, token: str) -> None:
    """Execute the change set; return when it runs.

    The call carries ``token``, so that repeating it starts nothing twice. When it fails,
    CloudFormation is asked whether it took effect. Raises ``ChangeSetFailed`` when it did not,
    ``StillRunning`` when nobody can tell.
    """
    runtime.output.status("Executing the change set ...")
    try:
        runtime.wire(Call.EXECUTE_CHANGE_SET, ChangeSetName=change_set_id, ClientRequestToken=token)
    except Fault as fault:
        if not started(runtime, target, change_set_id):
            raise ChangeSetFailed(
                "the change set could not be executed",
                fault.why,
                hint=fault.hint
                or f"Nothing was changed. Run the deployment again: {target.command('deploy')}",
            ) from fault


def started(runtime: Runtime, target: Target, change_set_id: str) -> bool:
    """Tell whether the change set's execution has begun."""
    try:
        answer = runtime.wire(Call.DESCRIBE_CHANGE_SET, ChangeSetName=change_set_id)
    except Fault as fault:
        raise StillRunning(
            "nobody can tell whether the change set was executed",
            str(fault),
            hint=f"Look at the stack when AWS answers again: {target.command('status')}",
        ) from fault
    return str(answer.get("ExecutionStatus", "")).startswith("EXECUTE_")
