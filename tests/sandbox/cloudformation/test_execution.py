"""Operations on stacks: order, events, rollback, deletion, and what protects a stack."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bidops_cfn_sandbox.engine.answers import ValidationError
from tests.sandbox.cloudformation.boxes import Api, World, body, box


def test_resources_are_made_after_what_they_need_and_deleted_before_it(
    api: Api, world: World
) -> None:
    api.deploy(
        {
            "A": box(depends_on=["B"]),
            "B": box(Color={"Fn::Sub": "${C}-${C.Arn}"}),
            "C": box(),
        },
        kind="CREATE",
    )
    assert world.log == ["create c-1", "create b-2", "create a-3"]
    assert world.boxes["b-2"] == {"Color": "c-1-arn:box/c-1"}
    api("DeleteStack", StackName="s")
    assert world.log[3:] == ["delete a-3", "delete b-2", "delete c-1"]


def test_events_tell_the_whole_story_newest_first(api: Api) -> None:
    api.deploy({"A": box()}, kind="CREATE")
    events = api("DescribeStackEvents", StackName="s")["StackEvents"]
    story = [(e["LogicalResourceId"], e["ResourceStatus"]) for e in reversed(events)]
    assert story == [
        ("s", "REVIEW_IN_PROGRESS"),
        ("s", "CREATE_IN_PROGRESS"),
        ("A", "CREATE_IN_PROGRESS"),
        ("A", "CREATE_IN_PROGRESS"),
        ("A", "CREATE_COMPLETE"),
        ("s", "CREATE_COMPLETE"),
    ]


def test_events_carry_the_operation_that_the_stack_names_last(api: Api) -> None:
    api.deploy({"A": box()}, kind="CREATE")
    api.deploy({"A": box(Color="red")}, name="d")
    (last, *_) = api.stack()["LastOperations"]
    assert last["OperationType"] == "UPDATE_STACK"
    ours = api("DescribeEvents", OperationId=last["OperationId"])["OperationEvents"]
    assert [e["ResourceStatus"] for e in ours] == [
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_IN_PROGRESS",
    ]


def test_a_failed_creation_takes_everything_back_and_says_why(api: Api, world: World) -> None:
    api.deploy({"A": box(), "B": box(depends_on=["A"], Refuse="create")}, kind="CREATE")
    assert api.status() == "ROLLBACK_COMPLETE"
    assert world.boxes == {}
    assert api.failures() == [("B", 'Resource handler returned message: "no create today"')]
    with pytest.raises(ValidationError, match="ROLLBACK_COMPLETE state and can not be updated"):
        api.change_set({"A": box()}, name="d")
    api("DeleteStack", StackName="s")
    with pytest.raises(ValidationError, match="does not exist"):
        api.stack()


@pytest.mark.parametrize(
    ("on_failure", "status", "left"),
    [("DO_NOTHING", "CREATE_FAILED", 1), ("DELETE", "DELETE_COMPLETE", 0)],
)
def test_what_happens_on_failure_is_the_callers_choice(
    api: Api, world: World, on_failure: str, status: str, left: int
) -> None:
    described = api.deploy(
        {"A": box(), "B": box(depends_on=["A"], Refuse="create")},
        kind="CREATE",
        OnStackFailure=on_failure,
    )
    assert api.status(described["StackId"]) == status
    assert len(world.boxes) == left


def test_a_failed_update_restores_every_resource(api: Api, world: World) -> None:
    api.deploy({"A": box(Color="red"), "B": box(Name="old"), "C": box()}, kind="CREATE")
    before = {name: dict(content) for name, content in world.boxes.items()}
    api.deploy(
        {
            "A": box(Color="blue"),
            "B": box(depends_on=["A"], Name="new"),
            "C": box(depends_on=["B"], Refuse="update"),
            "D": box(),
        },
        name="d",
    )
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert world.boxes == before
    assert api.failures() == [("C", 'Resource handler returned message: "no update today"')]
    undone = api.stack()["LastOperations"][0]["OperationId"]
    assert api.began(undone)[1] == "The following resource(s) failed to update: [C]. "
    events = api("DescribeEvents", OperationId=undone)["OperationEvents"]
    story = [f"{one['LogicalResourceId']} {one['ResourceStatus']}" for one in reversed(events)]
    cleaning = story.index("s UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    assert {*story[:cleaning]} >= {"A UPDATE_COMPLETE", "C UPDATE_COMPLETE"}
    assert {*story[cleaning:]} >= {"B DELETE_COMPLETE", "D DELETE_COMPLETE"}
    assert story[-1] == "s UPDATE_ROLLBACK_COMPLETE"
    listed = api("ListStackResources", StackName="s")["StackResourceSummaries"]
    statuses = {one["LogicalResourceId"]: one["ResourceStatus"] for one in listed}
    assert statuses == {"A": "UPDATE_COMPLETE", "B": "CREATE_COMPLETE", "C": "UPDATE_COMPLETE"}
    again = api.change_set({"A": box(Color="red"), "B": box(Name="old"), "C": box()}, name="e")
    assert again["Status"] == "FAILED"


def test_a_replacement_is_made_first_and_the_old_one_deleted_last(api: Api, world: World) -> None:
    api.deploy({"A": box(Name="one"), "B": box(Color={"Ref": "A"})}, kind="CREATE")
    api.deploy({"A": box(Name="two"), "B": box(Color={"Ref": "A"})}, name="d")
    assert world.log[2:] == ["create a-3", "update b-2", "delete a-1"]
    assert world.boxes["b-2"] == {"Color": "a-3"}


def test_a_fixed_name_cannot_be_replaced_by_itself(api: Api, world: World) -> None:
    kind = world.types()["AWS::Test::Box"]
    api.calls.stacks.types = {kind.name: replace(kind, create_only=frozenset({"Name", "Size"}))}
    api.deploy({"A": box(Name="one", Size=1)}, kind="CREATE")
    api.deploy({"A": box(Name="one", Size=2)}, name="d")
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    ((logical_id, reason),) = api.failures()
    assert logical_id == "A"
    assert "custom-named resource requires replacing" in reason


def test_retained_resources_stay_and_others_go(api: Api, world: World) -> None:
    kept = {**box(), "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    api.deploy({"A": {**kept, "Properties": {"Name": "one"}}, "B": box()}, kind="CREATE")
    api.deploy({"A": {**kept, "Properties": {"Name": "two"}}, "B": box()}, name="d")
    assert set(world.boxes) == {"a-1", "a-3", "b-2"}
    api("DeleteStack", StackName="s")
    assert set(world.boxes) == {"a-1", "a-3"}


def test_retained_except_on_create_goes_only_when_its_creation_fails(
    api: Api, world: World
) -> None:
    policy = {"DeletionPolicy": "RetainExceptOnCreate"}
    failing = {"A": {**box(), **policy}, "B": box(depends_on=["A"], Refuse="create")}
    api.deploy(failing, kind="CREATE")
    assert world.boxes == {}
    api.deploy({"A": {**box(), **policy}}, kind="CREATE", stack="t")
    api("DeleteStack", StackName="t")
    assert set(world.boxes) == {"a-2"}


def test_a_resource_keeps_its_type(api: Api) -> None:
    api.deploy({"A": box()}, kind="CREATE")
    role = {"A": {"Type": "AWS::IAM::Role", "Properties": {}}}
    described = api.change_set(role, name="d", Capabilities=["CAPABILITY_IAM"])
    assert described["Status"] == "FAILED"
    assert "Update of resource type is not permitted" in described["StatusReason"]
    assert "[A]" in described["StatusReason"]


def test_a_resource_that_cannot_be_deleted_keeps_the_stack(api: Api, world: World) -> None:
    api.deploy({"A": box(Refuse="delete"), "B": box(depends_on=["A"])}, kind="CREATE")
    with pytest.raises(ValidationError, match="retain only when the stack is in the DELETE_FAILED"):
        api("DeleteStack", StackName="s", RetainResources=["A"])
    api("DeleteStack", StackName="s")
    assert api.status() == "DELETE_FAILED"
    assert "[A]" in api.stack()["StackStatusReason"]
    api("DeleteStack", StackName="s", RetainResources=["A"])
    assert set(world.boxes) == {"a-1"}
    with pytest.raises(ValidationError, match="does not exist"):
        api.stack()


def test_a_deleted_stack_is_found_by_its_arn_alone(api: Api) -> None:
    described = api.deploy({"A": box()}, kind="CREATE")
    api("DeleteStack", StackName="s")
    assert api.status(described["StackId"]) == "DELETE_COMPLETE"
    assert api("DeleteStack", StackName="s") == {}
    assert [s["StackStatus"] for s in api("ListStacks")["StackSummaries"]] == ["DELETE_COMPLETE"]


def test_termination_protection_keeps_a_stack(api: Api) -> None:
    api.deploy({"A": box()}, kind="CREATE")
    api("UpdateTerminationProtection", StackName="s", EnableTerminationProtection=True)
    with pytest.raises(ValidationError, match="TerminationProtection is enabled"):
        api("DeleteStack", StackName="s")
    assert api.stack()["EnableTerminationProtection"] is True


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("Update:Replace", {"A": box(Name="two")}),
        ("Update:Modify", {"A": box(Name="one", Color="red")}),
        ("Update:Delete", {"B": box()}),
    ],
)
def test_a_stack_policy_denies_what_it_names(api: Api, action: str, change: object) -> None:
    api.deploy({"A": box(Name="one")}, kind="CREATE")
    allow = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": action, "Principal": "*", "Resource": "LogicalResourceId/A"}
    policy = {"Statement": [allow, deny]}
    api("SetStackPolicy", StackName="s", StackPolicyBody=json.dumps(policy))
    assert json.loads(api("GetStackPolicy", StackName="s")["StackPolicyBody"]) == policy
    api.deploy(change, name="d")  # type: ignore[arg-type]
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    ((logical_id, reason),) = api.failures()
    assert logical_id == "A"
    assert reason == (
        f"Action denied by stack policy: no statement allows [{action}] for resource"
        " [LogicalResourceId/A]"
    )


def test_exports_are_locked_while_another_stack_imports_them(api: Api) -> None:
    exported = {"Outputs": {"O": {"Value": {"Ref": "A"}, "Export": {"Name": "the-box"}}}}
    api.deploy({"A": box(Name="one")}, kind="CREATE", sections=exported)
    api.deploy({"B": box(Color={"Fn::ImportValue": "the-box"})}, kind="CREATE", stack="user")
    assert api("ListExports")["Exports"] == [
        {"ExportingStackId": api.stack()["StackId"], "Name": "the-box", "Value": "a-1"}
    ]
    assert api("ListImports", ExportName="the-box") == {"Imports": ["user"]}
    with pytest.raises(ValidationError, match="the-box cannot be deleted as it is in use by user"):
        api("DeleteStack", StackName="s")
    api.deploy({"A": box(Name="two")}, name="d", sections=exported)
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    undone = api.stack()["LastOperations"][0]["OperationId"]
    reason = "Export the-box cannot be updated as it is in use by user"
    assert api.began(undone) == ("UPDATE_ROLLBACK_IN_PROGRESS", reason)
    api("DeleteStack", StackName="user")
    with pytest.raises(ValidationError, match="not imported by any stack"):
        api("ListImports", ExportName="the-box")
    api("DeleteStack", StackName="s")
    assert api("ListExports") == {"Exports": []}


def test_an_export_name_belongs_to_one_stack(api: Api) -> None:
    exported = {"Outputs": {"O": {"Value": "1", "Export": {"Name": "the-box"}}}}
    api.deploy({"A": box()}, kind="CREATE", sections=exported)
    described = api.change_set({"A": box()}, kind="CREATE", stack="other", sections=exported)
    assert described["Status"] == "FAILED"
    assert "the-box is already exported" in described["StatusReason"]


def test_update_stack_without_a_change_is_refused(api: Api) -> None:
    api.deploy({"A": box()}, kind="CREATE")
    with pytest.raises(ValidationError, match="No updates are to be performed"):
        api("UpdateStack", StackName="s", TemplateBody=body({"A": box()}))


def test_the_template_is_returned_as_it_was_submitted(api: Api) -> None:
    api.deploy({"A": box()}, kind="CREATE")
    assert api("GetTemplate", StackName="s")["TemplateBody"] == body({"A": box()})
