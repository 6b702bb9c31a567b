"""E9608: the namespace that names live in."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.contract import Imports
from bidops_cfn.facts.roster import Part
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties

TTL_SECONDS = 5  # SC-011


class Namespace(HouseRule):
    """The SOA record bounds how long "no such name" is remembered."""

    id = "E9608"
    shortdesc = "Discovery namespace is private, in the imported VPC, with a short SOA"
    description = (
        "The name is a setting of the environment, never below .local, which mDNS takes. A time to "
        "live of 5 seconds lets BFF find the first task at once."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-servicediscovery-privatednsnamespace.html"
    )
    requirements = ("FR-022", "FR-047", "SC-011")
    fix = "Set [discovery] in params/<environment>.toml and render again"
    judges = properties(
        "AWS::ServiceDiscovery::PrivateDnsNamespace", "Name", "Vpc", "Description", "Properties"
    )
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the namespace."""
        for namespace in world.roster.all("", Part.NAMESPACE):
            expected = {
                "Name": world.settings.namespace,
                "Vpc": world.contract.one(Imports.VPC_ID.value),
                "Description": Maybe(SOME_TEXT),
                "Properties": {"DnsProperties": {"SOA": {"TTL": TTL_SECONDS}}},
            }
            yield from expect(namespace, expected)
