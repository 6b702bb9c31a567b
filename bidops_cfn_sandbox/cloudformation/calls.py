"""The API's calls on stacks, change sets, templates and hooks.

Each has its name in Python's form and takes AWS's parameters; what it does not name has no effect,
and ``api`` refuses what would have one on AWS.

A hook that is activated is listed with its configuration, and never run; it judges resources of
every type, unless its configuration's target filters name some. The one that a rehearsal runs has a
result.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bidops_cfn_sandbox.cloudformation.answers import (
    change_set_answer,
    change_set_summary,
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
from bidops_cfn_sandbox.engine.engine import HOOK_EVENT, HOOK_RESULT

NOT_UPDATABLE = ("ROLLBACK_COMPLETE", "DELETE_COMPLETE")
NOT_MODELLED = ("CREATE_FAILED", "UPDATE_FAILED")  # AWS updates those, which were not rolled back
HOOK = "HOOK"
EVERY_TYPE = "AWS::*"
IAM_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")


class Calls:
    """Every call that is modelled, on one account and region; ``read_object`` reads from S3."""

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
        if stack.status in NOT_MODELLED:
            raise ValidationError(f"The sandbox does not model updates of a {stack.status} stack")
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

    def create_change_set(self, StackName: str, ChangeSetName: str, **request: Any) -> Answer:
        """Create a change set; one that creates a stack makes the stack in review."""
        kind = request.get("ChangeSetType") or "UPDATE"
        if kind == "CREATE":
            goal = self.read_goal(None, request)
            stack = self.stacks.review(StackName, ChangeSetName)
        elif kind == "UPDATE":
            stack = self.find_updatable(StackName)
            goal = self.read_goal(stack, request)
        else:
            raise ValidationError(f"The sandbox does not model change sets of type {kind}")
        change_set = self.change_sets.create(stack, ChangeSetName, kind, goal, request)
        return {"Id": change_set.id, "StackId": stack.id}

    def describe_change_set(
        self,
        ChangeSetName: str,
        StackName: str = "",
        IncludePropertyValues: bool = False,
        **_: Any,
    ) -> Answer:
        """Describe a change set; values when ``IncludePropertyValues`` asks for them."""
        change_set = self.change_sets.get(ChangeSetName, StackName)
        return change_set_answer(change_set, with_values=IncludePropertyValues)

    def describe_change_set_hooks(
        self, ChangeSetName: str, StackName: str = "", **_: Any
    ) -> Answer:
        """Describe a change set's hooks: the sandbox has none."""
        change_set = self.change_sets.get(ChangeSetName, StackName)
        return {
            "ChangeSetId": change_set.id,
            "ChangeSetName": change_set.name,
            "StackId": change_set.stack.id,
            "StackName": change_set.stack.name,
            "Status": "PLANNED",
            "Hooks": [],
        }

    def list_change_sets(self, StackName: str, **_: Any) -> Answer:
        """List the change sets of a stack."""
        found = self.change_sets.of(self.stacks.get(StackName))
        return {"Summaries": [change_set_summary(one) for one in found]}

    def delete_change_set(self, ChangeSetName: str, StackName: str = "", **_: Any) -> Answer:
        """Delete a change set that is not being executed; one that is not there is deleted."""
        if StackName:
            self.stacks.get(StackName)
        found = self.change_sets.find(ChangeSetName, StackName)
        if found is not None and found.execution_status == "EXECUTE_IN_PROGRESS":
            raise AwsError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{found.id}] cannot be deleted in its current execution status of"
                f" [{found.execution_status}]",
            )
        if found is not None:
            self.change_sets.delete(found)
        return {}

    def execute_change_set(self, ChangeSetName: str, StackName: str = "", **request: Any) -> Answer:
        """Begin to execute a change set."""
        self.change_sets.execute(
            self.change_sets.get(ChangeSetName, StackName),
            disable_rollback=bool(request.get("DisableRollback")),
            token=request.get("ClientRequestToken"),
        )
        return {}

    def get_template(self, StackName: str = "", ChangeSetName: str = "", **_: Any) -> Answer:
        """Return the template of a stack or change set, as it was submitted."""
        if ChangeSetName:
            found = self.change_sets.get(ChangeSetName, StackName)
            return {"TemplateBody": found.goal.template.text, "StagesAvailable": ["Original"]}
        stack = self.stacks.get(StackName)
        text = stack.template.text if stack.template else ""
        return {"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}

    def validate_template(self, TemplateBody: str, **_: Any) -> Answer:
        """Check a template's format and return what it declares."""
        template = self.stacks.read(TemplateBody)
        needed = list(_list_capabilities(template)[:1])
        types = sorted({template.resources[one]["Type"] for one in template.needs_iam})
        why = f"The following resource(s) require capabilities: [{', '.join(types)}]"
        return {
            "Description": template.description,
            "Capabilities": needed,
            **({"CapabilitiesReason": why} if needed else {}),
            "Parameters": [
                {
                    "ParameterKey": name,
                    "DefaultValue": None if "Default" not in item else str(item["Default"]),
                    "NoEcho": str(item.get("NoEcho", False)).lower() == "true",
                    "Description": item.get("Description"),
                }
                for name, item in template.section("Parameters").items()
            ],
        }

    def get_template_summary(self, TemplateBody: str | None = None, **given: Any) -> Answer:
        """Return what a template, given or deployed, declares."""
        if TemplateBody is None:
            TemplateBody = str(self.get_template(**given)["TemplateBody"])
        template = self.stacks.read(TemplateBody)
        types = sorted({item["Type"] for item in template.resources.values()})
        return {**self.validate_template(TemplateBody), "ResourceTypes": types}

    def activate_type(
        self, Type: str = "", TypeName: str = "", TypeNameAlias: str = "", **_: Any
    ) -> Answer:
        """Activate a hook under its alias or its name."""
        if Type != HOOK:
            raise ValidationError("The sandbox knows extensions of type HOOK only")
        name = TypeNameAlias or TypeName
        if not name:
            raise ValidationError("The sandbox activates a hook by TypeName")
        arn = self.stacks.place.arn("cloudformation", f"type/hook/{name.replace('::', '-')}")
        self.stacks.hooks.setdefault(arn, {"name": name, "configuration": "{}"})
        return {"Arn": arn}

    def set_type_configuration(self, Configuration: str, **named: Any) -> Answer:
        """Set what a hook's configuration says."""
        arn, hook = self._find_hook(named, "TypeArn")
        hook["configuration"] = Configuration
        return {"ConfigurationArn": f"{arn.replace(':type/', ':type-configuration/')}/default"}

    def list_types(self, Type: str = HOOK, **_: Any) -> Answer:
        """List the activated hooks; the sandbox has no other extension."""
        hooks = self.stacks.hooks if Type == HOOK else {}
        return {
            "TypeSummaries": [
                {"Type": HOOK, "TypeName": hook["name"], "TypeArn": arn, "IsActivated": True}
                for arn, hook in sorted(hooks.items())
            ]
        }

    def describe_type(self, **named: Any) -> Answer:
        """Describe a hook, with a schema that names its targets."""
        arn, hook = self._find_hook(named, "Arn")
        events = ("preCreate", "preUpdate", "preDelete")
        handlers = {event: {"targetNames": [EVERY_TYPE], "permissions": []} for event in events}
        schema = {"typeName": hook["name"], "handlers": handlers}
        return {"Arn": arn, "Type": HOOK, "TypeName": hook["name"], "Schema": json.dumps(schema)}

    def batch_describe_type_configurations(
        self, TypeConfigurationIdentifiers: Sequence[Mapping[str, str]], **_: Any
    ) -> Answer:
        """Describe the configuration of several hooks."""
        found = [self._find_hook(one, "TypeArn") for one in TypeConfigurationIdentifiers]
        return {
            "TypeConfigurations": [
                {"TypeArn": arn, "TypeName": hook["name"], "Configuration": hook["configuration"]}
                for arn, hook in found
            ]
        }

    def get_hook_result(self, HookResultId: str, **_: Any) -> Answer:
        """Return what the rehearsed hook found; raise HookResultNotFound for another."""
        if HookResultId != HOOK_EVENT["HookInvocationId"]:
            raise AwsError("HookResultNotFound", f"Hook result {HookResultId} not found")
        return {"HookResultId": HookResultId, **HOOK_RESULT}

    def _find_hook(self, named: Mapping[str, str], key: str) -> tuple[str, dict[str, str]]:
        """Return a hook's ARN and what is kept of it, by the ARN at ``key`` or by its name."""
        wanted, name = named.get(key), named.get("TypeName")
        for arn, hook in self.stacks.hooks.items():
            if arn == wanted or (not wanted and hook["name"] == name):
                return arn, hook
        raise AwsError("TypeNotFoundException", f"The type '{wanted or name}' cannot be found.")


def _list_capabilities(template: Template) -> Sequence[str]:
    """Return the capabilities of which one is needed, the least first; none without IAM."""
    properties = [template.resources[one].get("Properties", {}) for one in template.needs_iam]
    named = any(one.get("RoleName") for one in properties)
    return IAM_CAPABILITIES[named:] if properties else ()


def _check_capabilities(template: Template, capabilities: Sequence[str]) -> None:
    """Raise the API's error when IAM resources are not acknowledged."""
    needed = _list_capabilities(template)
    if needed and not {*needed} & {*capabilities}:
        what = f"Requires capabilities : [{needed[0]}]"
        raise AwsError("InsufficientCapabilitiesException", what)
