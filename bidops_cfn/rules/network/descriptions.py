"""E9406: every rule says what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.security_groups import STANDALONE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule, properties

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
DESCRIPTION = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")
INLINE_RULE = frozenset(
    {
        "Description",
        "IpProtocol",
        "FromPort",
        "ToPort",
        "SourceSecurityGroupId",
        "DestinationSecurityGroupId",
        "DestinationPrefixListId",
    }
)


class Descriptions(HouseRule):
    """A rule without a purpose is never removed."""

    id = "E9406"
    shortdesc = "Every security group rule has a description and no unreviewed property"
    description = (
        "EC2 takes letters, digits, spaces and some punctuation, up to 255 characters; anything "
        "else fails when it is deployed."
    )
    source_url = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html"
    requirements = ("template",)
    fix = "Say in a few words what the rule is for"
    judges = tuple(pair for kind in STANDALONE for pair in properties(kind, "Description"))

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Look at each rule, inline and standalone."""
        for group in world.reading.groups.values():
            for flow in group.flows:
                if flow.implicit:
                    continue
                text = flow.description
                if not isinstance(text, str) or not DESCRIPTION.fullmatch(text):
                    shown = symbols.show(text) if text is not None else "missing"
                    yield Mismatch((*_rule(flow.path), "Description"), f"is {shown}")
        for resource in world.reading.document.of_type("AWS::EC2::SecurityGroup"):
            for name in ("SecurityGroupIngress", "SecurityGroupEgress"):
                rules = resource.get(name)
                for index, rule in enumerate(rules if isinstance(rules, list) else ()):
                    for key in rule if isinstance(rule, dict) else ():
                        if key not in INLINE_RULE:
                            path = resource.at(name, index, key)
                            yield Mismatch(path, "is a property that nobody asked for")


def _rule(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return where a rule's properties stand: of a resource, below Properties."""
    return (*path, "Properties") if len(path) == 2 else path
