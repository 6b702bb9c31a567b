"""What only an account can settle, asked while the stack stands and answered in words.

A question that cannot be asked is a doubt. An answer that differs from what the project assumes
does not hold, and says what has to change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bidops_cfn.permissions.place import Place
from tests.aws.steps import Step, Verdict, doubt

STACK_TAG = "aws:cloudformation:stack-name"
DENIED = ("AccessDenied", "not authorized to perform", "UnauthorizedOperation")


@dataclass(frozen=True)
class Account:
    """A deployed stack: clients by service, its place, physical ids, its events' reasons."""

    client: Callable[[str], Any]
    place: Place
    physical: Mapping[str, str]
    reasons: tuple[str, ...]


def settle(account: Account) -> Iterator[Step]:
    """Yield the answer to every question."""
    for claim, ask in QUESTIONS.items():
        try:
            verdict, why = ask(account)
            yield Step(claim, verdict, why)
        except (BotoCoreError, ClientError, KeyError) as error:
            yield doubt(claim, f"could not be asked: {error}")


def ask_for_grace(account: Account) -> tuple[Verdict, str]:
    """Ask ECS to take a grace period for the service without a load balancer."""
    try:
        account.client("ecs").update_service(
            cluster=account.physical["Cluster"],
            service=account.physical["AgentCoreService"],
            healthCheckGracePeriodSeconds=60,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidParameterException":
            raise
        return Verdict.HOLDS, f"ECS refuses it: {error.response['Error']['Message']}"
    return (
        Verdict.FAILS,
        "ECS takes it: the container health check's StartPeriod is no longer the only way",
    )


def ask_for_tags(account: Account) -> tuple[Verdict, str]:
    """Look for the stack's tag on what the service role may delete with it alone."""
    without = [
        name for name, tags in list_tags(account) if tags.get(STACK_TAG) != account.place.stack
    ]
    if without:
        where = "bidops_cfn/permissions/scopes.py asks for it"
        return (
            Verdict.FAILS,
            f"{', '.join(without)}: without it, so that the service role cannot delete it; {where}",
        )
    return Verdict.HOLDS, "security groups, target group, rule, namespace and service have it"


def list_tags(account: Account) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield logical id and tags of each resource that is deleted by its tag."""
    physical, client = account.physical, account.client
    groups = {name: physical[name] for name in ("BffSecurityGroup", "AgentCoreSecurityGroup")}
    described = client("ec2").describe_security_groups(GroupIds=list(groups.values()))
    found = {one["GroupId"]: one.get("Tags", []) for one in described["SecurityGroups"]}
    for name, group in groups.items():
        yield name, plain(found[group])
    balancing = {name: physical[name] for name in ("BffTargetGroup", "BffListenerRule")}
    answer = client("elbv2").describe_tags(ResourceArns=list(balancing.values()))
    tagged = {one["ResourceArn"]: one["Tags"] for one in answer["TagDescriptions"]}
    for name, arn in balancing.items():
        yield name, plain(tagged[arn])
    for name, kind in {"Namespace": "namespace", "AgentCoreDiscovery": "service"}.items():
        arn = account.place.arn("servicediscovery", f"{kind}/{physical[name]}")
        answer = client("servicediscovery").list_tags_for_resource(ResourceARN=arn)
        yield name, plain(answer["Tags"])


def plain(tags: list[dict[str, str]]) -> dict[str, str]:
    """Return tags as a mapping."""
    return {one["Key"]: one["Value"] for one in tags}


def ask_for_names(account: Account) -> tuple[Verdict, str]:
    """Compare the roles' generated names with what the policies are narrowed to."""
    prefix = account.place.role_prefix
    roles = [one for name, one in account.physical.items() if name.endswith("Role")]
    other = [name for name in roles if not name.startswith(prefix)]
    if other or not roles:
        return Verdict.FAILS, f"{', '.join(other) or 'no role'} does not start with {prefix}"
    return Verdict.HOLDS, f"all {len(roles)} start with {prefix}"


def ask_for_denials(account: Account) -> tuple[Verdict, str]:
    """Look for a denial in the stack's events; it counts for the printed policy with a role."""
    denied = [one for one in account.reasons if any(word in one for word in DENIED)]
    if denied:
        return Verdict.FAILS, "; ".join(denied)
    if not account.place.environment.deploy.role_arn:
        return (
            Verdict.UNKNOWN,
            "deploy.role_arn is not set: CloudFormation acted with the caller's permissions",
        )
    return Verdict.HOLDS, "no event tells of a denial"


def ask_for_target_group(account: Account) -> tuple[Verdict, str]:
    """Tell what CloudFormation calls the target group; a rule for it could narrow a policy."""
    name = account.physical["BffTargetGroup"].split(":targetgroup/")[1].split("/")[0]
    head = name.rpartition("-")[0]
    if account.place.stack.startswith(head.split("-")[0]):
        return Verdict.HOLDS, f"it is called {name}"
    return Verdict.FAILS, f"it is called {name}, which the stack's name does not start"


QUESTIONS: Mapping[str, Callable[[Account], tuple[Verdict, str]]] = {
    "ECS refuses a grace period for a service without a load balancer": ask_for_grace,
    "What the service role deletes by the stack's tag has that tag": ask_for_tags,
    "The generated names of roles start with what the policies say": ask_for_names,
    "CloudFormation is denied nothing with the printed policy": ask_for_denials,
    "The target group's generated name starts like the stack's": ask_for_target_group,
}
