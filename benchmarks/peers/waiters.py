"""Creates a stack by a change set and boto3's own waiters: ``waiters.py STACK TEMPLATE TAG``."""

import sys
from pathlib import Path

import boto3

stack, template, tag = sys.argv[1:]
client = boto3.client("cloudformation")
change_set = client.create_change_set(
    StackName=stack,
    ChangeSetName="create",
    ChangeSetType="CREATE",
    TemplateBody=Path(template).read_text(encoding="utf-8"),
    Capabilities=["CAPABILITY_IAM"],
    Parameters=[
        {"ParameterKey": f"{service}Image", "ParameterValue": f":{tag}"}
        for service in ("AgentCore", "Bff")
    ],
)
client.get_waiter("change_set_create_complete").wait(ChangeSetName=change_set["Id"])
client.execute_change_set(ChangeSetName=change_set["Id"])
client.get_waiter("stack_create_complete").wait(StackName=change_set["StackId"])
print(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
