"""Change sets: what they announce, when there is nothing to announce, and what refuses them."""

from __future__ import annotations

import json

import pytest

from bidops_cfn_sandbox.cloudformation.change_sets import NO_CHANGES
from bidops_cfn_sandbox.engine.answers import AwsError, ValidationError
from tests.sandbox.cloudformation.boxes import Api, body, box


def test_a_new_stack_is_in_review_until_its_change_set_is_executed(api: Api) -> None:
    described = api.change_set({"A": box()}, kind="CREATE")
    assert api.status() == "REVIEW_IN_PROGRESS"
    assert described["Status"] == "CREATE_COMPLETE"
    assert described["ExecutionStatus"] == "AVAILABLE"
    (change,) = described["Changes"]
    assert change["ResourceChange"]["Action"] == "Add"
    assert change["ResourceChange"]["LogicalResourceId"] == "A"
    assert "Replacement" not in change["ResourceChange"]
    api("ExecuteChangeSet", ChangeSetName="c", StackName="s")
    assert api.status() == "CREATE_COMPLETE"


def test_an_unchanged_template_fails_with_the_words_of_aws(api: Api) -> None:
    api.deploy({"A": box(Color="red")}, kind="CREATE")
    described = api.change_set({"A": box(Color="red")}, name="again")
    assert described["Status"] == "FAILED"
    assert described["ExecutionStatus"] == "UNAVAILABLE"
    assert described["StatusReason"] == NO_CHANGES
    assert described["Changes"] == []
    with pytest.raises(AwsError, match=r"InvalidChangeSetStatus.*current status of \[FAILED\]"):
        api("ExecuteChangeSet", ChangeSetName=described["ChangeSetId"])


def test_a_changed_property_is_shown_with_its_path_and_both_values(api: Api) -> None:
    def lid(text: str) -> dict[str, object]:
        return {"A": box(Lid={"Open": False, "Labels": [{"Text": text}]})}

    api.deploy(lid("old"), kind="CREATE")
    described = api.change_set(lid("new"), name="d")
    (change,) = described["Changes"]
    assert change["ResourceChange"]["Replacement"] == "False"
    assert change["ResourceChange"]["Scope"] == ["Properties"]
    (detail,) = change["ResourceChange"]["Details"]
    assert detail["ChangeSource"] == "DirectModification"
    assert detail["Evaluation"] == "Static"
    assert detail["Target"] == {
        "Attribute": "Properties",
        "Name": "Lid",
        "RequiresRecreation": "Never",
        "Path": "/Properties/Lid/Labels/0/Text",
        "AttributeChangeType": "Modify",
        "BeforeValue": "old",
        "AfterValue": "new",
    }
    before = json.loads(change["ResourceChange"]["BeforeContext"])
    assert before["Properties"]["Lid"]["Labels"] == [{"Text": "old"}]
    # Values are shown only to who asks for them.
    (plain,) = api("DescribeChangeSet", ChangeSetName=described["ChangeSetId"])["Changes"]
    assert "AfterValue" not in plain["ResourceChange"]["Details"][0]["Target"]
    assert "AfterContext" not in plain["ResourceChange"]


def test_a_create_only_property_announces_a_replacement_and_what_refers_to_it(api: Api) -> None:
    def resources(name: str) -> dict[str, object]:
        return {
            "A": box(Name=name),
            "B": box(Color={"Ref": "A"}),
            "C": box(Name={"Fn::GetAtt": "A.Arn"}),
        }

    api.deploy(resources("one"), kind="CREATE")
    described = api.change_set(resources("two"), name="d")
    a, b, c = (change["ResourceChange"] for change in described["Changes"])
    assert (a["LogicalResourceId"], a["Replacement"]) == ("A", "True")
    assert (b["LogicalResourceId"], b["Replacement"]) == ("B", "False")
    assert b["Details"][0]["ChangeSource"] == "ResourceReference"
    assert b["Details"][0]["CausingEntity"] == "A"
    assert b["Details"][0]["Evaluation"] == "Dynamic"
    assert b["Details"][0]["Target"]["AfterValue"] == "{{changeSet:KNOWN_AFTER_APPLY}}"
    assert (c["LogicalResourceId"], c["Replacement"]) == ("C", "Conditional")
    assert c["Details"][0]["ChangeSource"] == "ResourceAttribute"


def test_a_changed_parameter_is_the_cause_of_what_it_changes(api: Api) -> None:
    sections = {"Parameters": {"Paint": {"Type": "String"}}}
    resources = {"A": box(Color={"Ref": "Paint"}), "B": box(Color="red")}
    red = [{"ParameterKey": "Paint", "ParameterValue": "red"}]
    blue = [{"ParameterKey": "Paint", "ParameterValue": "blue"}]
    api.deploy(resources, kind="CREATE", sections=sections, Parameters=red)
    (change,) = api.change_set(resources, name="d", sections=sections, Parameters=blue)["Changes"]
    (detail,) = change["ResourceChange"]["Details"]
    assert (detail["ChangeSource"], detail["CausingEntity"]) == ("ParameterReference", "Paint")


def test_removed_resources_and_changed_policies_and_tags_are_announced(api: Api) -> None:
    api.deploy({"A": box(), "B": box(), "C": box()}, kind="CREATE")
    kept = {**box(), "DeletionPolicy": "Retain"}
    described = api.change_set(
        {"A": kept, "B": box()}, name="d", Tags=[{"Key": "Owner", "Value": "platform"}]
    )
    a, b, c = (change["ResourceChange"] for change in described["Changes"])
    assert a["Scope"] == ["DeletionPolicy", "Tags"]
    assert b["Scope"] == ["Tags"]
    assert b["Details"][0]["Target"]["Path"] == "/Tags/Owner"
    assert c["Action"] == "Remove"


