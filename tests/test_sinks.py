"""Whatever a template, a setting or AWS says: no place that writes lets it command or forge."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO, StringIO, TextIOWrapper
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from bidops_cfn.check.report import FORMS, Finding, Report, github, junit
from bidops_cfn.cli.committed import difference
from bidops_cfn.cli.live import Live
from bidops_cfn.cli.plain import Lines, Plain
from bidops_cfn.cli.terminal import show_error
from bidops_cfn.deploy.records import (
    ChangeRow,
    Event,
    Group,
    Notice,
    Outputs,
    Preflight,
    PropertyChange,
    Record,
    Result,
    Verdict,
)
from bidops_cfn.deploy.state_records import ServiceProgress, StoppedTask
from bidops_cfn.errors import UsageError
from bidops_cfn.printable import printable
from bidops_cfn.review.flows import Edge, Graph, Node, lines
from bidops_cfn.review.page.rendered import SIGNS, element
from bidops_cfn.review.page.rendered import rendered as on_page
from bidops_cfn.review.writing import bullets, code, plain, table, tsv
from bidops_cfn.spec.flows import Zone
from tests.hostile import TEXTS, visible

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def report(text: str) -> Report:
    return Report(
        text,
        text,
        (Finding("E9202", "error", text, text, text, text, 8, 1, ("FR-041",), text, text),),
    )


@pytest.mark.parametrize("form", FORMS)
@given(TEXTS)
def test_every_form_of_a_report_shows_any_text(form: str, text: str) -> None:
    assert visible(FORMS[form]([report(text)]))


@given(TEXTS)
def test_an_annotation_is_one_command(text: str) -> None:
    (line,) = github([report(text)]).split("\n")[:-1]
    found = re.fullmatch(r"::error file=([^,:]*),line=8,col=1,title=([^,:]*)::(.*)", line)
    assert found


@given(TEXTS)
def test_a_failure_of_junit_holds_the_text(text: str) -> None:
    (failure,) = ET.fromstring(junit([report(text)])).iter("failure")
    assert failure.attrib["message"] == f"E9202 {printable(text)}: {printable(text)}"


@given(st.lists(TEXTS, min_size=2, max_size=3))
def test_a_row_of_a_table_is_one_line_with_its_cells(cells: list[str]) -> None:
    written = tsv(["column"] * len(cells), [cells])
    assert visible(written.replace("\t", ""))
    (_, row, end) = written.split("\n")
    assert (len(row.split("\t")), end) == (len(cells), "")


def rendered(markdown: str) -> str:
    """Return Markdown as code hosts show it, who take HTML in it for HTML."""
    html: str = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    return html


READERS: list[Callable[[str], str]] = [rendered, lambda text: on_page(text, "x")]


class Text(HTMLParser):
    """The text of each element of a name."""

    def __init__(self, name: str, html: str) -> None:
        super().__init__()
        self.name, self.found, self.inside, self.tags = name, list[str](), False, list[str]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag == self.name:
            self.found.append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != self.name

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[-1] += data


@pytest.mark.parametrize("read", READERS, ids=["host", "page"])
@given(TEXTS)
def test_a_code_span_holds_any_text_in_a_line_and_in_a_table(
    read: Callable[[str], str], text: str
) -> None:
    expected = [printable(text).translate(SIGNS)] if text else []
    assert Text("code", read(bullets([f"before {code(text)} after"]))).found == expected
    page = read(table(("a", "b"), [(code(text), "last")]))
    assert Text("code", page).found == expected
    assert Text("td", page).found == [*expected, "last"]


@pytest.mark.parametrize("read", READERS, ids=["host", "page"])
@given(TEXTS)
def test_plain_text_in_markdown_stays_text(read: Callable[[str], str], text: str) -> None:
    page = Text("td", read(table(("a", "b"), [(f"x{plain(text)}x", "last")])))
    assert page.found == [printable(f"x{text}x").translate(SIGNS), "last"]
    assert set(page.tags) - {"div"} == {"table", "thead", "tbody", "tr", "th", "td"}


@given(TEXTS)
def test_an_element_of_the_page_holds_text_and_attribute(text: str) -> None:
    html = element("p", text, title=text)
    assert visible(html)
    assert Text("p", html).tags == ["p"]


@given(TEXTS)
def test_a_label_of_the_drawing_cannot_close(text: str) -> None:
    node = Node("n", f"a{text}", text, Zone.OTHER)
    chart = list(lines(Graph((node,), (Edge("n", "n", f"a{text}", (), ()),))))
    assert visible("".join(chart))
    assert len(chart) == 5
    label = r"""[^"'`<>{}\[\]|%\\]*"""
    assert re.fullmatch(rf' {{4}}n\["{label}(<br/>{label})?"\]', chart[2])
    assert re.fullmatch(rf'  n --?=?=?>\|"{label}"\| n', chart[4])


def said(text: str) -> list[Record]:
    """Return a record of every kind with ``text`` wherever AWS or a template may have put it."""
    stopped = StoppedTask("12345678", "X", text, (text,), (text,))
    changed = PropertyChange(f"Properties.{text}", text, text, "Always", text)
    return [
        Preflight("account", Verdict.OK, text, (text,), text),
        ChangeRow(Group.IAM, "Add", text, text),
        ChangeRow(
            Group.IAM,
            "Modify",
            text,
            text,
            properties=(changed,),
            widened=(text,),
            narrowed=(text,),
        ),
        Event("1", NIGHT, text, text, "UPDATE_FAILED", text),
        Event("2", NIGHT, text, text, "UPDATE_COMPLETE", text),
        ServiceProgress(text, 2, 1, 1, text, text, 1, (stopped,), (text,)),
        Notice(text, (text,)),
        Outputs({text: text}),
        Result("deployed", 0, text, (text,), text),
    ]


def written(kind: type[Plain], records: list[Record]) -> str:
    raw, err = BytesIO(), StringIO()
    out = TextIOWrapper(raw, encoding="utf-8")
    with redirect_stdout(out), redirect_stderr(err), kind() as shown:
        shown.status(records[0].message if isinstance(records[0], Preflight) else "")
        for one in records:
            shown.emit(one)
    out.flush()
    return raw.getvalue().decode() + err.getvalue()


@pytest.mark.parametrize("kind", [Plain, Live, Lines])
@given(TEXTS)
def test_what_aws_says_commands_no_terminal(kind: type[Plain], text: str) -> None:
    assert visible(written(kind, said(text)))


@given(TEXTS)
def test_the_moving_part_of_a_live_display_shows_any_text(text: str) -> None:
    shown = Live()
    shown._working = {text: "UPDATE_IN_PROGRESS"}
    shown._services = {f"{text}[red]": ServiceProgress(f"{text}[red]", 2, 1, 1, text)}
    screen = StringIO()
    Console(file=screen, width=2000, color_system=None).print(shown._picture())
    assert visible(screen.getvalue())
    assert f"  {printable(text)}[red] " in screen.getvalue()


@given(TEXTS)
def test_an_error_is_a_line_for_each_thing_that_is_wrong(text: str) -> None:
    with redirect_stderr(StringIO()) as shown:
        show_error(UsageError(f"a{text}", f"b{text}", details=[f"c{text}"], hint="Do it."))
    assert visible(shown.getvalue())
    first, *details, empty, hint, end = shown.getvalue().split("\n")
    assert first.startswith("Error: a")
    assert details[0].startswith("  c")
    assert all(line.startswith("      ") for line in details[1:])
    assert (empty, hint, end) == ("", "Do it.", "")


@given(TEXTS)
def test_what_is_committed_commands_no_terminal_when_it_is_stale(text: str) -> None:
    committed = text.encode(errors="replace")
    shown = difference("compute.json", committed, "rendered\n")
    assert visible(shown.replace("\t", ""))
    marks = ("---", "+++", "@@", "+", "-", " ", "\\")
    assert all(line.startswith(marks) for line in shown.split("\n")[:-1])
