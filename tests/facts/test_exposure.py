from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.facts.exposure import ExposureKind, exposures
from bidops_cfn.facts.reading import read

Template = dict[str, Any]
Committed = Callable[[str], Template]


def kinds(template: Template) -> Counter[str]:
    return Counter(one.kind for one in exposures(read(template).readings[0]))


@pytest.mark.requirement("FR-030")
def test_a_committed_template_exposes_only_what_it_must(committed: Committed) -> None:
    found = kinds(committed("prod"))
    assert found[ExposureKind.CIDR] == found[ExposureKind.PUBLIC_ADDRESS] == 0
    assert found[ExposureKind.IMPLICIT_EGRESS] == found[ExposureKind.MANAGED_POLICY] == 0
    assert found[ExposureKind.STAR_RESOURCE] == 2  # the registry's login, once per service
    assert found[ExposureKind.TRUST_PRINCIPAL] == 4
    assert found[ExposureKind.SECRET_VARIABLE] == 4


def test_what_is_opened_is_listed(committed: Committed) -> None:
    template = committed("dev")
    resources = template["Resources"]
    network = resources["BffService"]["Properties"]["NetworkConfiguration"]["AwsvpcConfiguration"]
    network["AssignPublicIp"] = "ENABLED"
    del resources["BffSecurityGroup"]["Properties"]["SecurityGroupEgress"]
    resources["BffTaskRole"]["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/x"]
    found = kinds(template)
    assert found[ExposureKind.PUBLIC_ADDRESS] == 1
    assert found[ExposureKind.IMPLICIT_EGRESS] == 2
    assert found[ExposureKind.MANAGED_POLICY] == 1
