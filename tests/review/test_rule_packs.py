"""Lists of what other rule packs find: read as a whole, and shown in the review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project
from bidops_cfn.review.review_page import box, review_page
from bidops_cfn.review.rule_packs import Finding, RuleList, parse, read_lists
from bidops_cfn.review.subject import Subject
from tests.conftest import REPOSITORY
from tests.review.test_review_page import section

TITLE = "Other rule packs"
FILE = "findings-x.toml"
LIST = """\
tool = "x 1"

[packs.X]
title = "The X | rules"
passed = { dev = 3, prod = 4 }

[[deviation]]
rules = ["X1[parameter/{environment}/*]", "X2"]
environments = ["prod"]
resources = ["Cluster", "Role"]
reason = "Since `FR-001` asks for it."
"""


def test_a_list_is_each_rule_in_each_environment_for_each_resource() -> None:
    assert set(parse(FILE, LIST).findings()) == {
        Finding("prod", "X1[parameter/prod/*]", "Cluster"),
        Finding("prod", "X1[parameter/prod/*]", "Role"),
        Finding("prod", "X2", "Cluster"),
        Finding("prod", "X2", "Role"),
    }


def test_the_page_counts_what_passes_and_says_why_the_rest_stays(subject: Subject) -> None:
    page = review_page(Subject(subject.environment, subject.text, rule_lists=[parse(FILE, LIST)]))
    text = section(page, TITLE)
    assert "| The X &#124; rules | x 1 | 4 | 2 |\n" in text
    shown = "| `X1[parameter/prod/*]`, `X2` | `Cluster`, `Role` | Since `FR-001` asks for it. |\n"
    assert shown in text


def test_what_is_not_met_elsewhere_is_not_shown(dev_subject: Subject) -> None:
    lists = [parse(FILE, LIST)]
    text = section(
        review_page(Subject(dev_subject.environment, dev_subject.text, rule_lists=lists)), TITLE
    )
    assert "| The X &#124; rules | x 1 | 3 | 0 |\n" in text
    assert "X1" not in text


@pytest.mark.parametrize("lists", [(), (parse(FILE, LIST),)], ids=["no list", "lists of others"])
def test_an_environment_that_no_list_names_is_not_judged(
    lists: Sequence[RuleList], subject: Subject
) -> None:
    staging = replace(subject.environment, name="staging")
    text = section(review_page(Subject(staging, subject.text, rule_lists=lists)), TITLE)
    assert text.strip() == (
        "Not judged: no `templates/findings-*.toml` of the project names this environment."
    )


def test_a_project_without_lists_has_none(tmp_path: Path) -> None:
    assert read_lists(Project(tmp_path)) == ()


def test_the_lists_of_this_repository_are_about_what_its_templates_have(
    subjects: list[Subject],
) -> None:
    lists = read_lists(Project(REPOSITORY))
    for one in subjects:
        resources = one.template["Resources"]
        assert isinstance(resources, dict)
        listed = {f.resource for rules in lists for f in rules.findings()
                  if f.environment == one.name}  # fmt: skip
        assert listed
        assert listed <= resources.keys()


def test_the_box_says_which_packs_no_list_has_and_what_a_list_is_mistaken_about(
    dev_subject: Subject,
) -> None:
    whole = read_lists(Project(REPOSITORY))
    (nag,) = (one for one in whole if "nag" in one.tool)
    part = {name: pack for name, pack in nag.packs.items() if name != "HIPAA.Security"}
    others = [one for one in whole if one is not nag]
    renamed = replace(nag, deviation=(replace(nag.deviation[0], resources=("Gone",)),))
    for lists, said in (
        (others, "AwsSolutions, NIST.800.53.R5, HIPAA.Security, PCI.DSS.321"),
        ([*others, replace(nag, packs=part)], "not judged by HIPAA.Security  "),
        ([*others, renamed], "Gone` is listed, and the template has no such resource"),
    ):
        text = box(Subject(dev_subject.environment, dev_subject.text, rule_lists=lists))
        assert text.startswith("> [!CAUTION]\n> ❓ [Other rule packs](#other-rule-packs)")
        assert said in text
    assert box(Subject(dev_subject.environment, dev_subject.text, rule_lists=whole)).startswith(
        "> [!TIP]"
    )


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('tool = "x 1"', "", "tool: missing required key"),
        ("reason =", "why =", ":11: deviation[0].why: found an unknown key"),
        ('"Since `FR-001` asks for it."', '""', ':11: deviation[0].reason: found "";'),
        ('["prod"]', "[]", ":9: deviation[0].environments: found 0 values"),
        ('["prod"]', '["prod", "test"]',
         ':9: deviation[0].environments[1]: found "test"; allowed: those of packs.X.passed'),
        ('"X2"', '"Y2"', ':8: deviation[0].rules[1]: found "Y2"; allowed: the rules of a pack: X'),
        ('"X2"', '"X1[parameter/prod/*]"',
         "found prod: X1[parameter/prod/*] on Cluster again; allowed: each finding once"),
        ("prod = 4", 'prod = "4"', ':5: packs.X.passed.prod: found "4"; allowed: an integer'),
        ("[packs.X]", "[packs.X", "not valid TOML"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_list_is_said_with_its_place(before: str, after: str, problem: str) -> None:
    text = LIST.replace(before, after)
    assert text != LIST
    with pytest.raises(UsageError, match="a reviewed list is wrong") as wrong:
        parse(FILE, text)
    assert any(problem in line and line.startswith(FILE) for line in wrong.value.details)
    assert wrong.value.hint == "Correct the file in templates/ and run the command again."


@pytest.mark.parametrize("content", [b"\xff", None], ids=["not UTF-8", "a folder"])
def test_a_list_that_cannot_be_read_is_an_error_with_its_name(
    content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "templates" / "findings-x.toml"
    file.parent.mkdir()
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=r"cannot read templates/findings-x\.toml"):
        read_lists(Project(tmp_path))
