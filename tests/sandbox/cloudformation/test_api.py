"""CloudFormation's calls as a client makes them, and whom stacks tell of their events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.deploy.template import prepare_body
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from tests.sandbox.account import IMAGES, Account
from tests.sandbox.cloudformation.boxes import Api, World, box

TRIGGERS = {"RollbackTriggers": [{"Arn": "arn:alarm", "Type": "AWS::CloudWatch::Alarm"}]}
GROUP = {"L": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}}


def test_a_stack_is_described_with_everything_that_it_was_given(
    dev_account: Account, dev: Environment, dev_template: str
) -> None:
    client = dev_account.cloudformation
    made = client.create_change_set(
        StackName="described",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=prepare_body(dev_template),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in IMAGES.items()],
        Tags=[{"Key": "Owner", "Value": "platform"}],
        Description="sha256:0",
        RollbackConfiguration=TRIGGERS,
        OnStackFailure="DELETE",
        NotificationARNs=["arn:aws:sns:us-east-1:111111111111:topic"],
        RoleARN="arn:aws:iam::111111111111:role/deployer",
    )
    described = client.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True)
    client.execute_change_set(ChangeSetName=made["Id"], ClientRequestToken="token")
    stack = dev_account.stack("described")
    events = client.describe_stack_events(StackName="described")["StackEvents"]
    try:
        assert described["Description"] == "sha256:0"
        assert described["OnStackFailure"] == "DELETE"
        assert stack["RollbackConfiguration"] == TRIGGERS
        assert described["StackName"] == "described"
        assert {change["ResourceChange"]["Action"] for change in described["Changes"]} == {"Add"}
        assert len(described["Changes"]) == len(json.loads(dev_template)["Resources"])
        assert stack["ChangeSetId"] == made["Id"]
        assert stack["Tags"] == [{"Key": "Owner", "Value": "platform"}]
        assert stack["Capabilities"] == ["CAPABILITY_IAM"]
        assert stack["RoleARN"] == "arn:aws:iam::111111111111:role/deployer"
        assert stack["NotificationARNs"] == ["arn:aws:sns:us-east-1:111111111111:topic"]
        assert stack["Description"] == json.loads(dev_template)["Description"]
        assert stack["EnableTerminationProtection"] is False
        assert abs(stack["CreationTime"] - datetime.now(UTC)) < timedelta(minutes=10)
        values = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
        assert values == {**IMAGES, **{f"{one.title}DesiredCount": "2" for one in SERVICES}}
        names = {output["ExportName"] for output in stack["Outputs"]}
        assert f"bidopsai-{dev.name}-compute-ClusterArn" in names
        operation = stack["LastOperations"][0]["OperationId"]
        ours = [event for event in events if event["OperationId"] == operation]
        assert {event["ClientRequestToken"] for event in ours} == {"token"}
        body = client.get_template(StackName="described")["TemplateBody"]
        assert body == json.loads(dev_template)
    finally:
        client.delete_stack(StackName="described")


def test_errors_have_the_codes_that_clients_look_for(dev_account: Account) -> None:
    client = dev_account.cloudformation
    with pytest.raises(client.exceptions.ClientError) as missing:
        client.describe_stacks(StackName="nowhere")
    assert missing.value.response["Error"]["Code"] == "ValidationError"
    assert missing.value.response["Error"]["Message"] == "Stack with id nowhere does not exist"
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(client.exceptions.ClientError, match="does not model RetainExceptOnCreate"):
        client.rollback_stack(StackName="nowhere", RetainExceptOnCreate=True)
    with pytest.raises(client.exceptions.ChangeSetNotFoundException):
        client.describe_change_set(ChangeSetName="none", StackName="nowhere")
    with pytest.raises(client.exceptions.InsufficientCapabilitiesException):
        client.create_stack(
            StackName="role",
            TemplateBody=json.dumps({"Resources": {"R": {"Type": "AWS::IAM::Role"}}}),
        )
    client.create_stack(StackName="once", TemplateBody=json.dumps({"Resources": GROUP}))
    events = client.describe_stack_events(StackName="once")["StackEvents"]
    assert events[-1]["ResourceStatus"] == "CREATE_IN_PROGRESS"  # reviewed is a change set alone
    with pytest.raises(client.exceptions.AlreadyExistsException):
        client.create_stack(StackName="once", TemplateBody=json.dumps({"Resources": GROUP}))
    client.delete_stack(StackName="once")


@pytest.mark.parametrize(
    "form", ["{bucket}.s3.us-east-1.amazonaws.com", "s3.amazonaws.com/{bucket}"]
)
def test_a_template_is_read_from_a_bucket(dev_account: Account, form: str) -> None:
    bucket = "templates-of-the-test"
    s3, client = dev_account.client("s3"), dev_account.cloudformation
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a/t.json", Body=json.dumps({"Resources": GROUP}).encode())
    url = f"https://{form.format(bucket=bucket)}/a/t.json"
    client.create_stack(StackName="from-s3", TemplateURL=url)
    assert dev_account.stack("from-s3")["StackStatus"] == "CREATE_COMPLETE"
    client.delete_stack(StackName="from-s3")
    s3.delete_object(Bucket=bucket, Key="a/t.json")
    with pytest.raises(client.exceptions.ClientError, match="S3 error"):
        client.create_stack(StackName="from-s3", TemplateURL=url)
    s3.delete_bucket(Bucket=bucket)
    with pytest.raises(client.exceptions.ClientError, match="S3 error"):
        client.create_stack(StackName="from-s3", TemplateURL=url)


IDS = ("A", "B", "C", "D")


@st.composite
def templates(draw: st.DrawFn) -> dict[str, Any]:
    """Draw boxes that refer only to those before them, so that there is no cycle."""
    found: dict[str, Any] = {}
    for logical_id in draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1).map(sorted)):
        references: list[Any] = [{"Ref": other} for other in found]
        references += [{"Fn::GetAtt": [other, "Arn"]} for other in found]
        value = st.sampled_from(["x", "y", *references])
        properties = draw(st.fixed_dictionaries({}, optional={"Name": value, "Color": value}))
        found[logical_id] = box(**properties)
    return found


@given(before=templates(), after=templates())
def test_a_change_set_announces_what_its_execution_does(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    world = World()
    api = Api(world)
    api.deploy(before, kind="CREATE")
    world.log.clear()
    described = api.change_set(after, name="d")
    announced = set()
    for row in described["Changes"]:
        change = row["ResourceChange"]
        name = change["LogicalResourceId"].lower()
        if change["Action"] == "Modify" and change["Replacement"] == "False":
            announced.add(f"update {name}")
        if change["Action"] == "Add" or change.get("Replacement") in ("True", "Conditional"):
            announced.add(f"create {name}")
        if change["Action"] == "Remove" or change.get("Replacement") in ("True", "Conditional"):
            announced.add(f"delete {name}")
    if described["Status"] == "CREATE_COMPLETE":
        api("ExecuteChangeSet", ChangeSetName=described["ChangeSetId"])
        assert api.status() == "UPDATE_COMPLETE"
    assert {line.split("-")[0] for line in world.log} == announced
    again = api.change_set(after, name="again")
    assert again["Status"] == "FAILED"
    assert again["Changes"] == []
