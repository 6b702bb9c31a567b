"""The API's calls on change sets, templates and hooks, beside those on stacks.

A hook that is activated is listed with its configuration, and never run; it judges resources of
every type, unless its configuration's target filters name some. The one that a rehearsal runs has a
result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bidops_cfn_sandbox.cloudformation.answers import change_set_answer, change_set_summary
from bidops_cfn_sandbox.cloudformation.stack_calls import StackCalls
from bidops_cfn_sandbox.engine.answers import Answer, AwsError, ValidationError
from bidops_cfn_sandbox.engine.engine import HOOK_EVENT, HOOK_RESULT

HOOK = "HOOK"
EVERY_TYPE = "AWS::*"


class Calls(StackCalls):
    """Every call of CloudFormation that is modelled, on one account and region."""

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
        return {
            "Description": template.description,
            "Capabilities": ["CAPABILITY_IAM"] if template.needs_iam else [],
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
