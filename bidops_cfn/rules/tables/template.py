"""Names that CloudFormation makes itself."""

from __future__ import annotations

from typing import ClassVar

from bidops_cfn.facts.flows import GROUP
from bidops_cfn.facts.played_parts import ALARM, LOG_GROUP
from bidops_cfn.facts.roles import ROLE
from bidops_cfn.facts.services import SERVICE, TARGET_GROUP
from bidops_cfn.rules._expect import Forbidden
from bidops_cfn.rules._values import Rows, Values

GENERATED = Forbidden("fixes a name that must be generated")


class PhysicalNames(Values):
    """A fixed name turns a change that replaces the resource into one that fails.

    CloudFormation creates the replacement of a resource before it deletes the old one. With a fixed
    name the two collide and the update fails.
    """

    id = "E9011"
    shortdesc = "Physical names are generated"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html"
    )
    requirements = ("template",)
    fix = (
        "Remove the name where bidops_cfn/compute/ writes it; read the generated one from an output"
    )
    rows: ClassVar[Rows] = {
        "AWS::ECS::Cluster": {"ClusterName": GENERATED},
        SERVICE: {"ServiceName": GENERATED},
        TARGET_GROUP: {"Name": GENERATED},
        ROLE: {"RoleName": GENERATED},
        GROUP: {"GroupName": GENERATED},
        LOG_GROUP: {"LogGroupName": GENERATED},
        ALARM: {"AlarmName": GENERATED},
    }
