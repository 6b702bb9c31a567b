"""E9011: names that CloudFormation makes itself."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule

NAMES = {
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ECS::Service": "ServiceName",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::EC2::SecurityGroup": "GroupName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::CloudWatch::Alarm": "AlarmName",
}


class PhysicalNames(HouseRule):
    """A fixed name turns a change that replaces the resource into one that fails."""

    id = "E9011"
    shortdesc = "Physical names are generated"
    description = (
        "CloudFormation creates the replacement of a resource before it deletes the old one. With "
        "a fixed name the two collide and the update fails."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html"
    )
    requirements = ("template",)
    fix = "Remove the name; read the generated one from an output"

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Find resources that carry their name."""
        for resource in world.reading.document.of_type(*NAMES):
            name = NAMES[resource.type]
            if name in resource.properties:
                yield Mismatch(resource.at(name), "fixes a name that must be generated")
