"""A template whose every text would forge something: reviews, differences and the page hold."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.facts.verdict import Witness
from bidops_cfn.review.committed import environment_files, repository_files
from bidops_cfn.review.difference.comment import comment
from bidops_cfn.review.difference.compared import Version, as_json, compare
from bidops_cfn.review.difference.text import text as difference_text
from bidops_cfn.review.explanation import explain_requirement, explain_rule
from bidops_cfn.review.page import html_page
from bidops_cfn.review.requirements import requirement
from bidops_cfn.review.review_page import review_page
from bidops_cfn.review.settings_facts import settings_tsv
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check, Rule, trace
from bidops_cfn.settings.environment import Environment
from tests.hostile import ERASE, PIECES, visible
from tests.settings_files import with_table
from tests.test_sinks import Text, rendered

HREF = re.compile(r"<a [^>]*>|<img [^>]*>")
CHUNKS = ["".join(PIECES[start::2]) for start in range(2)]


def hostile(document: dict[str, Any], text: str) -> dict[str, Any]:
    """Return the template with ``text`` in each kind of place that a review reads."""
    found = copy.deepcopy(document)
    found["Metadata"][f"cfn-lint{text}"] = text
    found["Outputs"]["ClusterArn"]["Description"] = text
    resources = found["Resources"]
    resources[f"Odd{text}"] = {"Type": f"AWS::Odd::{text}", "Properties": {text: text}}
    resources["Cluster"]["Properties"]["Tags"] = [{"Key": text, "Value": text}]
    container = resources["BffTaskDefinition"]["Properties"]["ContainerDefinitions"][0]
    container["Environment"].append({"Name": text, "Value": text})
    container["Command"] = [text]
    container["Image"] = text
    role = resources["BffTaskRole"]["Properties"]
    role["Policies"][0]["PolicyDocument"]["Statement"].append(
        {
            "Sid": text,
            "Effect": "Allow",
            "Action": [f"s3:{text}", f"{text}:Get", "s3:DeleteObject"],
            "Resource": text,
            "Condition": {"StringEquals": {f"aws:{text}": text}},
        }
    )
    role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": text}
    role["ManagedPolicyArns"] = [text]
    resources["BffSecurityGroup"]["Properties"]["SecurityGroupIngress"].append(
        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": text, "Description": text}
    )
    resources["BffTaskRole" + text] = copy.deepcopy(resources["BffTaskRole"])
    return found


def test_every_language_is_readable_in_a_review_and_in_a_difference(prod: Environment) -> None:
    document = template.build(prod)
    found = hostile(document, "équipe 日本語 🚀")
    old, new = json.dumps(document), json.dumps(found)
    changed = compare(Version("old", old, document), Version("new", new, found))
    shown = difference_text(changed, full=True)
    assert '{"Name": "équipe 日本語 🚀", "Value": "équipe' in " ".join(shown.split())
    assert "\\u" not in shown + comment(changed)


@pytest.mark.parametrize("piece", CHUNKS)
def test_no_review_and_no_difference_is_forged_by_a_template(prod: Environment, piece: str) -> None:
    document = template.build(prod)
    found = hostile(document, f"x{piece}y")
    old, new = json.dumps(document), json.dumps(found)
    subject = Subject(prod, new)
    for path, text in environment_files(subject):
        assert visible(text.replace("\t", "") if path.endswith(".tsv") else text), path
        if path.endswith(".tsv"):
            widths = {line.count("\t") for line in text.split("\n")[:-1]}
            assert len(widths) == 1, path
        else:
            assert "example.com" not in "".join(HREF.findall(rendered(text)))
            assert not {"script", "b", "img"} & {*Text("td", rendered(text)).tags}
    changed = compare(Version(piece, old, document), Version(piece, new, found))
    shown = difference_text(changed)
    assert visible(shown)
    assert "\n  WIDENED   permission  BffTaskRole: " in shown
    assert visible(difference_text(changed, full=True))
    assert visible(comment(changed))
    assert not {"script", "b", "img"} & {*Text("td", rendered(comment(changed))).tags}
    assert visible(as_json(changed))


@pytest.mark.parametrize("piece", CHUNKS)
def test_no_page_about_all_environments_and_no_explanation_is_forged(
    prod: Environment, dev: Environment, piece: str
) -> None:
    text = f"x{piece}y"
    told = replace(prod, tags={**prod.tags, "Owner": text}, stack_name=text)
    told = with_table(told, "discovery", namespace=text)
    found = json.dumps(hostile(template.build(prod), text))
    subjects = [Subject(told, found), Subject(dev, json.dumps(template.build(dev)))]
    rule = Rule("E9000", text, text, frozenset({"FR-001"}), text)
    check = Check((rule,), {"prod": frozenset({"E9000"})})
    for path, shown in repository_files(subjects, check):
        assert visible(shown), path
        if path.endswith(".md"):
            assert "example.com" not in "".join(HREF.findall(rendered(shown)))
            assert not {"script", "b", "img"} & {*Text("td", rendered(shown)).tags}
    assert visible(review_page(subjects[0]) + settings_tsv(subjects[0]).replace("\t", ""))
    findings = {"prod": [Witness(text, ("Resources", text))]}
    assert visible(explain_rule(rule, text, text, findings, [text]).as_text(100))
    traced = trace(requirement("FR-026"), subjects, check)
    assert visible(explain_requirement(traced, subjects, [text]).as_text(100))


def test_the_page_is_forged_by_no_template(prod: Environment) -> None:
    document = template.build(prod)
    calm = html_page([Subject(prod, json.dumps(document))], Check((), {}))
    found = hostile(document, "".join(PIECES))
    page = html_page([Subject(prod, json.dumps(found))], Check((), {}))
    assert visible(page)
    scripts = [Text("script", one).tags.count("script") for one in (calm, page)]
    assert scripts[0] == scripts[1]


def test_erasing_lines_erases_nothing_in_a_terminal(prod: Environment) -> None:
    document = template.build(prod)
    found = hostile(document, f"{ERASE}Access: unchanged. No permission, flow or exposure differs.")
    changed = compare(
        Version("old", json.dumps(document), document), Version("new", json.dumps(found), found)
    )
    shown = difference_text(changed)
    assert "\\u001b[20A\\u001b[J" in shown
    assert ERASE not in shown
    assert "\nAccess: unchanged" not in shown