def test_a_change_of_outputs_alone_is_a_change(api: Api) -> None:
    api.deploy({"A": box()}, kind="CREATE")
    described = api.deploy(
        {"A": box()}, name="d", sections={"Outputs": {"O": {"Value": {"Ref": "A"}}}}
    )
    assert described["Changes"] == []
    assert api.stack()["Outputs"] == [{"OutputKey": "O", "OutputValue": "a-1"}]


def test_a_change_set_is_obsolete_after_another_one_was_executed(api: Api) -> None:
    api.deploy({"A": box(Color="red")}, kind="CREATE")
    api.change_set({"A": box(Color="blue")}, name="late")
    api("UpdateStack", StackName="s", TemplateBody=body({"A": box(Color="green")}))
    (summary,) = [
        item
        for item in api("ListChangeSets", StackName="s")["Summaries"]
        if item["ChangeSetName"] == "late"
    ]
    assert summary["ExecutionStatus"] == "OBSOLETE"
    with pytest.raises(AwsError, match=r"current execution status of \[OBSOLETE\]"):
        api("ExecuteChangeSet", ChangeSetName="late", StackName="s")


def test_executing_one_change_set_deletes_the_others(api: Api) -> None:
    api.deploy({"A": box(Color="red")}, kind="CREATE")
    api.change_set({"A": box(Color="blue")}, name="other")
    api.deploy({"A": box(Color="green")}, name="chosen")
    with pytest.raises(AwsError, match="ChangeSetNotFound"):
        api("DescribeChangeSet", ChangeSetName="other", StackName="s")


def test_a_request_that_is_sent_again_is_the_same_change_set(api: Api) -> None:
    first = api.change_set({"A": box()}, kind="CREATE", ClientToken="t")
    again = api.change_set({"A": box()}, kind="CREATE", ClientToken="t")
    assert again["ChangeSetId"] == first["ChangeSetId"]
    assert len(api("ListChangeSets", StackName="s")["Summaries"]) == 1


def test_a_deleted_change_set_is_not_found_and_may_be_deleted_again(api: Api) -> None:
    api.change_set({"A": box()}, kind="CREATE")
    for _ in range(2):
        assert api("DeleteChangeSet", ChangeSetName="c", StackName="s") == {}
    with pytest.raises(ValidationError, match="does not exist"):
        api("DeleteChangeSet", ChangeSetName="c", StackName="nowhere")
    with pytest.raises(AwsError, match="ChangeSetNotFound"):
        api("DescribeChangeSet", ChangeSetName="c", StackName="s")


def test_a_name_is_one_change_sets_until_that_is_executed(api: Api) -> None:
    api.change_set({"A": box()}, kind="CREATE", name="same")
    with pytest.raises(AwsError, match="AlreadyExistsException"):
        api.change_set({"A": box()}, kind="CREATE", name="same")
    api("ExecuteChangeSet", ChangeSetName="same", StackName="s")
    described = api.deploy({"A": box(Color="red")}, name="same")
    found = api("DescribeChangeSet", ChangeSetName="same", StackName="s")
    assert found["ChangeSetId"] == described["ChangeSetId"]
    assert found["ExecutionStatus"] == "EXECUTE_COMPLETE"


def test_iam_resources_need_a_capability_and_named_ones_the_greater(api: Api) -> None:
    role = {"R": {"Type": "AWS::IAM::Role"}}
    named = {"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}}}
    for resources, needed in ((role, "CAPABILITY_IAM"), (named, "CAPABILITY_NAMED_IAM")):
        told = api("ValidateTemplate", TemplateBody=body(resources))
        assert told["Capabilities"] == [needed]
        assert told["CapabilitiesReason"].endswith("require capabilities: [AWS::IAM::Role]")
    assert "CapabilitiesReason" not in api("ValidateTemplate", TemplateBody=body({"A": box()}))
    with pytest.raises(AwsError, match=r"Requires capabilities : \[CAPABILITY_IAM\]") as no:
        api.change_set(role, kind="CREATE")
    assert no.value.code == "InsufficientCapabilitiesException"
    with pytest.raises(AwsError, match="CAPABILITY_NAMED_IAM"):
        api.change_set(named, kind="CREATE", Capabilities=["CAPABILITY_IAM"])
    assert api.change_set(role, kind="CREATE", Capabilities=["CAPABILITY_IAM"])["Status"] == (
        "CREATE_COMPLETE"
    )


def test_updating_what_does_not_exist_and_creating_what_exists_are_refused(api: Api) -> None:
    with pytest.raises(ValidationError, match="Stack with id s does not exist"):
        api.change_set({"A": box()})
    api.deploy({"A": box()}, kind="CREATE")
    refused = r"already exists and cannot be created again with the changeSet \[d\]\."
    with pytest.raises(ValidationError, match=refused):
        api.change_set({"A": box()}, kind="CREATE", name="d")


@pytest.mark.parametrize("name", ["1st", "a b", "a_b", "a" * 129])
def test_a_name_has_the_form_of_cloudformations(api: Api, name: str) -> None:
    with pytest.raises(ValidationError, match=f"Value '{name}' at 'stackName' failed"):
        api.change_set({"A": box()}, kind="CREATE", stack=name)
    with pytest.raises(ValidationError, match=f"Value '{name}' at 'changeSetName' failed"):
        api.change_set({"A": box()}, kind="CREATE", name=name)


def test_tags_stay_when_an_update_does_not_name_them(api: Api) -> None:
    api.deploy({"A": box()}, kind="CREATE", Tags=[{"Key": "Owner", "Value": "platform"}])
    api.deploy({"A": box(Color="red")}, name="d")
    assert api.stack()["Tags"] == [{"Key": "Owner", "Value": "platform"}]
