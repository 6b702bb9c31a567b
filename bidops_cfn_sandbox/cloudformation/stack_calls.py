"""The API's calls that ask about stacks, and those that create, change, protect and delete them.

Each has its name in Python's form and takes AWS's parameters; what it does not name has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bidops_cfn_sandbox.cloudformation.answers import (
    operation_event_answer,
    resource_answer,
    resource_summary,
    stack_answer,
    stack_summary,
)
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSets
from bidops_cfn_sandbox.cloudformation.execution import Goal
from bidops_cfn_sandbox.cloudformation.parameters import submitted_parameters
from bidops_cfn_sandbox.cloudformation.stack import Settings, Stack, read_policy
from bidops_cfn_sandbox.cloudformation.template import MAX_BODY_BYTES, Template
from bidops_cfn_sandbox.engine.answers import Answer, AwsError, ValidationError

NOT_UPDATABLE = ("ROLLBACK_COMPLETE", "DELETE_COMPLETE")
IAM_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")


class StackCalls:
    """Calls on the stacks of one account and region; ``read_object`` reads a template from S3."""

    def __init__(self, change_sets: ChangeSets, read_object: Callable[[str], str]) -> None:
        self.change_sets = change_sets
        self.stacks = change_sets.stacks
        self._read_object = read_object

    def describe_stacks(self, StackName: str = "", **_: Any) -> Answer:
        """Describe one stack, or every live one."""
        found = [self.stacks.get(StackName)] if StackName else self.stacks.live()
        return {"Stacks": [stack_answer(stack) for stack in found]}

    def list_stacks(self, StackStatusFilter: Sequence[str] = (), **_: Any) -> Answer:
        """List stacks, deleted ones included, optionally of some statuses only."""
        stacks = reversed(self.stacks.all.values())
        wanted = (one for one in stacks if one.status in (StackStatusFilter or [one.status]))
        return {"StackSummaries": [stack_summary(stack) for stack in wanted]}

    def describe_stack_events(self, StackName: str, **_: Any) -> Answer:
        """Return a stack's events, newest first."""
        return {"StackEvents": self.stacks.get(StackName).events}

    def describe_events(
        self, StackName: str = "", ChangeSetName: str = "", OperationId: str = "", **request: Any
    ) -> Answer:
        """Return events by operation, newest first, optionally the failed ones only."""
        if ChangeSetName:
            # The sandbox validates a change set at once: its reasons stand in its status reason.
            self.change_sets.get(ChangeSetName, StackName)
            return {"OperationEvents": []}
        ending = "_FAILED" if (request.get("Filters") or {}).get("FailedEvents") else ""
        stacks = [self.stacks.get(StackName)] if StackName else [*self.stacks.all.values()]
        return {
            "OperationEvents": [
                operation_event_answer(stack, event)
                for stack in stacks
                for event in stack.events
                if OperationId in ("", event["OperationId"])
                and event["ResourceStatus"].endswith(ending)
            ]
        }

    def describe_stack_resources(
        self, StackName: str, LogicalResourceId: str = "", **_: Any
    ) -> Answer:
        """Describe a stack's resources, or one of them."""
        stack = self.stacks.get(StackName)
        return {
            "StackResources": [
                resource_answer(stack, resource)
                for logical_id, resource in sorted(stack.resources.items())
                if LogicalResourceId in ("", logical_id)
            ]
        }

    def describe_stack_resource(self, StackName: str, LogicalResourceId: str, **_: Any) -> Answer:
        """Describe one resource; raise ValidationError when the stack has none of that id."""
        found = self.describe_stack_resources(StackName, LogicalResourceId)["StackResources"]
        if not found:
            what = f"Resource {LogicalResourceId} does not exist for stack {StackName}"
            raise ValidationError(what)
        return {"StackResourceDetail": found[0]}

    def list_stack_resources(self, StackName: str, **_: Any) -> Answer:
        """List a stack's resources."""
        known = sorted(self.stacks.get(StackName).resources.items())
        return {"StackResourceSummaries": [resource_summary(one) for _, one in known]}

    def get_stack_policy(self, StackName: str, **_: Any) -> Answer:
        """Return a stack's policy."""
        policy = self.stacks.get(StackName).policy
        return {} if policy is None else {"StackPolicyBody": policy}

    def set_stack_policy(self, StackName: str, StackPolicyBody: str, **_: Any) -> Answer:
        """Set the policy that protects a stack's resources from updates."""
        self.stacks.get(StackName).policy = read_policy(StackPolicyBody)
        return {}

    def list_exports(self, **_: Any) -> Answer:
        """List the exports of this place."""
        return {
            "Exports": [
                {"ExportingStackId": owner, "Name": name, "Value": value}
                for name, (value, owner) in sorted(self.stacks.exports().items())
            ]
        }

    def list_imports(self, ExportName: str, **_: Any) -> Answer:
        """List the stacks that import an export; raise ValidationError when none does."""
        users = [stack.name for stack in self.stacks.importers(ExportName)]
        if not users:
            raise ValidationError(f"Export '{ExportName}' is not imported by any stack.")
        return {"Imports": users}

    def create_stack(self, StackName: str, **request: Any) -> Answer:
        """Create a stack without a change set."""
        if self.stacks.find(StackName) is not None:
            raise AwsError("AlreadyExistsException", f"Stack [{StackName}] already exists")
        goal = self.read_goal(None, request)
        stack = self.stacks.add(StackName, "CREATE_IN_PROGRESS")
        reasons = self.stacks.validate(stack, goal)
        if reasons:
            del self.stacks.all[stack.id]
            raise ValidationError("\n".join(reasons))
        stack.termination_protection = bool(request.get("EnableTerminationProtection"))
        if request.get("StackPolicyBody"):
            stack.policy = read_policy(request["StackPolicyBody"])
        operation = self.stacks.deploy(stack, goal, "CREATE", request.get("ClientRequestToken"))
        return {"StackId": stack.id, "OperationId": operation.id}

    def update_stack(self, StackName: str, **request: Any) -> Answer:
        """Update a stack without a change set."""
        stack = self.find_updatable(StackName)
        goal = self.read_goal(stack, request)
        reasons = self.stacks.validate(stack, goal)
        if reasons:
            raise ValidationError("\n".join(reasons))
        if not self.change_sets.differs(stack, goal):
            raise ValidationError("No updates are to be performed.")
        operation = self.stacks.deploy(stack, goal, "UPDATE", request.get("ClientRequestToken"))
        return {"StackId": stack.id, "OperationId": operation.id}

    def delete_stack(self, StackName: str, **request: Any) -> Answer:
        """Delete a stack; one that does not exist is deleted already."""
        stack = self.stacks.find(StackName)
        if stack is not None:
            retained = frozenset(request.get("RetainResources") or ())
            self.stacks.delete(stack, retained, request.get("ClientRequestToken"))
            for change_set in self.change_sets.of(stack):
                self.change_sets.delete(change_set)
        return {}

    def update_termination_protection(
        self, StackName: str, EnableTerminationProtection: bool, **_: Any
    ) -> Answer:
        """Turn termination protection on or off."""
        stack = self.stacks.get(StackName)
        stack.termination_protection = EnableTerminationProtection
        return {"StackId": stack.id}

    def rollback_stack(self, StackName: str, **request: Any) -> Answer:
        """Roll back a stack whose creation or update failed and was left there."""
        stack, token = self.stacks.get(StackName), request.get("ClientRequestToken")
        statuses = frozenset({"CREATE_FAILED", "UPDATE_FAILED"})
        operation = self.stacks.roll_back(stack, statuses, token=token)
        return {"StackId": stack.id, "OperationId": operation.id}

    def continue_update_rollback(self, StackName: str, **request: Any) -> Answer:
        """Go on with a rollback that failed, leaving ``ResourcesToSkip`` as they are."""
        stack, statuses = self.stacks.get(StackName), frozenset({"UPDATE_ROLLBACK_FAILED"})
        skipped = frozenset(request.get("ResourcesToSkip") or ())
        self.stacks.roll_back(stack, statuses, skipped, request.get("ClientRequestToken"))
        return {}

    def cancel_update_stack(self, StackName: str, **request: Any) -> Answer:
        """Cancel the update that runs; the stack is rolled back."""
        self.stacks.cancel(self.stacks.get(StackName), request.get("ClientRequestToken"))
        return {}

    def find_updatable(self, name: str) -> Stack:
        """Return a stack; raise ValidationError unless its status allows an update."""
        stack = self.stacks.get(name)
        if not stack.status.endswith("_COMPLETE") or stack.status in NOT_UPDATABLE:
            what = f"Stack:{stack.id} is in {stack.status} state and can not be updated."
            raise ValidationError(what)
        return stack

    def read_goal(self, stack: Stack | None, request: Mapping[str, Any]) -> Goal:
        """Return what a request wants a stack to become; raise AwsError for bad input."""
        template = self._read_template(stack, request)
        _check_capabilities(template, request.get("Capabilities") or ())
        previous = stack.parameters if stack else {}
        values = submitted_parameters(template, request.get("Parameters") or (), previous)
        settings = Settings(
            {tag["Key"]: tag["Value"] for tag in request.get("Tags") or []},
            tuple(request.get("Capabilities") or ()),
            tuple(request.get("NotificationARNs") or ()),
            request.get("RoleARN"),
            request.get("RollbackConfiguration") or {},
        )
        if stack is not None and stack.template is not None and "Tags" not in request:
            settings = replace(settings, tags=stack.settings.tags)
        on_failure = request.get("OnStackFailure") or request.get("OnFailure") or "ROLLBACK"
        if request.get("DisableRollback"):
            on_failure = "DO_NOTHING"
        return Goal(template, values, settings, on_failure)

    def _read_template(self, stack: Stack | None, request: Mapping[str, Any]) -> Template:
        text = request.get("TemplateBody")
        if request.get("UsePreviousTemplate"):
            if stack is None or stack.template is None:
                raise ValidationError("UsePreviousTemplate: there is no previous template")
            return stack.template
        if request.get("TemplateURL"):
            return self.stacks.read(self._read_object(request["TemplateURL"]))
        if not text:
            raise ValidationError("Either Template URL or Template Body must be specified.")
        if len(text.encode()) > MAX_BODY_BYTES:
            raise ValidationError(
                "1 validation error detected: Value at 'templateBody' failed to satisfy constraint:"
                f" Member must have length less than or equal to {MAX_BODY_BYTES}"
            )
        return self.stacks.read(text)


def _check_capabilities(template: Template, capabilities: Sequence[str]) -> None:
    """Raise the API's error when IAM resources are not acknowledged."""
    if not template.needs_iam:
        return
    properties = (template.resources[one].get("Properties", {}) for one in template.needs_iam)
    named = any(one.get("RoleName") for one in properties)
    needed = IAM_CAPABILITIES[named:]
    if not {*needed} & {*capabilities}:
        what = f"Requires capabilities : [{needed[0]}]"
        raise AwsError("InsufficientCapabilitiesException", what)
