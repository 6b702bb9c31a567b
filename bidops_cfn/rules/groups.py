"""How rules of groups are written, and where tasks stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path, items, mapping
from bidops_cfn.facts.flows import GROUP, INLINE, STANDALONE
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import ANY, Mismatch, Unordered
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules._values import Given, Rows, Values
from bidops_cfn.rules.flows import RULE
from bidops_cfn.spec.parts import Part

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html
DESCRIPTION = re.compile(r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")
ALLOWED = {*RULE, "Description"} - {"GroupId"}


class Descriptions(HouseRule):
    """Every security group rule has a description and no unreviewed property.

    A rule without a purpose is never removed. EC2 takes letters, digits, spaces and some
    punctuation, up to 255 characters; anything else fails when it is deployed.
    """

    id = "E9406"
    source = "ec2-api/API_IpRange"
    fix = (
        "In bidops_cfn/compute/security_groups.py, write the rules of FR-025 to FR-029 as tcp, "
        "with peer, ports and a description of up to 255 characters that EC2 takes, and nothing "
        "else"
    )
    judges = tuple(pair for kind in STANDALONE for pair in properties(kind, "Description"))

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for group in case.reading.groups.values():
            for flow in group.flows:
                if flow.implicit:
                    continue
                text = flow.description
                if not isinstance(text, str) or not DESCRIPTION.fullmatch(text):
                    shown = symbols.show(text) if text is not None else "missing"
                    yield Mismatch((*_rule(flow.path), "Description"), f"is {shown}")
        for path, rule in _rules(case):
            protocol = symbols.text(rule.get("IpProtocol"))
            if protocol not in ("tcp", "6"):
                yield Mismatch((*path, "IpProtocol"), f"is {protocol}, must be tcp")
            for key in rule:
                if key not in ALLOWED:
                    yield Mismatch((*path, key), "is a property that no requirement asks for")


def _rules(case: ReadingUnderReview) -> Iterator[tuple[Path, Mapping[str, object]]]:
    document = case.reading.document
    for resource in document.of_type(*STANDALONE):
        yield resource.at(), {k: v for k, v in resource.properties.items() if k != "GroupId"}
    for resource in document.of_type(GROUP):
        for name in INLINE:
            for index, rule in enumerate(items(resource.get(name))):
                yield resource.at(name, index), mapping(rule)


def _rule(path: Path) -> Path:
    """Return where a rule's properties stand: of a resource, below Properties."""
    return (*path, "Properties") if len(path) == 2 else path


class Placement(Values):
    """Tasks stand in both private subnets of their tier, without a public address.

    The tier of a service without a load balancer has no way to the internet. One subnet twice is
    one availability zone.
    """

    id = "E9407"
    source = "ecs/fargate-task-networking"
    requirements = ("FR-023", "FR-031", "FR-032", "SC-009", "US1-2", "US3-3", "US4-3")
    rows: ClassVar[Rows] = {
        Part.SERVICE: {
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "AssignPublicIp": "DISABLED",
                    "SecurityGroups": ANY,  # judged by E9401
                    "Subnets": Given(
                        lambda case, service: Unordered(case.contract.pair(service.subnets.value)),
                        model=("subnets",),
                    ),
                }
            }
        }
    }
