"""Rolling back on request: after a failure without rollback, and after a rollback that failed."""

from __future__ import annotations

import pytest

from bidops_cfn_sandbox.engine.answers import ValidationError
from tests.sandbox.cloudformation.boxes import Api, World, box


def test_a_creation_that_was_left_there_is_rolled_back_on_request(api: Api, world: World) -> None:
    failing = {"A": box(), "B": box(depends_on=["A"], Refuse="create")}
    api.deploy(failing, kind="CREATE", OnStackFailure="DO_NOTHING")
    with pytest.raises(ValidationError, match="does not model updates of a CREATE_FAILED stack"):
        api.change_set({"A": box()}, name="d")
    answer = api("RollbackStack", StackName="s")
    assert api.began(answer["OperationId"]) == ("ROLLBACK_IN_PROGRESS", "User Initiated")
    assert api.status() == "ROLLBACK_COMPLETE"
    assert world.boxes == {}
    assert api.stack()["LastOperations"][0] == {
        "OperationType": "ROLLBACK",
        "OperationId": answer["OperationId"],
    }


def test_an_update_that_was_left_there_is_rolled_back_on_request(api: Api, world: World) -> None:
    api.deploy({"A": box(Color="red"), "B": box(Name="one"), "C": box()}, kind="CREATE")
    before = {name: dict(content) for name, content in world.boxes.items()}
    made = api.change_set(
        {
            "A": box(Color="blue"),
            "B": box(depends_on=["A"], Name="two"),
            "C": box(depends_on=["B"], Refuse="update"),
        },
        name="d",
    )
    api("ExecuteChangeSet", ChangeSetName=made["ChangeSetId"], DisableRollback=True)
    assert api.status() == "UPDATE_FAILED"
    assert len(world.boxes) == 4
    api("RollbackStack", StackName="s")
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert world.boxes == before


def test_a_deleted_stack_takes_what_its_failed_update_had_replaced_along(
    api: Api, world: World
) -> None:
    api.deploy({"A": box(Name="one")}, kind="CREATE")
    failing = {"A": box(Name="two"), "B": box(depends_on=["A"], Refuse="create")}
    made = api.change_set(failing, name="d")
    api("ExecuteChangeSet", ChangeSetName=made["ChangeSetId"], DisableRollback=True)
    assert set(world.boxes) == {"a-1", "a-2"}
    api("DeleteStack", StackName="s")
    assert world.boxes == {}


def test_a_rollback_that_fails_goes_on_where_it_stopped(api: Api, world: World) -> None:
    api.deploy({"A": box(Color="red"), "B": box(Refuse="nothing")}, kind="CREATE")
    world.stuck.add("b-2")
    changed = {
        "A": box(Color="blue"),
        "B": box(depends_on=["A"], Color="blue"),
        "C": box(depends_on=["B"], Refuse="create"),
    }
    api.deploy(changed, name="d")
    assert api.status() == "UPDATE_ROLLBACK_FAILED"
    assert world.boxes["a-1"] == {"Color": "blue"}
    with pytest.raises(ValidationError, match="UPDATE_ROLLBACK_FAILED state and can not be"):
        api("RollbackStack", StackName="s")
    with pytest.raises(ValidationError, match="UPDATE_ROLLBACK_FAILED state and can not be"):
        api.change_set({"A": box()}, name="e")
    assert api.stack()["StackStatusReason"] == "The following resource(s) failed to update: [B]. "
    api("ContinueUpdateRollback", StackName="s")
    assert api.status() == "UPDATE_ROLLBACK_FAILED"
    for well in ("A", "C", "Nothing"):
        with pytest.raises(ValidationError, match="not in UPDATE_FAILED state"):
            api("ContinueUpdateRollback", StackName="s", ResourcesToSkip=["B", well])
    api("ContinueUpdateRollback", StackName="s", ResourcesToSkip=["B"])
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert world.boxes["a-1"] == {"Color": "red"}
    last = api.stack()["LastOperations"][0]
    assert last["OperationType"] == "CONTINUE_ROLLBACK"
    began = api.began(last["OperationId"])
    assert began == ("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
    events = api("DescribeEvents", OperationId=last["OperationId"])["OperationEvents"]
    of_b = [one["ResourceStatus"] for one in events if one["LogicalResourceId"] == "B"]
    assert of_b == ["UPDATE_COMPLETE"]


def test_what_a_rollback_cannot_delete_is_left_behind(api: Api, world: World) -> None:
    api.deploy({"A": box()}, kind="CREATE")
    failing = {"A": box(), "B": box(Refuse="delete"), "C": box(depends_on=["B"], Refuse="create")}
    api.deploy(failing, name="d")
    undone = api.stack()["LastOperations"][0]["OperationId"]
    assert api.began(undone)[1] == "The following resource(s) failed to create: [C]. "
    assert api.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert ("B", 'Resource handler returned message: "no delete today"') in api.failures()
    assert set(world.boxes) == {"a-1", "b-2"}


@pytest.mark.parametrize("kind", ["UPDATE_STACK", "CREATE_STACK"])
def test_the_rollback_of_a_failure_is_an_operation_of_its_own(api: Api, kind: str) -> None:
    if kind == "UPDATE_STACK":
        api.deploy({"A": box()}, kind="CREATE")
    verb = kind.removesuffix("_STACK")
    failing = {"A": box(), "B": box(Refuse="create")}
    api.change_set(failing, name="d", kind=verb)
    api("ExecuteChangeSet", ChangeSetName="d", StackName="s", ClientRequestToken="t")
    undoing, failed = api.stack()["LastOperations"][:2]
    assert (undoing["OperationType"], failed["OperationType"]) == ("ROLLBACK", kind)
    events = api("DescribeEvents", OperationId=undoing["OperationId"])["OperationEvents"]
    assert events[-1]["ResourceStatus"].endswith("ROLLBACK_IN_PROGRESS")
    assert {one["ClientRequestToken"] for one in events} == {"t"}


def test_there_is_nothing_to_roll_back_on_a_healthy_stack(api: Api) -> None:
    api.deploy({"A": box()}, kind="CREATE")
    with pytest.raises(ValidationError, match="CREATE_COMPLETE state and can not be rolled back"):
        api("RollbackStack", StackName="s")
    with pytest.raises(ValidationError, match="can not be rolled back"):
        api("ContinueUpdateRollback", StackName="s")


def test_a_change_set_has_no_hooks(api: Api) -> None:
    api.change_set({"A": box()}, kind="CREATE")
    hooks = api("DescribeChangeSetHooks", ChangeSetName="c", StackName="s")
    assert (hooks["Status"], hooks["Hooks"]) == ("PLANNED", [])
