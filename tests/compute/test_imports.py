from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute import imports
from bidops_cfn.settings.contract import ImportNames, Imports, Stack
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export


def imported_names(node: object) -> Iterator[str]:
    """Every export name that a template imports."""
    if isinstance(node, dict):
        if set(node) == {"Fn::ImportValue"}:
            yield node["Fn::ImportValue"]
        for inner in node.values():
            yield from imported_names(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from imported_names(inner)


def plain(expressions: list[imports.Expression]) -> Any:
    """Expressions as a template has them."""
    return json.loads(json.dumps(expressions, default=lambda one: one.to_dict()))


def from_stack(document: dict[str, Any], environment: Environment, stack: Stack) -> set[str]:
    prefix = f"bidopsai-{environment.name}-{stack.value}-"
    return {
        name.removeprefix(prefix) for name in imported_names(document) if name.startswith(prefix)
    }


@pytest.mark.requirement("FR-047")
def test_the_template_takes_everything_of_the_network_from_the_network_stack(
    document: dict[str, Any], environment: Environment
) -> None:
    assert from_stack(document, environment, Stack.NETWORK) == {
        member.value.output for member in Imports if member.value.stack is Stack.NETWORK
    }


@pytest.mark.requirement("FR-048")
def test_the_template_takes_repositories_and_bucket_from_the_storage_stack(
    document: dict[str, Any], environment: Environment
) -> None:
    assert from_stack(document, environment, Stack.STORAGE) == {
        member.value.output for member in Imports if member.value.stack is Stack.STORAGE
    }


@pytest.mark.requirement("FR-049")
def test_the_template_takes_the_arns_of_secrets_from_the_security_stack(
    document: dict[str, Any], environment: Environment
) -> None:
    secrets = {
        output
        for service in environment.services.values()
        for output in (*service.secrets.values(), *service.secrets_manager.values())
    }
    key = {environment.security.secrets_key_output} - {None}
    assert from_stack(document, environment, Stack.SECURITY) == secrets | key


def test_every_import_is_a_literal_of_a_known_stack_outside_conditions(
    document: dict[str, Any], environment: Environment
) -> None:
    names = list(imported_names(document))
    prefixes = tuple(f"bidopsai-{environment.name}-{stack.value}-" for stack in Stack)
    assert all(isinstance(name, str) and name.startswith(prefixes) for name in names)
    assert "Fn::ImportValue" not in json.dumps(document["Conditions"])


def test_a_pair_is_one_export_split_in_two_or_two_exports(dev: Environment) -> None:
    pair = Imports.PRIVATE_APP_SUBNETS.value
    one = {"Fn::ImportValue": "bidopsai-dev-network-PrivateAppSubnetIds"}
    assert plain(imports.imported_pair(dev, pair)) == [
        {"Fn::Select": [0, {"Fn::Split": [",", one]}]},
        {"Fn::Select": [1, {"Fn::Split": [",", one]}]},
    ]
    apart = replace(dev, imports=ImportNames(exceptions={pair.key: (Export("a"), Export("b"))}))
    assert plain(imports.imported_pair(apart, pair)) == [
        {"Fn::ImportValue": "a"},
        {"Fn::ImportValue": "b"},
    ]


@pytest.mark.parametrize(
    ("region", "suffix"), [("us-east-1", ".amazonaws.com/"), ("cn-north-1", ".amazonaws.com.cn/")]
)
def test_a_repositorys_arn_is_derived_from_its_uri(
    dev: Environment, region: str, suffix: str
) -> None:
    arn = imports.repository_arn(replace(dev, region=region), Imports.APP_REPOSITORY)
    uri = {"Fn::ImportValue": "bidopsai-dev-storage-AppEcrRepositoryUri"}
    assert arn.to_dict() == {
        "Fn::Sub": [
            "arn:${AWS::Partition}:ecr:${AWS::Region}:${Account}:repository/${Name}",
            {
                "Account": {"Fn::Select": [0, {"Fn::Split": [".", uri]}]},
                "Name": {"Fn::Select": [1, {"Fn::Split": [suffix, uri]}]},
            },
        ]
    }
