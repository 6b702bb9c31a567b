"""What references to other stacks cannot lead to: this stack, another partition, another kind.

A function that reads a stack's output takes any; CloudFormation refuses the rest when a deployment
has begun, or a task does not start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bidops_cfn.settings.contract import Imports, Kind
from bidops_cfn.settings.problem import Problem, join, shown
from bidops_cfn.settings.regions import REGIONS, partition
from bidops_cfn.settings.services import Service
from bidops_cfn.settings.unchecked import table

URI = re.compile(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)/.*")
SERVICES = {"secrets": "ssm", "secrets_manager": "secretsmanager"}
KINDS = {
    "ssm": "the ARN of an SSM parameter",
    "secretsmanager": "the ARN of a Secrets Manager secret",
    "kms": "the ARN of a KMS key",
}


def reference_problems(name: str, values: object, services: Sequence[Service]) -> Iterator[Problem]:
    """Yield what the references of unchecked settings cannot lead to."""
    region = table(values).get("region")
    own = table(values).get("stack_name", f"bidopsai-{name}-compute")
    for path, reference in _references(table(values, "imports"), "imports"):
        if reference.get("stack") == own:
            yield Problem(f"{path}.stack", f"{shown(own)}, this stack itself", "another stack")
        theirs = reference.get("region")
        if isinstance(theirs, str) and region in REGIONS:
            if theirs not in REGIONS:
                yield Problem(f"{path}.region", shown(theirs), "a region, such as us-east-1")
            elif partition(theirs) != partition(region):
                found = f"{shown(theirs)}, in partition {partition(theirs)}"
                yield Problem(
                    f"{path}.region", found, f"a region of partition {partition(region)} (region)"
                )
    yield from _uris(values, region)
    yield from _kinds(values, services)


def _references(value: object, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every table that refers to something, with its key path."""
    if isinstance(value, dict) and value.keys() & {"stack", "output", "value"}:
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _references(inner, join(path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _references(inner, f"{path}[{index}]")


def _uris(values: object, region: object) -> Iterator[Problem]:
    """Yield repositories of another region: no endpoint of the network leads to their registry."""
    for value in (one.value for one in Imports if one.value.kind is Kind.URI):
        uri = table(values, "imports", value.stack, value.output).get("value")
        match = URI.fullmatch(uri) if isinstance(uri, str) else None
        if match and region in REGIONS and match[1] != region:
            path = f"imports.{value.key}.value"
            yield Problem(path, f"a repository in {match[1]}", f"one in {region} (region)")


def _kinds(values: object, services: Sequence[Service]) -> Iterator[Problem]:
    """Yield constants for secrets and keys that are of another kind than their use."""
    wanted: dict[str, str] = {}
    for key, output in table(values, "security").items():
        if key.endswith("_output") and isinstance(output, str):
            wanted[output] = "kms"
    for service in services:
        for kind, aws in SERVICES.items():
            for output in table(values, "services", service.name, kind).values():
                if isinstance(output, str):
                    wanted[output] = aws
    for output, aws in wanted.items():
        arn = table(values, "imports", "security", output).get("value")
        if isinstance(arn, str) and arn.startswith("arn:") and arn.split(":")[2:3] != [aws]:
            path = join("imports.security", output)
            yield Problem(f"{path}.value", "the ARN of something else", KINDS[aws])
