"""A change set announces what its execution does, for any two templates."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.cloudformation.boxes import Api, World, box

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
