"""Contract values as template expressions: the reference to each, and what is derived from one.

An ARN that can be derived from an imported name is derived, so that a policy and the thing that it
protects come from the same place.
"""

from __future__ import annotations

from typing import TypeAlias

from troposphere import AWSHelperFn, GetStackOutput, ImportValue, Join, Select, Split, Sub

from bidops_cfn.settings.contract import Import, Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export, Reference, StackOutput

Expression: TypeAlias = "AWSHelperFn | str"


def expression(reference: Reference) -> Expression:
    """Return ``reference`` as it stands in the template."""
    if isinstance(reference, Export):
        return ImportValue(reference.name)
    if isinstance(reference, StackOutput):
        return GetStackOutput(
            reference.stack, reference.output, reference.region or None, reference.role_arn or None
        )
    return reference.value


def imported(environment: Environment, value: Import) -> Expression:
    """Return a single ``value``."""
    (found,) = imported_each(environment, value)
    return found


def imported_each(environment: Environment, value: Import) -> list[Expression]:
    """Return ``value`` in as many parts as settings name: each of several security groups."""
    return [expression(reference) for reference in environment.references(value)]


def split(separator: str, text: Expression) -> Split:
    """Return ``text`` split; a stack's output is joined first, since a split takes no other."""
    return Split(separator, Join("", [text]) if isinstance(text, GetStackOutput) else text)


def imported_pair(environment: Environment, value: Import) -> list[Expression]:
    """Return both ids of a pair: two references, or a comma-separated text split in two."""
    found = imported_each(environment, value)
    if len(found) == 2:
        return found
    (both,) = found
    return [Select(index, split(",", both)) for index in (0, 1)]


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
        Account=Select(0, split(".", uri)),
        Name=Select(1, split(suffix, uri)),
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
    return Select(1, split("loadbalancer/", arn))
