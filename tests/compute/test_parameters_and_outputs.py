"""What a deployment chooses without a review, and what other stacks and people may rely on."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.logical_ids import export_name
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.settings.texts import EXPORT
from tests.compute.rows import attr, ref

DIGEST = "@sha256:" + "0123456789abcdef" * 4


@pytest.mark.requirement("FR-019", "FR-020")
@pytest.mark.parametrize("title", [one.title for one in SERVICES])
def test_two_tasks_are_desired_by_default_and_at_most_ten(
    document: dict[str, Any], title: str
) -> None:
    count = document["Parameters"][f"{title}DesiredCount"]
    assert (count["Type"], count["Default"]) == ("Number", 2)
    assert (count["MinValue"], count["MaxValue"]) == (0, 10)
    assert document["Conditions"][f"{title}DesiredCountGiven"] == {
        "Fn::Not": [{"Fn::Equals": [ref(f"{title}DesiredCount"), "0"]}]
    }


def test_the_default_count_is_the_one_of_the_settings(dev: Environment) -> None:
    services = {**dev.services, "bff": replace(dev.services["bff"], desired_count=4)}
    parameters = template.build(replace(dev, services=services))["Parameters"]
    assert parameters["BffDesiredCount"]["Default"] == 4


TAKEN = (":1.4.2", ":v1", ":latest-2", ":a" + "b" * 127, DIGEST, f":1.4.2{DIGEST}")
REFUSED = (
    *("", "1.4.2", ":latest", ":", ":-a", ":a" + "b" * 128, "x:1", ":a b", f"{DIGEST}:1.4.2"),
    *(DIGEST[:-1], DIGEST + "0", f":1.4.2{DIGEST[:-1]}", f":1.4.2{DIGEST}{DIGEST}"),
)


@pytest.mark.parametrize("reference", [*TAKEN, *REFUSED])
def test_an_image_is_a_tag_a_digest_or_both_and_has_no_default(
    dev: Environment, reference: str
) -> None:
    image = template.build(dev)["Parameters"]["BffImage"]
    assert image["Type"] == "String"
    assert "Default" not in image
    assert bool(re.search(image["AllowedPattern"], reference)) is (reference in TAKEN)


@pytest.mark.requirement("FR-050")
def test_cluster_namespace_and_services_are_exported_each_under_a_name_of_its_own(
    document: dict[str, Any], environment: Environment
) -> None:
    found = document["Outputs"]
    expected: dict[str, Any] = {
        "ClusterArn": attr("Cluster", "Arn"),
        "ClusterName": ref("Cluster"),
        "NamespaceArn": attr("Namespace", "Arn"),
        "NamespaceId": attr("Namespace", "Id"),
        "NamespaceName": f"{environment.name}.bidopsai.internal",
    }
    for service in SERVICES:
        title, family = service.title, f"bidopsai-{environment.name}-{service.name}"
        expected |= {
            f"{title}ServiceArn": ref(f"{title}Service"),
            f"{title}ServiceName": attr(f"{title}Service", "Name"),
            f"{title}TaskDefinitionArn": ref(f"{title}TaskDefinition"),
            f"{title}TaskDefinitionFamily": family,
        }
        assert "import the family" in found[f"{title}TaskDefinitionArn"]["Description"]
        task = document["Resources"][f"{title}TaskDefinition"]["Properties"]
        assert task["Family"] == family
    assert {name: output["Value"] for name, output in found.items()} == expected
    names = {name: output["Export"]["Name"] for name, output in found.items()}
    assert names == {name: export_name(environment, name) for name in found}
    assert names["ClusterArn"] == f"bidopsai-{environment.name}-compute-ClusterArn"
    assert all(re.fullmatch(EXPORT.pattern, name) for name in names.values())
