"""The page as text: self-contained, and closed to whatever a template may contain."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations, pairwise

import pytest
from markdown_it import MarkdownIt

from bidops_cfn.review.flows import flow_graph
from bidops_cfn.review.page import environment_section, html_page
from bidops_cfn.review.page.drawing import ROW, layout
from bidops_cfn.review.page.rendered import SIGNS, Markup, element, join, rendered
from bidops_cfn.review.permissions import grants, permission_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check
from bidops_cfn.settings.environment import Environment
from tests.conftest import REPOSITORY
from tests.review.conftest import Edited
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


def test_every_id_is_there_once_and_every_link_leads_somewhere(page: str) -> None:
    found = tags(page)
    ids = [value for _, name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    wanted = {
        value.removeprefix("#")
        for _, name, value in found.attributes
        if name == "href" and value != "data:,"
    }
    assert wanted <= set(ids)


class Words(HTMLParser):
    """The text of a page, without what is drawn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL))
        self.close()

    def handle_data(self, data: str) -> None:
        self.words += data.split()


@pytest.mark.parametrize("file", ["prod/REVIEW.md", "ENVIRONMENTS.md", "TRACEABILITY.md"])
def test_html_says_what_the_committed_markdown_says(file: str) -> None:
    markdown = re.sub(
        "```.*?```", "", (REPOSITORY / "templates" / file).read_text("utf-8"), flags=re.DOTALL
    )
    as_hosts_show_it = MarkdownIt("commonmark").enable("table").render(markdown)
    said = "".join(Words(as_hosts_show_it).words).translate(SIGNS)
    assert "".join(Words(rendered(markdown, "x")).words) == re.sub(r"\[!\w+\]", "", said)
    assert "<details><summary>" in rendered(markdown, "x") or "<details>" not in markdown


def test_text_and_attributes_are_escaped_and_markup_is_not() -> None:
    written = element("a", "<", [Markup("<wbr>")], href='"&', class_="c", hidden=True, title=None)
    assert written == '<a href="&quot;&amp;" class="c" hidden>&lt;<wbr></a>'
    assert element("path", d="M0") == '<path d="M0"/>'
    assert join("a & b", Markup("<br>")) == "a &amp; b<br>"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        (
            "a <script>x</script> <br onclick=x>",
            "a &lt;script&gt;x&lt;/script&gt; &lt;br onclick=x&gt;",
        ),
        ("a<br>b <sub>c</sub>", "a<br>b <sub>c</sub>"),
        ("![x](y) <http://e.x>", "!x &lt;http://e.x&gt;"),
        (
            "[a](iam.tsv) [b](#proofs) [c](http://e.x)",
            '<a href="#p">a</a> <a href="#proofs-x">b</a> c',
        ),
        ("`${AWS::Region}:a/b`", "<code>${AWS::Region}:<wbr>a/<wbr>b</code>"),
    ],
)
def test_markdown_brings_no_html_but_a_few_tags_and_no_link_that_leads_outside(
    markdown: str, html: str
) -> None:
    assert rendered(markdown, "x", {"iam.tsv": "#p"}) == f"<p>{html}</p>\n"


def test_the_same_template_makes_the_same_part_of_the_page(
    subjects: list[Subject], page: str
) -> None:
    again = replace(subjects[0])
    assert environment_section(again, None) in page


def test_what_a_template_contains_is_never_run(edited: Edited) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    container(edited.template, "Bff")["Environment"].append({"Name": evil, "Value": evil})
    properties(edited.template, "BffTaskRole")["ManagedPolicyArns"] = [evil]
    properties(edited.template, "BffSecurityGroup")["SecurityGroupIngress"].append(
        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": evil}
    )
    edited.template["Resources"][evil] = edited.template["Resources"]["BffTaskRole"]
    page = html_page([edited.subject], Check())
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
def test_no_arrow_of_any_graph_can_meet_a_label_a_box_or_another_arrow(
    risk: Risk, subject: Subject, prod: Environment
) -> None:
    graph = flow_graph(Subject(prod, risk.of(subject.text)))
    placed = layout(graph)
    boxes = sorted(placed.nodes.values())
    assert len(boxes) == len(graph.nodes)
    assert all(one[0] + one[1] < other[0] for one, other in pairwise(boxes))
    heights = sorted(placed.ends.values())
    assert len(heights) == 2 * len(graph.edges)
    assert all(other - one >= ROW for one, other in pairwise(heights))
    for (edge, target), height in placed.ends.items():
        top, tall = placed.nodes[edge.target if target else edge.source]
        assert top < height < top + tall
    for one, other in combinations(graph.edges, 2):
        if placed.lanes[one] == placed.lanes[other]:
            first, second = sorted(
                sorted((placed.ends[edge, False], placed.ends[edge, True])) for edge in (one, other)
            )
            assert first[1] < second[0]


def test_an_empty_template_makes_a_page_that_says_so(prod: Environment) -> None:
    page = html_page([Subject(prod, "{}")], Check())
    assert tags(page).open == []
    assert '<blockquote class="caution">' in page


def test_the_red_box_names_what_is_refuted_and_why_with_a_link_to_it(edited: Edited) -> None:
    properties(edited.template, "AgentCoreSecurityGroup")["SecurityGroupEgress"].append(
        {"IpProtocol": "tcp", "FromPort": 25, "ToPort": 25, "CidrIp": "0.0.0.0/0"}
    )
    page = html_page([edited.subject], Check())
    box = page.partition('<blockquote class="caution">')[2].partition("</blockquote>")[0]
    first, *others = box.strip().splitlines()
    assert '✗ REFUTED <a href="#proofs-prod">The template permits tasks of agentcore' in first
    assert "0.0.0.0/0 at /Resources/AgentCoreSecurityGroup" in first
    assert '✗ <a href="#exposure-prod">Address range in a security group</a>' in "".join(others)
    proofs = page.partition('id="proofs-prod"')[2].partition("<tbody>")[2]
    assert re.match(
        r'\s*<tr class="bad">\s*<td data-label="Claim">The template permits tasks', proofs
    )


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
