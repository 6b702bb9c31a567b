"""Contract values as template expressions: ``Fn::ImportValue``, and what is derived from one.

An ARN that can be derived from an imported name is derived, so that a policy and the thing that it
protects come from the same export.
"""

from __future__ import annotations

from troposphere import AWSHelperFn, ImportValue, Select, Split, Sub

from bidops_cfn.contract import Import, Imports
from bidops_cfn.model import Environment


def imported(environment: Environment, value: Import) -> ImportValue:
    """Return the import of a single ``value``."""
    (name,) = environment.export_names(value)
    return ImportValue(name)


def imported_pair(environment: Environment, value: Import) -> list[AWSHelperFn]:
    """Return both ids of a pair: two exports, or one comma-separated export split in two."""
    names = environment.export_names(value)
    if len(names) == 2:
        return [ImportValue(name) for name in names]
    (name,) = names
    return [Select(index, Split(",", ImportValue(name))) for index in (0, 1)]


def repository_arn(environment: Environment, repository: Imports) -> Sub:
    """Return the ARN of the ECR repository whose URI is imported, in the account of the URI.

    ``<account>.dkr.ecr.<region>.amazonaws.com/<name>``: the region is ours, since no endpoint of
    the network leads to the registry of another one. A dual-stack host cannot be split like this,
    so that a change set with one fails.
    """
    suffix = ".amazonaws.com.cn/" if environment.partition == "aws-cn" else ".amazonaws.com/"
    uri = imported(environment, repository.value)
    return Sub(
        "arn:${AWS::Partition}:ecr:${AWS::Region}:${Account}:repository/${Name}",
        Account=Select(0, Split(".", uri)),
        Name=Select(1, Split(suffix, uri)),
    )


def bucket_arn(environment: Environment, bucket: Imports, objects: str = "") -> Sub:
    """Return the ARN of the imported bucket, or of its ``objects`` (``/*``)."""
    return Sub(
        "arn:${AWS::Partition}:s3:::${Bucket}" + objects,
        Bucket=imported(environment, bucket.value),
    )


def load_balancer_dimension(environment: Environment) -> Select:
    """Return the public load balancer as metrics name it: what follows ``loadbalancer/``."""
    arn = imported(environment, Imports.PUBLIC_ALB_ARN.value)
    return Select(1, Split("loadbalancer/", arn))
