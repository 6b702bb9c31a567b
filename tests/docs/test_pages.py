from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bidops_cfn.cli.root import PROGRAM, commands
from tests.docs.console import hold, typed_in
from tests.docs.page import DOCS, PAGES, REPOSITORY, WAYS, Typed, blocks, consoles, name

every_page = pytest.mark.parametrize("page", PAGES, ids=name)


@every_page
def test_every_console_block_says_how_it_is_held_true(page: Path) -> None:
    assert [block.line for block in consoles(page) if block.info not in WAYS] == []


def parsed(command: str) -> None:
    """Parse a command line of the tool as it would be run; raise where it would be refused."""
    arguments = shlex.split(command, comments=True)[1:]
    ended = [">", "|", "&&", "&", ";", "2>", ">>"]
    arguments = arguments[: min(map(arguments.index, {*ended} & {*arguments}), default=None)]
    with commands.make_context(PROGRAM, arguments, resilient_parsing=False) as context:
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        name, command_, left = commands.resolve_command(context, rest)
        assert command_ is not None
        with command_.make_context(name, left, parent=context):
            pass


def mentioned(page: Path) -> Iterator[str]:
    """Yield every command line of the tool on a page: in console blocks, and in running text."""
    for block in consoles(page):
        for each in block.session:
            if each.command.startswith("bidops-cfn "):
                yield each.command.replace("\\\n", " ")
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`(bidops-cfn [a-z-][^`]*)`", prose)


@every_page
def test_every_command_that_a_page_mentions_is_accepted(page: Path) -> None:
    wrong = []
    for command in mentioned(page):
        try:
            parsed(command)
        except click.exceptions.Exit:
            continue  # --help and --version
        except click.ClickException as error:
            wrong.append(f"{command}: {error.format_message()}")
    assert wrong == []


@every_page
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@every_page
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    committed = subprocess.check_output(["git", "ls-files"], cwd=REPOSITORY, text=True).split()
    known = {*committed, *(file.rpartition("/")[2] for file in committed)}
    roots = "|".join(sorted(folders(REPOSITORY)))
    prose, *made = re.split(r"^```", text, flags=re.MULTILINE)
    prose += "".join(made[1::2])
    named = re.findall(rf"`((?:{roots})/[\w./-]+\.\w+|\w+\.py)`", prose)
    assert {one for one in named if one not in known and one not in "".join(made[::2])} == set()


@every_page
def test_every_house_rule_that_a_page_names_exists(page: Path) -> None:
    known = re.findall(r"^### ([EW]9\d{3})$", (DOCS / "rules.md").read_text("utf-8"), re.MULTILINE)
    text = page.read_text("utf-8")
    known += re.findall(r'^    id = "(E9\d{3})"$', text, re.MULTILINE)  # that the page adds
    assert set(re.findall(r"\b[EW]9\d{3}\b", text)) <= {*known}


@every_page
def test_a_page_fits_a_terminal(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > 110 and not line.startswith("|")] == []


def test_the_help_in_the_readme_is_the_help() -> None:
    shown = (REPOSITORY / "README.md").read_text("utf-8").partition("<!-- help -->")[2]
    (printed,) = typed_in([Typed("bidops-cfn --help", "")], REPOSITORY, {})
    assert shown.partition("<!-- /help -->")[0] == (
        f"\n```console run\n$ bidops-cfn --help\n{printed[0]}```\n"
    )


def test_the_index_names_every_page_of_the_documentation() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"]({name})" not in index} == set()


def folders(place: Path) -> set[str]:
    """Return the folders of ``place`` that hold a committed kind of file, not what a run leaves."""
    files = subprocess.check_output(["git", "ls-files", "*/*"], cwd=place, text=True)
    return {line.partition("/")[0] for line in files.splitlines()}


@pytest.mark.parametrize(
    "place", [REPOSITORY, REPOSITORY / "bidops_cfn"], ids=lambda each: each.name
)
def test_the_architecture_names_every_folder(place: Path) -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    found = {name for name in folders(place) if not name.startswith(".")}
    assert found
    assert {name for name in found if f"{name}/" not in text} == set()


# the reader of pages itself


def test_a_block_knows_its_commands_and_what_they_print(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Text.\n\n```console run\n$ one \\\n  more\nprinted\n$ two\n```\n")
    (block,) = blocks(page)
    assert (block.language, block.info, block.line) == ("console", "run", 3)
    assert block.session == [Typed("one \\\n  more", "printed"), Typed("two", "")]


def test_a_block_to_copy_has_a_command_on_each_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh shown\none \\\n  more\ntwo\n```\n")
    (block,) = consoles(page)
    assert block.session == [Typed("one \\\n  more", ""), Typed("two", "")]


def test_what_the_readme_asks_to_type_can_be_copied() -> None:
    shown = [block for block in consoles(PAGES[0]) if block.info == "shown"]
    assert shown
    assert [block.line for block in shown if "$ " in block.text] == []


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("", "anything\n", True),
        ("a", "a\n", True),
        ("a", "a \n\n", True),
        ("a", "b\n", False),
        ("a", "a\nb\n", False),
        ("a\n...", "a\nb\nc\n", True),
        ("a ... c", "a b c\n", True),
        ("a ... c", "a b d\n", False),
        ("...\nc", "a\nb\nc\n", True),
        ("1.2", "1x2\n", False),
    ],
)
def test_dots_stand_for_anything_and_all_else_is_exact(
    shown: str, printed: str, *, same: bool
) -> None:
    assert Typed("command", shown).matches(printed) is same


@pytest.mark.parametrize(
    "session",
    ["$ false\n", "$ echo a\nb\n", "$ false\n$ echo $?\n2\n", "$ exit 0\n$ echo a\n"],
)
def test_a_page_that_lies_is_found_out(tmp_path: Path, session: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```console run\n{session}```\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        hold(blocks(page)[0], tmp_path, {})


@pytest.mark.parametrize(
    "command", ["bidops-cfn rendr", "bidops-cfn render --evn dev", "bidops-cfn destroy --yes"]
)
def test_a_command_that_would_be_refused_is_found_out(command: str) -> None:
    with pytest.raises(click.ClickException):
        parsed(command)
