from __future__ import annotations

import dataclasses

import pytest

from bidops_cfn.review.names import Names
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, StackOutput

REPOSITORY = "bidopsai-prod-storage-AppEcrRepositoryUri"


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        ("${import bidopsai-prod-network-VpcId}", "${network.VpcId}"),
        ("${import of-another-team}", "${import of-another-team}"),
        (
            "${item 1 of split , of import bidopsai-prod-network-PrivateAppSubnetIds}",
            "${half 1 of network.PrivateAppSubnetIds}",
        ),
        (
            f"${{item 1 of split .amazonaws.com/ of import {REPOSITORY}}}",
            "${name in storage.AppEcrRepositoryUri}",
        ),
        ("${import bidopsai-dev-network-VpcId}", "${import bidopsai-dev-network-VpcId}"),
        ("no import at all", "no import at all"),
    ],
)
def test_imports_are_shown_by_key_and_strangers_as_they_are(
    prod: Environment, shown: str, read: str
) -> None:
    assert Names.of(prod).shown(shown) == read


def test_names_that_settings_map_are_known(prod: Environment) -> None:
    names = ImportNames(exceptions={"network.VpcId": (Export("shared-vpc"),)})
    changed = Names.of(dataclasses.replace(prod, imports=names))
    assert changed.title(Export("shared-vpc")) == "network.VpcId (export shared-vpc)"
    unknown = "bidopsai-prod-network-VpcId"
    assert changed.title(Export(unknown)) == unknown


@pytest.mark.parametrize(
    ("reference", "shown", "read"),
    [
        (
            StackOutput("NetworkStack", "VpcId"),
            "${output VpcId of NetworkStack}",
            "${network.VpcId (output VpcId of NetworkStack)}",
        ),
        (
            StackOutput("NetworkStack", "VpcId", "eu-west-1", "arn:a"),
            "${output VpcId of NetworkStack in eu-west-1 by arn:a}",
            "${network.VpcId (output VpcId of NetworkStack in eu-west-1 by arn:a)}",
        ),
        (Constant("vpc-0a1b2c3d"), "vpc-0a1b2c3d", "${network.VpcId (constant vpc-0a1b2c3d)}"),
        (Constant("vpc-0a1b2c3d"), "vpc-0a1b2c3d-4", "vpc-0a1b2c3d-4"),
        (
            StackOutput("NetworkStack", "VpcId"),
            "${output VpcId of OtherStack}",
            "${output VpcId of OtherStack}",
        ),
    ],
)
def test_a_value_from_elsewhere_is_shown_with_its_source(
    prod: Environment, reference: StackOutput | Constant, shown: str, read: str
) -> None:
    names = ImportNames(exceptions={"network.VpcId": (reference,)})
    assert Names.of(dataclasses.replace(prod, imports=names)).shown(shown) == read


def test_secrets_and_their_key_are_part_of_the_contract(prod: Environment) -> None:
    keys = {value.key for value in prod.contract_values}
    assert {"security.SecretsKeyArn", "security.BffDatabaseUrlParameterArn"} <= keys
    assert len(keys) == len(prod.contract_values)
