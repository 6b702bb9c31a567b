"""Every action of CloudFormation's API that the sandbox answers, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bidops_cfn_sandbox.cloudformation import (
    inquiries,
    stack_actions,
)
from bidops_cfn_sandbox.cloudformation.answers import Answer
from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSets

Action = Callable[[ChangeSets, Mapping[str, Any]], Answer]

ACTIONS: dict[str, Action] = {
    "ActivateType": inquiries.activate_type,
    "BatchDescribeTypeConfigurations": inquiries.batch_describe_type_configurations,
    "CancelUpdateStack": stack_actions.cancel_update_stack,
    "ContinueUpdateRollback": stack_actions.continue_update_rollback,
    "CreateChangeSet": inquiries.create_change_set,
    "CreateStack": stack_actions.create_stack,
    "DeleteChangeSet": inquiries.delete_change_set,
    "DeleteStack": stack_actions.delete_stack,
    "DescribeChangeSet": inquiries.describe_change_set,
    "DescribeChangeSetHooks": inquiries.describe_change_set_hooks,
    "DescribeEvents": inquiries.describe_events,
    "DescribeStackEvents": inquiries.describe_stack_events,
    "DescribeStackResource": inquiries.describe_stack_resource,
    "DescribeStackResources": inquiries.describe_stack_resources,
    "DescribeStacks": inquiries.describe_stacks,
    "DescribeType": inquiries.describe_type,
    "ExecuteChangeSet": inquiries.execute_change_set,
    "GetHookResult": inquiries.get_hook_result,
    "GetStackPolicy": inquiries.get_stack_policy,
    "GetTemplate": inquiries.get_template,
    "GetTemplateSummary": inquiries.get_template_summary,
    "ListChangeSets": inquiries.list_change_sets,
    "ListExports": inquiries.list_exports,
    "ListImports": inquiries.list_imports,
    "ListStackResources": inquiries.list_stack_resources,
    "ListStacks": inquiries.list_stacks,
    "ListTypes": inquiries.list_types,
    "RollbackStack": stack_actions.rollback_stack,
    "SetStackPolicy": stack_actions.set_stack_policy,
    "SetTypeConfiguration": inquiries.set_type_configuration,
    "UpdateStack": stack_actions.update_stack,
    "UpdateTerminationProtection": stack_actions.update_termination_protection,
    "ValidateTemplate": inquiries.validate_template,
}
