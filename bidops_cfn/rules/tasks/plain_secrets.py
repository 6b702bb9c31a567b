"""E9208: no secret stands in the template."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bidops_cfn.consistency import SECRET_WORD
from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.rules._case import Case, World
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule

CREDENTIALS = {
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a password in a URL": re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@$]+:[^/\s:@]+@", re.IGNORECASE),
    "a reference that is read when it is deployed": re.compile(r"\{\{\s*resolve", re.IGNORECASE),
}


class PlainSecrets(HouseRule):
    """A template is committed, printed and sent around: nothing in it is secret."""

    id = "E9208"
    shortdesc = "No variable and no value is a secret in plain text"
    description = (
        "A variable whose name says secret, password, token or key belongs in Secrets. Access "
        "keys, private keys and passwords in URLs are found wherever they stand, also when they "
        "are joined from pieces. A dynamic reference ({{resolve:...}}) is found as well: in a name "
        "or a description it writes the secret where everybody reads it."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-secrets-management.html"
    requirements = ("FR-014", "SC-006", "US5-1")
    fix = "Keep the value in SecurityStack and mount it as a secret"

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Look at the names of all plain variables, and at texts as they come out."""
        yield from _exposed(world.reading.document.body)
        for task in world.reading.task_definitions.values():
            for container in task.containers:
                for index, raw in enumerate(items(container.definition.get("Environment"))):
                    name = symbols.show(mapping(raw).get("Name"))
                    if SECRET_WORD.search(name.upper()):
                        path = (*container.path, "Environment", index)
                        yield Mismatch(path, f"has {name}, which looks like a secret")

    def judge_case(self, judged: Case) -> Iterator[Mismatch]:
        """Look through all texts of the template as they are written."""
        if judged.facts.readings:
            yield from _exposed(judged.template)


def _exposed(node: object) -> Iterator[Mismatch]:
    for path, text in _texts(node, ()):
        for what, pattern in CREDENTIALS.items():
            if pattern.search(text):
                yield Mismatch(path, f"holds {what}")


def _texts(node: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _texts(value, (*path, str(name)))
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _texts(value, (*path, index))
