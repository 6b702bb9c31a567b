"""The roles that deploy an environment, and the policy of each, with what a person has to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from bidops_cfn.deploy.calls import Call, Need
from bidops_cfn.errors import UsageError
from bidops_cfn.frozen import frozen
from bidops_cfn.permissions import deployer
from bidops_cfn.permissions.cloudformation import grant
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import (
    LIMIT,
    Json,
    Statement,
    build_document,
    measure_document,
    split_statements,
)

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: of one role, in sum
INLINE_LIMIT = 10_240


class Role(StrEnum):
    """Who gets the policy."""

    READER = "reader"
    PLANNER = "planner"
    DEPLOYER = "deployer"
    CLOUDFORMATION = "cloudformation"

    @property
    def summary(self) -> str:
        """What the role is for."""
        return SUMMARIES[self]


SUMMARIES = {
    Role.READER: "preflight, status, watch, diff: looks, and changes nothing",
    Role.PLANNER: "plan: makes and deletes change sets, and executes none",
    Role.DEPLOYER: "every command that deploys: the person or pipeline that types it",
    Role.CLOUDFORMATION: "what CloudFormation does to the resources: deploy.role_arn",
}
CHANGING = {Role.READER: frozenset[Call](), Role.PLANNER: deployer.PLANNING, Role.DEPLOYER: None}


@frozen
class Policy:
    """The policy of a role: its statements, and notes for the person who attaches it."""

    statements: tuple[Statement, ...]
    notes: tuple[str, ...]

    @property
    def parts(self) -> list[Json]:
        """The documents of managed policies that it takes."""
        return split_statements(self.statements)

    def part(self, number: int | None) -> Json:
        """Return the whole document, or the part ``number``, from 1; raises ``UsageError``."""
        if number is None:
            return build_document(self.statements)
        parts = self.parts
        if number > len(parts):
            raise UsageError(
                f"there is no part {number}",
                "the policy fits into one managed policy"
                if len(parts) == 1
                else f"the policy has {len(parts)} parts",
                hint="Leave --part out for the whole policy.",
            )
        return parts[number - 1]


def build_policy(role: Role, place: Place, bucket: str | None = None) -> Policy:
    """Return the policy of ``role`` for an environment; raises ``UsageError``.

    ``bucket`` is the one that templates too big for a request go through; None stands for any.
    """
    if role is Role.CLOUDFORMATION:
        found = grant(place)
        statements: Sequence[Statement] = found.statements
        notes = [*(f"not granted: {line}" for line in found.open), *_note_roles(place)]
    else:
        needs = (Need.READ,) if role is Role.READER else (Need.READ, Need.DEPLOY)
        statements = deployer.build_statements(place, needs, bucket, CHANGING[role])
        notes = list(_note_planning(place)) if role is Role.PLANNER else []
        notes += _note_deploying(place, bucket) if role is Role.DEPLOYER else ()
    return Policy(tuple(statements), (*notes, *_note_size(build_document(statements), statements)))


def _note_roles(place: Place) -> Iterator[str]:
    one = place.environment
    if not one.security.permissions_boundary_arn:
        yield (
            "no permissions boundary: this role can give the roles of the stack any permission. "
            "security.permissions_boundary_arn in the settings bounds them."
        )
    name = (one.deploy.role_arn or "").partition(":role/")[2]  # with its path
    if name.startswith(place.role_prefix):
        yield (
            f"deploy.role_arn is called {name}, like a role of the stack: it could widen itself. "
            f"Give it a name that does not start with {place.role_prefix}"
        )


def _note_planning(place: Place) -> Iterator[str]:
    yield (
        f"the first plan of {place.stack} leaves an empty stack in REVIEW_IN_PROGRESS, which the "
        "planner may not delete; a deployment takes it."
    )
    if not place.environment.deploy.role_arn:
        yield (
            "deploy.role_arn is not set: a change set that a planner made acts as who executes it."
        )


def _note_deploying(place: Place, bucket: str | None) -> Iterator[str]:
    if not place.environment.deploy.role_arn:
        yield (
            "deploy.role_arn is not set: CloudFormation acts as the deployer, who needs the policy "
            f"of --role {Role.CLOUDFORMATION} too."
        )
    if bucket is None:
        yield (
            "any bucket of the account, below bidops-cfn/, for --s3-bucket of deploy; "
            "--s3-bucket NAME narrows it."
        )


def _note_size(whole: Json, statements: Sequence[Statement]) -> Iterator[str]:
    length = measure_document(whole)
    if length > LIMIT:
        parts = len(split_statements(statements))
        inline = f"inline in a role ({INLINE_LIMIT:,}), or " if length <= INLINE_LIMIT else ""
        yield (
            f"{length:,} characters, and a managed policy takes {LIMIT:,}: attach it {inline}"
            f"as {parts} managed policies, --part 1 to --part {parts}."
        )
