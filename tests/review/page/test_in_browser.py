"""The page in a real browser: nothing goes wrong, nothing is requested, everything works by key."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from bidops_cfn.review.difference.compared import Version, compare
from bidops_cfn.review.flows import flow_graph
from bidops_cfn.review.page import html_page
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check, Rule
from bidops_cfn.settings.services import SERVICES
from tests.review.page.chromium import Chromium, program

pytestmark = pytest.mark.skipif(
    program() is None, reason="no Chromium here; `make browser` installs it and runs these tests"
)

A4 = 717  # pixels between margins of a centimetre
VISIBLE = """
(selector => [...document.querySelectorAll(selector)].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(one).visibility === "visible";
}))
"""


@pytest.fixture(scope="module")
def file(subjects: list[Subject], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, with what changed since a revision that goes by all of its digits."""
    guard = Rule("E9000", "a rule", "", frozenset(requirements()), "")
    check = Check((guard,), {one.name: frozenset() for one in subjects})
    changes = {
        one.name: compare(
            Version(f"{one.name} at {'0a' * 20}", "{}", {}),
            Version(one.name, one.text, one.template),
        )
        for one in subjects
    }
    found = tmp_path_factory.mktemp("page") / "review.html"
    found.write_text(html_page(subjects, check, changes), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    path = program()
    assert path is not None
    with Chromium(path, tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def page(browser: Chromium, file: Path) -> Chromium:
    browser.window(1600)
    browser.media()
    browser.open(file.as_uri())
    return browser


def visible(page: Chromium, selector: str) -> int:
    found: int = page.run(f"{VISIBLE}({selector!r}).length")
    return found


def test_nothing_goes_wrong_and_nothing_is_requested(page: Chromium, file: Path) -> None:
    page.run("document.querySelectorAll('.edge, button, input').forEach(one => one.focus())")
    assert page.problems == []
    assert [url for url in page.requests if not url.startswith("data:")] == [file.as_uri()]


@pytest.mark.parametrize("width", [390, 1600])
def test_one_graph_is_visible_and_its_arrows_cross_no_text(
    page: Chromium, subject: Subject, width: int
) -> None:
    script = """
    (() => {
      const crossed = [];
      const texts = %s(".graph text").map(one => [one, one.getBoundingClientRect()]);
      for (const line of %s("a.edge .line")) {
        const own = line.parentElement.querySelector("text");
        const matrix = line.getScreenCTM();
        for (let at = 0; at <= line.getTotalLength(); at += 2) {
          const point = line.getPointAtLength(at).matrixTransform(matrix);
          for (const [text, box] of texts) {
            if (text !== own && point.x > box.left && point.x < box.right
                && point.y > box.top + 2 && point.y < box.bottom - 2) {
              crossed.push(text.textContent);
            }
          }
        }
      }
      return [texts.length, crossed];
    })()
    """
    page.window(width)
    assert visible(page, "svg.graph") == 1
    graph = flow_graph(subject)
    assert len(graph.nodes) == 5 + len(SERVICES)
    assert visible(page, ".node") == len(graph.nodes)
    assert visible(page, "a.edge") == len(graph.edges)
    texts, crossed = page.run(script % (VISIBLE, VISIBLE))
    assert texts > 20
    assert crossed == []


def test_an_arrow_leads_to_its_rules_by_key(page: Chromium) -> None:
    page.run(
        "[...document.querySelectorAll('.shown a.edge')].find("
        "one => one.getAttribute('aria-label') === 'bff to agentcore, port 8080').focus()"
    )
    page.press("Enter", "\r")
    text = page.run("document.querySelector('tr:target').innerText")
    for word in ("BFF → AgentCore", "AgentCoreFromBffIngress", "BffToAgentCoreEgress", "FR-026"):
        assert word in text


def test_environments_are_switched_by_key(page: Chromium) -> None:
    shown = "document.querySelector('.environment.shown').dataset.environment"
    assert page.run(shown) == "prod"
    page.run("document.querySelector('#switch input:checked').focus()")
    page.press("ArrowLeft")
    assert page.run(shown) == "dev"
    assert page.run("document.querySelector('nav a').hash") == "#what-the-change-did-dev"


def test_a_link_opens_its_environment_whatever_the_others_are_called(
    browser: Chromium, subject: Subject, tmp_path: Path
) -> None:
    other = Subject(dataclasses.replace(subject.environment, name="eu-prod"), subject.text)
    file = tmp_path / "review.html"
    file.write_text(html_page([subject, other], Check()), encoding="utf-8")
    browser.open(f"{file.as_uri()}#proofs-eu-prod")
    shown = "document.querySelector('.environment.shown').dataset.environment"
    assert browser.run(shown) == "eu-prod"


def test_permissions_are_filtered_by_words(page: Chromium) -> None:
    rows = "#permissions-prod tbody tr"
    everything = visible(page, rows)
    page.run("document.querySelector('#permissions-prod .filter').focus()")
    page.write("bfftaskrole ssm:")
    assert visible(page, rows) == 1  # a statement, with its three actions
    told = page.run("document.querySelector('#permissions-prod output').textContent")
    assert told == f"1 of {everything}"


def test_a_cell_of_the_matrix_filters_the_permissions(page: Chromium) -> None:
    page.run(
        "[...document.querySelectorAll('.shown button.level')].find("
        "one => one.title.endsWith('AgentCoreTaskRole bedrock:')).focus()"
    )
    page.press("Enter", "\r")
    assert visible(page, "#permissions-prod tbody tr") == 2  # InvokeAgents, InvokeModels


def test_every_control_is_reached_by_tab(page: Chromium) -> None:
    reached = set()
    for _ in range(90):
        page.press("Tab")
        focused = "(one => one.getAttribute('class') || one.id || one.name || one.tagName)"
        reached.add(page.run(f"{focused}(document.activeElement)"))
    wanted = {"skip", "environment", "theme", "edge asked", "edge promised", "level read", "filter"}
    assert wanted <= reached


@pytest.mark.parametrize("width", [390, 768, 1600])
def test_the_page_is_never_wider_than_its_window(page: Chromium, width: int) -> None:
    page.window(width)
    assert page.run("document.documentElement.scrollWidth") <= width
    cut = f"{VISIBLE}('.scroll').filter(one => one.scrollWidth > one.clientWidth + 1).length"
    assert page.run(cut) == 0 or width > 390
    graph = page.run(
        f"(box => [box.left, box.right])({VISIBLE}('svg.graph')[0].getBoundingClientRect())"
    )
    assert graph[0] >= 0
    assert graph[1] <= width


CONTRAST = """
((selector) => {
  const light = text => {
    const [r, g, b] = text.match(/\\d+(\\.\\d+)?/g).slice(0, 3).map(one => {
      const part = one / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = node => {
    for (; node; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$/.test(color)) return color;
    }
    return "rgb(255, 255, 255)";
  };
  return Math.min(...%s(selector).map(one => {
    const [a, b] = [light(getComputedStyle(one).color), light(ground(one))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
})
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(page: Chromium, scheme: str) -> None:
    page.media(scheme=scheme)
    contrast = page.run(
        (CONTRAST % VISIBLE) + '("p, td, th, h2, h3, h4, a, li, sub, code, button")'
    )
    assert contrast >= 4.5


def test_dark_and_light_follow_the_system_and_the_button(page: Chromium) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.run(ground)
    page.media(scheme="dark")
    dark = page.run(ground)
    assert light != dark
    page.run("document.querySelector('#theme').focus()")
    page.press("Enter", "\r")
    page.press("Enter", "\r")
    assert page.run("document.documentElement.dataset.theme") == "light"
    assert page.run(ground) == light


def test_on_paper_the_controls_are_gone_and_the_facts_are_there(page: Chromium) -> None:
    page.media("print")
    assert visible(page, "nav, #theme, .switch, .filter") == 0
    assert visible(page, "svg.graph") == 1
    assert visible(page, "#proofs-prod tbody tr") > 5
    assert visible(page, "#functional-requirements-traceability details li") > 40


@pytest.mark.parametrize(
    "names", [("dev",), ("test",), ("prod",), ("dev", "prod", "test")], ids=" ".join
)
def test_paper_has_everything_in_wide_tables_on_a_few_pages(
    browser: Chromium, subjects: list[Subject], tmp_path: Path, names: tuple[str, ...]
) -> None:
    guard = Rule("E9000", "a rule", "", frozenset(requirements()), "")
    found = [one for one in subjects if one.name in names]
    file = tmp_path / "review.html"
    check = Check((guard,), dict.fromkeys(names, frozenset()))
    file.write_text(html_page(found, check), encoding="utf-8")
    browser.window(A4)
    browser.media()
    browser.open(file.as_uri())
    assert 5 < browser.printed() <= 8 + (len(names) > 1)  # three are compared, too
    browser.media("print")
    assert visible(browser, "thead") > 10
    assert browser.run("document.documentElement.scrollWidth") <= A4
    cut = f"{VISIBLE}('td, th, svg').filter(one => one.getBoundingClientRect().right > {A4})"
    assert browser.run(f"{cut}.length") == 0
    over = f"{VISIBLE}('td').filter(one => one.scrollWidth > one.clientWidth + 1)"
    assert browser.run(f"{over}.map(one => one.textContent).slice(0, 3)") == []
