"""Target groups and listener rules in the sandbox: what their changes do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.account import Account
from tests.sandbox.models.specimen import Stack, resource
from tests.sandbox.models.specimens import GROUP_TYPE, balanced, target_group


def described(account: Account, arn: str) -> dict[str, Any]:
    (found,) = account.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    group: dict[str, Any] = found
    return group


def test_a_target_group_changes_in_place_or_is_replaced(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    def of(**changed: Any) -> dict[str, Any]:
        properties = {k: v for k, v in target_group(exports, **changed).items() if k != "Name"}
        return {"Targets": resource(GROUP_TYPE, properties)}

    first = stack.deploy(of())["Targets"]
    second = stack.deploy(of(HealthCheckPath="/ping", Tags=[]))["Targets"]
    assert second == first
    assert described(dev_account, first)["HealthCheckPath"] == "/ping"
    third = stack.deploy(of(Port=3001))["Targets"]
    assert third != first
    with pytest.raises(dev_account.client("elbv2").exceptions.TargetGroupNotFoundException):
        described(dev_account, first)


def test_a_rule_changes_in_place_and_frees_what_it_pointed_at(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    ids = stack.deploy(balanced(exports))
    attached = described(dev_account, ids["Targets"])["LoadBalancerArns"]
    assert attached == [exports["PublicAlbArn"]]
    gone = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    after = stack.deploy(balanced(exports, Priority=10, Actions=gone))
    (found,) = dev_account.client("elbv2").describe_rules(RuleArns=[after["Rule"]])["Rules"]
    assert after["Rule"] == ids["Rule"]
    assert found["Priority"] == "10"
    assert described(dev_account, ids["Targets"])["LoadBalancerArns"] == []
