"""What only the account knows, as placeholders that ``run.sh`` fills in.

``@resource:BffSecurityGroup@``
    the physical id of a resource of the stack
``@export:bidopsai-prod-network-PublicAlbArn@``
    the value of another stack's export
``@output:NetworkStack.VpcId@``
    the value of an output of another stack, here
``@path:bidopsai-prod-storage-AppEcrRepositoryUri@``, ``@output-path:StorageStack.Uri@``
    what follows the first slash of such a value: the name in a repository's URI
``@account:bidopsai-prod-storage-AppEcrRepositoryUri@``, ``@output-account:StorageStack.Uri@``
    what stands before its first dot: the account in a repository's URI
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import resources

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export, read_expression

PLACEHOLDER = re.compile(r"@(resource|export|path|account|output(?:-path|-account)?):([^@\s]+)@")
LOG_GROUP = "AWS::Logs::LogGroup"
SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
UNKNOWN = "*"


def concrete(value: object, document: Document, environment: Environment) -> object:
    """Return a canonical value as the account will have it; what cannot be told becomes ``*``."""
    if isinstance(value, list):
        return [concrete(one, document, environment) for one in value]
    if isinstance(value, Mapping) and symbols.function(value) is None:
        return {name: concrete(one, document, environment) for name, one in value.items()}
    if not isinstance(value, Mapping):
        return value
    parts = symbols.parts_of(value)
    return "".join(_part(one, document, environment) for one in parts)


def _part(value: object, document: Document, environment: Environment) -> str:
    literal = symbols.text(value)
    if literal is not None:
        return literal
    found = placeholder_of(value)
    if found:
        return found
    name, argument = symbols.function(value) or ("", None)
    if name == symbols.REF and isinstance(argument, str):
        return _reference(argument, environment)
    if name == symbols.GETATT and isinstance(argument, list):
        return _attribute(argument, document, environment)
    if name == symbols.SELECT and isinstance(argument, list):
        return _selected(argument)
    return UNKNOWN


def _reference(name: str, environment: Environment) -> str:
    pseudo = {
        "AWS::AccountId": environment.account_id,
        "AWS::Partition": environment.partition,
        "AWS::Region": environment.region,
        "AWS::URLSuffix": SUFFIXES.get(environment.partition, "amazonaws.com"),
    }
    return pseudo.get(name, UNKNOWN if name.startswith("AWS::") else f"@resource:{name}@")


def _attribute(argument: list[object], document: Document, environment: Environment) -> str:
    """Return an attribute that follows from the physical id, as a log group's ARN does."""
    logical_id, attribute = [*map(str, argument), "", ""][:2]
    if attribute == "GroupId":
        return f"@resource:{logical_id}@"
    if attribute == "Arn" and document.find(logical_id, LOG_GROUP):
        prefix = f"arn:{environment.partition}:logs:{environment.region}:{environment.account_id}"
        return f"{prefix}:log-group:@resource:{logical_id}@:*"
    return UNKNOWN


def _selected(argument: list[object]) -> str:
    """Return a part of a repository's URI.

    Its account is ``Select 0`` of a split at dots, its name ``Select 1`` of one at the registry's
    domain.
    """
    index, source = argument if len(argument) == 2 else ("", None)
    name, split = symbols.function(source) or ("", None)
    if name == symbols.SPLIT and isinstance(split, list) and len(split) == 2:
        if str(index) == "1" and str(split[0]).endswith("/"):
            return placeholder_of(split[1], "path") or UNKNOWN
        if str(index) == "0" and split[0] == ".":
            return placeholder_of(split[1], "account") or UNKNOWN
    return UNKNOWN


def placeholder_of(value: object, part: str = "") -> str:
    """Return the placeholder of a value of another stack, or of a part of it; empty for none.

    Outputs of other regions and accounts have none: the script cannot ask there.
    """
    reference = read_expression(value)
    if isinstance(reference, Export):
        return f"@{part or 'export'}:{reference.name}@"
    if reference is None or reference.region or reference.role_arn:
        return ""
    return f"@output{'-' * bool(part)}{part}:{reference.stack}.{reference.output}@"


def placeholders(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return kind and name of every placeholder in ``texts``, each once, sorted."""
    return tuple(sorted({(one[1], one[2]) for text in texts for one in PLACEHOLDER.finditer(text)}))


def script(subject: Subject, texts: Mapping[str, str]) -> str:
    """Return the script for the files ``texts``, by their paths."""
    source = resources.files(__package__ or __name__).joinpath("run.sh.txt")
    wanted = "\n".join(f"fill {kind} '{name}'" for kind, name in placeholders(texts.values()))
    roles = sorted({path.split("/")[1] for path in texts if path.startswith("roles/")})
    networks = sorted(path for path in texts if path.startswith("network/"))
    values = {
        "environment": subject.name,
        "account": subject.environment.account_id,
        "region": subject.environment.region,
        "stack": subject.environment.stack_name,
        "sha256": subject.sha256,
        "placeholders": wanted,
        "networks": " ".join(networks),
        "roles": " ".join(roles),
    }
    # A shell script is full of dollar signs and braces: %name% is what it has none of.
    return re.sub(r"%([a-z0-9]+)%", lambda one: values[one[1]], source.read_text("utf-8"))
