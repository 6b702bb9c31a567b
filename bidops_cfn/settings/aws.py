"""What AWS offers: regions, partitions, Bedrock's geographies, and the sizes of Fargate's tasks.

A test holds the regions to botocore's; settings import no AWS library for a list of names. Other
partitions have registries under other domains, from which the template derives no repository.
"""

from __future__ import annotations

from collections.abc import Mapping

COMMERCIAL = (
    "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 "
    "ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 "
    "ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 "
    "eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 "
    "me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2"
)
PARTITIONS: Mapping[str, tuple[str, ...]] = {
    "aws": tuple(COMMERCIAL.split()),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
}
REGIONS = tuple(region for regions in PARTITIONS.values() for region in regions)

# Prefix of an inference profile -> how the regions begin that may call it. A neighbour that AWS
# lets call a geography belongs to it; what is refused is sure to be refused by Bedrock.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
GEOGRAPHIES: Mapping[str, tuple[str, ...]] = {
    "apac": ("ap-", "me-"),
    "au": ("ap-southeast-2", "ap-southeast-4", "ap-southeast-6"),
    "ca": ("ca-",),
    "eu": ("eu-", "il-"),
    "global": ("af-", "ap-", "ca-", "eu-", "il-", "me-", "mx-", "sa-", "us-east-", "us-west-"),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
    "us": ("us-east-", "us-west-", "ca-", "mx-"),
    "us-gov": ("us-gov-",),
}


def partition(region: str) -> str:
    """Return the partition of a known region: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    return next(name for name, regions in PARTITIONS.items() if region in regions)


def profile_prefixes(region: str) -> tuple[str, ...]:
    """Return the prefixes of the inference profiles that may be called from ``region``."""
    return tuple(f"{name}." for name, starts in GEOGRAPHIES.items() if region.startswith(starts))


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
# CPU units (1024 is one vCPU) -> memory in MiB.
FARGATE_MEMORY: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
LEAST_MEMORY = min(map(min, FARGATE_MEMORY.values()))
MOST_MEMORY = max(map(max, FARGATE_MEMORY.values()))
ARCHITECTURES = ("X86_64", "ARM64")
