from __future__ import annotations

import boto3
import pytest
from cfnlint.helpers import REGIONS as LINTED

from bidops_cfn.settings.aws import (
    FARGATE_MEMORY,
    GEOGRAPHIES,
    PARTITIONS,
    REGIONS,
    partition,
    profile_prefixes,
)


@pytest.mark.parametrize("name", PARTITIONS)
def test_the_regions_are_those_in_which_botocore_knows_ecs(name: str) -> None:
    known = boto3.Session().get_available_regions("ecs", partition_name=name)
    assert sorted(PARTITIONS[name]) == known
    assert {partition(region) for region in known} == {name}


def test_cfn_lint_knows_every_region() -> None:
    assert set(REGIONS) <= set(LINTED)


def test_every_region_of_the_world_has_a_profile_and_every_geography_a_region() -> None:
    for region in PARTITIONS["aws"]:
        assert "global." in profile_prefixes(region)
    for name in GEOGRAPHIES:
        assert any(f"{name}." in profile_prefixes(region) for region in REGIONS), name


@pytest.mark.parametrize(
    ("region", "prefixes"),
    [
        ("us-east-1", {"us.", "global."}),
        ("eu-west-1", {"eu.", "global."}),
        ("ap-northeast-1", {"apac.", "jp.", "global."}),
        ("ap-southeast-2", {"apac.", "au.", "global."}),
        ("us-gov-west-1", {"us-gov."}),
        ("cn-north-1", set()),
    ],
)
def test_a_profile_is_called_from_its_geography(region: str, prefixes: set[str]) -> None:
    assert set(profile_prefixes(region)) == prefixes


def test_memory_grows_with_cpu_as_fargate_documents_it() -> None:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    assert {cpu: (sizes[0], sizes[-1], len(sizes)) for cpu, sizes in FARGATE_MEMORY.items()} == {
        256: (512, 2048, 3),
        512: (1024, 4096, 4),
        1024: (2048, 8192, 7),
        2048: (4096, 16384, 13),
        4096: (8192, 30720, 23),
        8192: (16384, 61440, 12),
        16384: (32768, 122880, 12),
    }
