"""How stacks, resources, events and change sets look in the API's answers."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bidops_cfn_sandbox.cloudformation.change_sets import ChangeSet
from bidops_cfn_sandbox.cloudformation.changes import hide_values
from bidops_cfn_sandbox.cloudformation.stack import Resource, Settings, Stack
from bidops_cfn_sandbox.cloudformation.template import Template
from bidops_cfn_sandbox.engine.answers import Answer, present

MASK = "****"


def stack_answer(stack: Stack) -> Answer:
    """Return a stack as DescribeStacks shows it."""
    summary = stack_summary(stack)
    return present(
        Description=summary.pop("TemplateDescription", None),
        **summary,
        ChangeSetId=stack.change_set_id,
        Parameters=parameters_answer(stack.template, stack.parameters),
        DisableRollback=False,  # what it asks for concerns one operation
        Outputs=stack.outputs,
        EnableTerminationProtection=stack.termination_protection,
        LastOperations=[
            {"OperationType": kind, "OperationId": id_} for kind, id_ in stack.operations[:5]
        ],
        RoleARN=stack.settings.role_arn,
        **_settings(stack.settings),
    )


def stack_summary(stack: Stack) -> Answer:
    """Return a stack as ListStacks shows it."""
    return present(
        StackId=stack.id,
        StackName=stack.name,
        TemplateDescription=stack.template.description if stack.template else None,
        CreationTime=stack.created,
        LastUpdatedTime=stack.updated,
        DeletionTime=stack.deleted,
        StackStatus=stack.status,
        StackStatusReason=stack.status_reason,
        DriftInformation={"StackDriftStatus": "NOT_CHECKED"},
    )


def resource_answer(stack: Stack, resource: Resource) -> Answer:
    """Return a resource as DescribeStackResource and DescribeStackResources show it."""
    metadata = resource.definition.get("Metadata")
    return present(
        StackName=stack.name,
        StackId=stack.id,
        Timestamp=resource.changed,
        Metadata=json.dumps(metadata) if metadata else None,
        **resource_summary(resource),
    )


def resource_summary(resource: Resource) -> Answer:
    """Return a resource as ListStackResources shows it."""
    return present(
        LogicalResourceId=resource.logical_id,
        PhysicalResourceId=resource.made.physical_id,
        ResourceType=resource.type,
        LastUpdatedTimestamp=resource.changed,
        ResourceStatus=resource.status,
        ResourceStatusReason=resource.reason,
        DriftInformation={"StackResourceDriftStatus": "NOT_CHECKED"},
    )


def operation_event_answer(stack: Stack, event: Answer) -> Answer:
    """Return an event as DescribeEvents shows it."""
    types = {id_: type_ for type_, id_ in stack.operations}
    return {
        **{key: value for key, value in event.items() if key != "StackName"},
        "OperationType": types[event["OperationId"]],
        "EventType": "STACK_EVENT",
    }


def change_set_answer(change_set: ChangeSet, *, with_values: bool) -> Answer:
    """Return a change set as DescribeChangeSet shows it."""
    goal = change_set.goal
    return present(
        Parameters=parameters_answer(goal.template, goal.parameters),
        OnStackFailure=change_set.on_stack_failure,
        Changes=[
            {"Type": "Resource", "ResourceChange": one if with_values else hide_values(one)}
            for one in change_set.changes
        ],
        **change_set_summary(change_set),
        **_settings(goal.settings),
    )


def change_set_summary(change_set: ChangeSet) -> Answer:
    """Return a change set as ListChangeSets shows it."""
    return present(
        ChangeSetName=change_set.name,
        ChangeSetId=change_set.id,
        StackId=change_set.stack.id,
        StackName=change_set.stack.name,
        Description=change_set.description,
        CreationTime=change_set.created,
        ExecutionStatus=change_set.availability,
        Status=change_set.status,
        StatusReason=change_set.reason,
        IncludeNestedStacks=False,
    )


def parameters_answer(template: Template | None, values: Mapping[str, str]) -> list[Answer]:
    """Return parameters with their values; those declared NoEcho are masked."""
    declared = template.section("Parameters") if template else {}
    return [
        {
            "ParameterKey": name,
            "ParameterValue": MASK if declared.get(name, {}).get("NoEcho") else value,
        }
        for name, value in values.items()
    ]


def _settings(settings: Settings) -> Answer:
    return present(
        Tags=[{"Key": key, "Value": value} for key, value in settings.tags.items()],
        Capabilities=list(settings.capabilities),
        NotificationARNs=list(settings.notification_arns),
        RollbackConfiguration=dict(settings.rollback_configuration),
    )
