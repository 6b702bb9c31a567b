"""The page as text: self-contained, and closed to whatever a template may contain."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from bidops_cfn.review.flow_graph import flow_graph
from bidops_cfn.review.page import html_page
from bidops_cfn.review.page.layout import layout
from bidops_cfn.review.page.measure import NARROW, WIDE, Measure
from bidops_cfn.review.page.permission_section import grants
from bidops_cfn.review.permission_facts import permission_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check
from bidops_cfn.settings.environment import Environment
from tests.review.risks import RISKS, Risk, container, properties

VOID = {"meta", "link", "input", "br", "wbr", "path", "rect"}


class Tags(HTMLParser):
    """Collects tags, attributes and whether all of them are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(page: str) -> Tags:
    found = Tags()
    found.feed(page)
    found.close()
    return found


@pytest.fixture(scope="module")
def page(subjects: list[Subject]) -> str:
    return html_page(subjects, Check())


def test_the_page_is_well_formed_and_refers_to_nothing_outside(page: str) -> None:
    found = tags(page)
    assert found.open == []
    links = [value for _, name, value in found.attributes if name in ("href", "src", "action")]
    assert links
    assert all(link.startswith("#") or link == "data:," for link in links)
    # A health command asks the container itself, and is shown as text.
    shown = re.sub(r"http-equiv|AGENTCORE_URL|https?\b(?!:)|http://127\.0\.0\.1:\d+/", "", page)
    assert "http" not in shown


def test_every_id_is_there_once_and_every_link_leads_somewhere(page: str) -> None:
    found = tags(page)
    ids = [value for _, name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    wanted = {
        value.removeprefix("#")
        for _, name, value in found.attributes
        if name in ("href", "aria-controls", "for") and value != "data:,"
    }
    assert wanted <= set(ids)


def test_the_same_templates_make_the_same_page(subjects: list[Subject], page: str) -> None:
    again = [Subject(one.environment, one.text) for one in subjects]
    assert html_page(again, Check()) == page


def test_what_a_template_contains_is_never_run(template: dict[str, Any], prod: Environment) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    container(template, "Bff")["Environment"].append({"Name": evil, "Value": evil})
    properties(template, "BffTaskRole")["ManagedPolicyArns"] = [evil]
    properties(template, "BffSecurityGroup")["SecurityGroupIngress"].append(
        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": evil}
    )
    template["Resources"][evil] = template["Resources"]["BffTaskRole"]
    page = html_page([Subject(prod, json.dumps(template))], Check())
    found = tags(page)
    assert page.count("<script>") == 1
    assert "<img" not in page
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]


NETWORK = (
    "open bff to the world",
    "open bff to half the world by ipv6",
    "admit the load balancer to the agent",
    "delete all egress of the agent",
    "give the agent another group",
)


@pytest.mark.parametrize("risk", [one for one in RISKS if one.name in NETWORK], ids=NETWORK)
@pytest.mark.parametrize("measure", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nodes_of_any_graph_stand_apart_and_inside(
    risk: Risk, measure: Measure, subject: Subject, prod: Environment
) -> None:
    graph = flow_graph(Subject(prod, risk.of(subject.text)))
    placed = layout(graph, measure)
    assert placed.nodes.keys() == {node.id for node in graph.nodes}
    assert placed.curves.keys() == set(graph.edges)
    boxes = list(placed.nodes.values())
    for index, one in enumerate(boxes):
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= placed.width
        assert one.y + one.height <= placed.height
        for other in boxes[index + 1 :]:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            above = one.y + one.height <= other.y or other.y + other.height <= one.y
            assert beside or above


def test_an_empty_template_makes_a_page_that_says_so(prod: Environment) -> None:
    page = html_page([Subject(prod, "{}")], Check())
    assert tags(page).open == []
    assert "Look here first" in page


def test_the_red_box_names_what_is_refuted_and_why_with_a_link_to_it(
    template: dict[str, Any], prod: Environment
) -> None:
    properties(template, "AgentCoreSecurityGroup")["SecurityGroupEgress"].append(
        {"IpProtocol": "tcp", "FromPort": 25, "ToPort": 25, "CidrIp": "0.0.0.0/0"}
    )
    page = html_page([Subject(prod, json.dumps(template))], Check())
    box = page.partition('class="verdict bad"')[2].partition('class="origin"')[0]
    (place,) = re.findall(r'✗ REFUTED: <a href="#([^"]+)">The template permits tasks of agent', box)
    assert "0.0.0.0/0 at /Resources/AgentCoreSecurityGroup" in box
    assert 'href="#exposure-prod"' in box
    assert '<p class="claims">' not in box
    claims = page.partition('<ul class="proofs">')[2]
    assert claims.startswith(f'<li class="refuted" id="{place}">')


def test_the_page_has_what_stands_in_no_template(page: str) -> None:
    table = page.partition('id="deployment-prod"')[2].partition("</section>")[0]
    assert "deploy.termination_protection" in table
    assert "333333333333" in table


def test_statements_say_exactly_what_their_lines_say(subjects: list[Subject]) -> None:
    for subject in subjects:
        lines = permission_facts(subject)
        found = [
            (one.role, one.fact, action, level, resource, one.condition, one.sid, one.requirement)
            for one in grants(lines)
            for action, level in one.actions
            for resource in one.resources
        ]
        assert sorted(found) == sorted(one.cells for one in lines)
        assert len(grants(lines)) < len(lines)
