from __future__ import annotations

import dataclasses

import pytest

from bidops_cfn.contract import ImportNames
from bidops_cfn.model import Environment
from bidops_cfn.review.names import Names, contract_values

REPOSITORY = "bidopsai-prod-storage-AppEcrRepositoryUri"


@pytest.mark.parametrize(
    ("shown", "read"),
    [
        ("${import bidopsai-prod-network-VpcId}", "${network.VpcId}"),
        ("${import somebody-elses}", "${import somebody-elses}"),
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
    names = ImportNames(exceptions={"network.VpcId": ("shared-vpc",)})
    changed = Names.of(dataclasses.replace(prod, import_names=names))
    assert changed.title("shared-vpc") == "network.VpcId (export shared-vpc)"
    assert changed.title("bidopsai-prod-network-VpcId") == "bidopsai-prod-network-VpcId"


def test_secrets_and_their_key_are_part_of_the_contract(prod: Environment) -> None:
    keys = {value.key for value in contract_values(prod)}
    assert {"security.SecretsKeyArn", "security.BffDatabaseUrlParameterArn"} <= keys
    assert len(keys) == len(contract_values(prod))
