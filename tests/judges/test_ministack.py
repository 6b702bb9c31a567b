"""What MiniStack does not make is left out whole, and is what the list says."""

from __future__ import annotations

import pytest

from judges.ministack.judge import compare, leave_out

TEMPLATE = {
    "Resources": {
        "Cluster": {"Type": "Cluster"},
        "Capacity": {"Type": "Capacity", "Properties": {"Cluster": {"Ref": "Cluster"}}},
        "Service": {
            "Type": "Service",
            "DependsOn": ["Capacity", "Rule"],
            "Properties": {"Cluster": {"Ref": "Cluster"}},
        },
        "Alarm": {
            "Type": "Alarm",
            "DependsOn": "Capacity",
            "Properties": {"Service": {"Fn::GetAtt": ["Service", "Name"]}},
        },
        "Rule": {"Type": "Rule"},
    },
    "Outputs": {"Name": {"Value": {"Fn::Sub": "${Service.Name} of ${Cluster}"}}},
}


@pytest.mark.parametrize(
    ("left_out", "kept", "outputs"),
    [
        (set(), ["Alarm", "Capacity", "Cluster", "Rule", "Service"], ["Name"]),
        ({"Capacity"}, ["Alarm", "Cluster", "Rule", "Service"], ["Name"]),
        ({"Service"}, ["Capacity", "Cluster", "Rule"], []),
        ({"Cluster"}, ["Rule"], []),
    ],
    ids=["nothing", "an order", "a service", "all that refers to it"],
)
def test_what_refers_to_what_is_left_out_is_left_out(
    left_out: set[str], kept: list[str], outputs: list[str]
) -> None:
    left = leave_out(TEMPLATE, left_out)
    assert sorted(left["Resources"]) == kept
    assert list(left["Outputs"]) == outputs


def test_an_order_of_creation_does_not_name_what_is_left_out() -> None:
    left = leave_out(TEMPLATE, {"Capacity"})["Resources"]
    assert left["Service"]["DependsOn"] == ["Rule"]
    assert "DependsOn" not in left["Alarm"]


def test_what_is_new_and_what_is_gone_are_both_found() -> None:
    judged = compare({"no type A", "B fails: why"}, {"no type A", "no type C"})
    assert judged.findings == ("new: B fails: why", "gone: no type C")
    assert compare({"no type A"}, {"no type A"}).holds
