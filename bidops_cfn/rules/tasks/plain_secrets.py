"""E9208: no secret stands in the template."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Resource, items, mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.template_under_review import ReadingUnderReview, TemplateUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.spec.secret_texts import named_like_a_secret, random_in, secret_in

DYNAMIC = re.compile(r"\{\{\s*resolve", re.IGNORECASE)


class PlainSecrets(HouseRule):
    """A template is committed, printed and sent around: nothing in it is secret.

    A variable whose name says secret, password, token or key belongs in Secrets. Keys, tokens,
    webhooks and passwords in URLs are found by their format wherever they stand: in variables,
    tags, commands and descriptions, also joined from pieces. A value or a tag as random as a key is
    found without one. A dynamic reference ({{resolve:...}}) is found as well: in a name or a
    description it writes the secret where everybody reads it.
    """

    id = "E9208"
    shortdesc = "No variable and no value is a secret in plain text"
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-secrets-management.html"
    requirements = ("FR-014", "SC-006", "US5-1")
    fix = (
        "Keep the value in SecurityStack and mount it by [services.<service>.secrets] of "
        "params/<environment>.toml"
    )

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Look at the names of all plain variables, and at texts as they come out."""
        yield from _exposed(case.reading.document.body)
        for task in case.reading.task_definitions.values():
            for container in task.containers:
                for index, raw in enumerate(items(container.definition.get("Environment"))):
                    name = symbols.show(mapping(raw).get("Name"))
                    path = (*container.path, "Environment", index)
                    if named_like_a_secret(name):
                        yield Mismatch(path, f"has {name}, which looks like a secret")
                    random = random_in(symbols.show(mapping(raw).get("Value")))
                    if random:
                        yield Mismatch((*path, "Value"), f"holds {random}")
        for resource in case.reading.document.resources.values():
            yield from _random_tags(resource)

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        """Look through all texts of the template as they are written."""
        if judged.facts.readings:
            yield from _exposed(judged.template)


def _exposed(node: object) -> Iterator[Mismatch]:
    for path, text in _texts(node, ()):
        what = secret_in(text)
        if what:
            yield Mismatch(path, f"holds {what}")
        if DYNAMIC.search(text):
            yield Mismatch(path, "holds a reference that is read when it is deployed")


def _random_tags(resource: Resource) -> Iterator[Mismatch]:
    for index, tag in enumerate(items(resource.get("Tags"))):
        random = random_in(symbols.show(mapping(tag).get("Value")))
        if random:
            yield Mismatch(resource.at("Tags", index, "Value"), f"holds {random}")


def _texts(node: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _texts(value, (*path, str(name)))
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _texts(value, (*path, index))
