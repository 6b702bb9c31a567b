"""What is taken from elsewhere than settings say is found, whatever kind of reference it is."""

from __future__ import annotations

import json

import pytest

from bidops_cfn.compute import template as templates
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import StackOutput, shorten
from tests.neighbours import BALANCER, GROUPS, LISTENER, beside
from tests.rules.rendered import Change, Template, findings


def found(environment: Environment, change: Change | None = None) -> set[str]:
    """The ids of the house rules that find something after ``change``."""
    return {rule for rule, _, _ in findings(environment, change)}


def replaced(old: str, new: str, *logical_ids: str) -> Change:
    """Replace a text everywhere, or in some resources only; it must stand there."""

    def change(template: Template) -> None:
        resources = template["Resources"]
        for name in logical_ids or tuple(resources):
            text = json.dumps(resources[name])
            assert not logical_ids or old in text
            resources[name] = json.loads(text.replace(old, new))

    return change


def dropped(logical_id: str) -> Change:
    def change(template: Template) -> None:
        del template["Resources"][logical_id]
        for resource in template["Resources"].values():
            if logical_id in resource.get("DependsOn", ()):
                resource["DependsOn"].remove(logical_id)

    return change


def without_egress(template: Template) -> None:
    del template["Resources"]["BffSecurityGroup"]["Properties"]["SecurityGroupEgress"][2]


def not_literal(template: Template) -> None:
    group = template["Resources"]["BffTargetGroup"]["Properties"]
    group["VpcId"]["Fn::GetStackOutput"]["StackName"] = {"Fn::Sub": "${AWS::StackName}"}


def test_nothing_is_found_beside_stacks_as_they_are(dev: Environment) -> None:
    assert found(beside(dev)) == set()


OTHER_ACCOUNT = LISTENER.replace("111111111111", "444444444444")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (replaced('"NetworkStack"', '"OtherNetworkStack"', "BffTargetGroup"), "E9009"),
        (replaced('"VpcId"', '"PublicVpcId"', "BffTargetGroup"), "E9009"),
        (replaced("EcrApiEndpoint", "EcrDkrEndpoint", "BffSecurityGroup"), "E9402"),
        (replaced(LISTENER, OTHER_ACCOUNT), "E9503"),
        (replaced(BALANCER.partition(":loadbalancer/")[2], "app/x/1"), "E9804"),
        (replaced("sg-0a1b2c3d", "sg-9a1b2c3d"), "E9408"),
        (replaced('"PrivateAgentSubnetIds"', '"PrivateAppSubnetIds"'), "E9407"),
        (replaced('"DatabaseStack"', '"NetworkStack"'), "E9402"),
        (dropped(f"EndpointsFromBffIngress{shorten(GROUPS[3])}"), "E9405"),
        (without_egress, "E9402"),
        (not_literal, "E9009"),
    ],
)
def test_a_value_from_elsewhere_is_found(dev: Environment, change: Change, rule: str) -> None:
    assert rule in found(beside(dev), change)


def test_an_output_of_another_region_is_not_the_one_of_ours(dev: Environment) -> None:
    there = StackOutput("NetworkStack", "VpcId", "eu-west-1")
    rendered = json.loads(templates.render(beside(dev, VpcId=(there,))))
    texts = [text for _, _, text in findings(beside(dev), rendered=rendered)]
    assert any("imports output VpcId of NetworkStack in eu-west-1, which" in one for one in texts)
