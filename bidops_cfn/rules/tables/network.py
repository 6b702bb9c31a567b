"""Where tasks stand."""

from __future__ import annotations

from typing import ClassVar

from bidops_cfn.rules._expect import ANY, Unordered
from bidops_cfn.rules._values import Given, Rows, Values
from bidops_cfn.spec.parts import Part


class Placement(Values):
    """Two distinct subnets of the right tier, and no public address.

    The tier of a service without a load balancer has no way to the internet. One subnet twice is
    one availability zone.
    """

    id = "E9407"
    shortdesc = "Tasks stand in both private subnets of their tier, without a public address"
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html"
    )
    requirements = ("FR-023", "FR-031", "FR-032", "SC-009", "US1-2", "US3-3", "US4-3")
    fix = (
        "In bidops_cfn/compute/services.py, use both imported subnets of the service's tier, and "
        "AssignPublicIp: DISABLED; bidops_cfn/settings/services.py says which tier that is"
    )
    rows: ClassVar[Rows] = {
        Part.SERVICE: {
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "AssignPublicIp": "DISABLED",
                    "SecurityGroups": ANY,  # judged by E9401
                    "Subnets": Given(
                        lambda case, service: Unordered(case.contract.pair(service.subnets.value))
                    ),
                }
            }
        }
    }
