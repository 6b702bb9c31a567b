"""Every action of CloudFormation's API that the sandbox answers, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bidops_cfn_sandbox.cloudformation import (
    change_set_actions,
    hook_actions,
    inquiry_actions,
    stack_actions,
)
from bidops_cfn_sandbox.cloudformation.answers import Answer
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSets

Action = Callable[[ChangeSets, Mapping[str, Any]], Answer]

ACTIONS: dict[str, Action] = {
    "ActivateType": hook_actions.activate_type,
    "BatchDescribeTypeConfigurations": hook_actions.batch_describe_type_configurations,
    "CancelUpdateStack": stack_actions.cancel_update_stack,
    "ContinueUpdateRollback": stack_actions.continue_update_rollback,
    "CreateChangeSet": change_set_actions.create_change_set,
    "CreateStack": stack_actions.create_stack,
    "DeleteChangeSet": change_set_actions.delete_change_set,
    "DeleteStack": stack_actions.delete_stack,
    "DescribeChangeSet": change_set_actions.describe_change_set,
    "DescribeChangeSetHooks": change_set_actions.describe_change_set_hooks,
    "DescribeEvents": inquiry_actions.describe_events,
    "DescribeStackEvents": inquiry_actions.describe_stack_events,
    "DescribeStackResource": inquiry_actions.describe_stack_resource,
    "DescribeStackResources": inquiry_actions.describe_stack_resources,
    "DescribeStacks": inquiry_actions.describe_stacks,
    "DescribeType": hook_actions.describe_type,
    "ExecuteChangeSet": change_set_actions.execute_change_set,
    "GetHookResult": hook_actions.get_hook_result,
    "GetStackPolicy": inquiry_actions.get_stack_policy,
    "GetTemplate": inquiry_actions.get_template,
    "GetTemplateSummary": inquiry_actions.get_template_summary,
    "ListChangeSets": change_set_actions.list_change_sets,
    "ListExports": inquiry_actions.list_exports,
    "ListImports": inquiry_actions.list_imports,
    "ListStackResources": inquiry_actions.list_stack_resources,
    "ListStacks": inquiry_actions.list_stacks,
    "ListTypes": hook_actions.list_types,
    "RollbackStack": stack_actions.rollback_stack,
    "SetStackPolicy": stack_actions.set_stack_policy,
    "SetTypeConfiguration": hook_actions.set_type_configuration,
    "UpdateStack": stack_actions.update_stack,
    "UpdateTerminationProtection": stack_actions.update_termination_protection,
    "ValidateTemplate": inquiry_actions.validate_template,
}
