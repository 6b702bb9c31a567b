"""Security groups in the sandbox: EC2's default egress, inline rules, and rules of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bidops_cfn_sandbox.models.security_groups import EGRESS, INGRESS
from tests.sandbox.account import Account
from tests.sandbox.models.specimen import Stack, resource, unset_of, untagged

ALL = {"IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0", "FromPort": -1, "ToPort": -1}


def group(exports: dict[str, str], **properties: Any) -> dict[str, Any]:
    return resource(
        "AWS::EC2::SecurityGroup",
        {"GroupDescription": "Specimen", "VpcId": exports["VpcId"], **properties},
    )


def rule(port: int, **peer: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}


def rules(account: Account, group_id: str, *, egress: bool) -> Iterator[dict[str, Any]]:
    described = account.client("ec2").describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group_id]}]
    )
    shown = ("IpProtocol", "FromPort", "ToPort", "CidrIpv4", "CidrIpv6", "PrefixListId")
    for item in described["SecurityGroupRules"]:
        if item["IsEgress"] == egress:
            found = {key: item[key] for key in (*shown, "Description") if key in item}
            if "ReferencedGroupInfo" in item:
                found["Group"] = item["ReferencedGroupInfo"]["GroupId"]
            yield found


@pytest.mark.parametrize("inline", [None, []])
def test_a_group_without_inline_egress_may_reach_everything(
    stack: Stack, dev_account: Account, exports: dict[str, str], inline: object
) -> None:
    properties = {} if inline is None else {"SecurityGroupEgress": inline}
    ids = stack.deploy(
        {
            "G": group(exports, **properties),
            "E": resource(
                "AWS::EC2::SecurityGroupEgress",
                {"GroupId": {"Ref": "G"}, **rule(443, CidrIp="10.0.0.0/16")},
            ),
        }
    )
    found = list(rules(dev_account, ids["G"], egress=True))
    assert ALL in found
    assert len(found) == 2


def test_an_inline_egress_rule_takes_the_default_away_and_its_removal_brings_it_back(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    inline = {"SecurityGroupEgress": [rule(443, CidrIp="10.0.0.0/16", Description="Endpoints")]}
    ids = stack.deploy({"G": group(exports, **inline)})
    assert list(rules(dev_account, ids["G"], egress=True)) == [
        {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "CidrIpv4": "10.0.0.0/16",
            "Description": "Endpoints",
        }
    ]
    assert stack.deploy({"G": group(exports)}) == ids
    assert list(rules(dev_account, ids["G"], egress=True)) == [ALL]


def test_every_peer_and_description_is_shown(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    (prefix_list,) = dev_account.client("ec2").describe_managed_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": ["com.amazonaws.us-east-1.s3"]}]
    )["PrefixLists"]
    database, list_id = exports["DatabaseSecurityGroupId"], prefix_list["PrefixListId"]
    egress = [
        rule(1, CidrIp="10.0.0.0/16", Description="v4"),
        rule(2, CidrIpv6="2001:db8::/32", Description="v6"),
        rule(3, DestinationSecurityGroupId=database, Description="group"),
        rule(4, DestinationPrefixListId=list_id, Description="list"),
    ]
    ingress = [
        rule(5, CidrIp="10.0.0.0/16", Description="v4"),
        rule(6, CidrIpv6="2001:db8::/32", Description="v6"),
        rule(7, SourceSecurityGroupId=database, Description="group"),
        rule(8, SourcePrefixListId=list_id, Description="list"),
    ]
    definition = group(
        exports,
        GroupName="specimen",
        SecurityGroupEgress=egress,
        SecurityGroupIngress=ingress,
        Tags=[{"Key": "Owner", "Value": "platform"}],
    )
    assert not unset_of("AWS::EC2::SecurityGroup", definition["Properties"])
    assert set().union(*egress) == set(EGRESS)
    assert set().union(*ingress) == set(INGRESS)
    ids = stack.deploy({"G": definition})
    (found,) = dev_account.client("ec2").describe_security_groups(GroupIds=[ids["G"]])[
        "SecurityGroups"
    ]
    assert found["GroupName"] == "specimen"
    assert found["Description"] == "Specimen"
    assert found["VpcId"] == exports["VpcId"]
    assert untagged(found["Tags"]) == {"Owner": "platform"}
    for permissions, first in ((found["IpPermissionsEgress"], 1), (found["IpPermissions"], 5)):
        shown = [
            (
                item["FromPort"],
                item["IpRanges"] + item["Ipv6Ranges"] + item["PrefixListIds"],
                [(pair["GroupId"], pair["Description"]) for pair in item["UserIdGroupPairs"]],
            )
            for item in permissions
        ]
        assert shown == [
            (first, [{"CidrIp": "10.0.0.0/16", "Description": "v4"}], []),
            (first + 1, [{"CidrIpv6": "2001:db8::/32", "Description": "v6"}], []),
            (first + 2, [], [(database, "group")]),
            (first + 3, [{"PrefixListId": list_id, "Description": "list"}], []),
        ]
    assert list(rules(dev_account, ids["G"], egress=True)) == [
        {**rule(1), "CidrIpv4": "10.0.0.0/16", "Description": "v4"},
        {**rule(2), "CidrIpv6": "2001:db8::/32", "Description": "v6"},
        {**rule(3), "Group": database, "Description": "group"},
        {**rule(4), "PrefixListId": list_id, "Description": "list"},
    ]


def pair(**egress: Any) -> dict[str, Any]:
    return {
        "ToB": resource(
            "AWS::EC2::SecurityGroupEgress",
            {
                "GroupId": {"Fn::GetAtt": ["A", "GroupId"]},
                "DestinationSecurityGroupId": {"Fn::GetAtt": ["B", "GroupId"]},
                **rule(8080),
                **egress,
            },
        ),
        "FromA": resource(
            "AWS::EC2::SecurityGroupIngress",
            {
                "GroupId": {"Fn::GetAtt": ["B", "GroupId"]},
                "SourceSecurityGroupId": {"Fn::GetAtt": ["A", "GroupId"]},
                **rule(8080),
            },
        ),
    }


def test_a_rule_resource_comes_changes_and_goes_without_touching_inline_rules(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    groups = {
        "A": group(exports, SecurityGroupEgress=[rule(443, CidrIp="10.0.0.0/16")]),
        "B": group(exports),
    }
    ids = stack.deploy({**groups, **pair(Description="first")})
    inline = {**rule(443), "CidrIpv4": "10.0.0.0/16"}
    assert list(rules(dev_account, ids["A"], egress=True)) == [
        inline,
        {**rule(8080), "Group": ids["B"], "Description": "first"},
    ]
    assert list(rules(dev_account, ids["B"], egress=False)) == [{**rule(8080), "Group": ids["A"]}]
    described = stack.deploy({**groups, **pair(Description="second")})
    assert described["ToB"] == ids["ToB"]
    assert list(rules(dev_account, ids["A"], egress=True))[1]["Description"] == "second"
    replaced = stack.deploy({**groups, **pair(Description="second", FromPort=8000)})
    assert replaced["ToB"] != ids["ToB"]
    assert list(rules(dev_account, ids["A"], egress=True))[1]["FromPort"] == 8000
    stack.deploy(groups)
    assert list(rules(dev_account, ids["A"], egress=True)) == [inline]
    assert list(rules(dev_account, ids["B"], egress=False)) == []


def test_groups_that_refer_to_each_other_are_deleted_together(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    ids = stack.deploy({"A": group(exports), "B": group(exports), **pair()})
    stack.delete()
    left = dev_account.client("ec2").describe_security_groups()["SecurityGroups"]
    assert not {ids["A"], ids["B"]} & {item["GroupId"] for item in left}
