"""Claims about roles: what they may not do, nor come to do by another role or a policy.

No role can delete resources or change infrastructure (FR-018). An action is harmless if the
catalogue says that it lists or reads, or if it is one of the few that write data and nothing else.
Everything else, and everything unknown, counts as destructive.

A service without the capability cannot use Bedrock (US5-4). The way goes from every ECS service
that runs it over its task definition to the role that its code gets and the one that starts it, so
that swapped roles are seen, and on to the roles that trust these. Conditions, resources and denials
are ignored: an action that is allowed anywhere counts as allowed. The catalogue ranks actions; the
services whose actions run code or hand out credentials are named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from bidops_cfn.facts import symbols
from bidops_cfn.facts.actions import access_level
from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.expansions import is_dynamic
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs.strangers import strangers
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import Role, may_be_called, role_of
from bidops_cfn.facts.services import TaskDefinition
from bidops_cfn.facts.verdict import Claim, Outcomes, Verdict, Witness, judged
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.permissions import ANSWERING, DATA_WRITES


def admits(reading: Reading, role: Role, kind: str, who: object) -> str:
    """Return whether a principal is, or may be, ``role``; empty for what it is not."""
    written = symbols.text(who)
    if kind not in ("AWS", "*"):
        return ""
    if written is None:
        own = role_of(reading.document, who)
        if own is None and role.logical_id in symbols.all_referenced(who):
            own = role.logical_id
        if own == role.logical_id:
            return "against"
        pseudo = symbols.all_referenced(who) <= {"AWS::AccountId", "AWS::Partition"}
        return "" if own or (pseudo and symbols.show(who).endswith(":root")) else "unknown"
    if "*" in written:
        return "against"
    if is_dynamic(written):
        return "unknown"
    # arn:aws:iam::ACCOUNT:role/PATH/NAME, or arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION
    names = written.split("/")[1:]
    return "against" if any(may_be_called(role.resource, one) for one in names) else ""


def admitted(reading: Reading, role: Role, counts: Callable[[str], bool]) -> Outcomes:
    """Yield what policies of the template's resources permit ``role``, of actions that count.

    In an account of its own such a policy permits by itself, whatever the role's policies say.
    """
    for resource, statement in reading.resource_statements:
        if not statement.allows or not any(map(counts, statement.actions)):
            continue
        for kind, who in statement.principals:
            outcome = admits(reading, role, kind, who)
            if outcome:
                text = f"{resource.logical_id} admits {symbols.show(who)}"
                yield outcome, Witness(text, statement.path)


NOWHERE = ("Resources",)
PERMISSIONS = "Permissions management"
READING = frozenset({"List", "Read"})
# Who one is, and what a message said: nothing that one could be afterwards.
ASKING = frozenset(
    {"sts:DecodeAuthorizationMessage", "sts:GetAccessKeyInfo", "sts:GetCallerIdentity"}
)
# They keep identities, credentials and roles: what writes there writes permissions, by role
# policies, access keys, login profiles, service-specific credentials, PassRole.
IDENTITY = frozenset(
    {
        "account", "cognito-identity", "cognito-idp", "iam", "identitystore", "organizations",
        "rolesanywhere", "signin", "sso", "sso-directory", "sso-oauth",
    }
)  # fmt: skip
# They run code or change stacks under a role of their own, or open a shell in what has one.
RUNNERS = frozenset(
    {
        "apprunner", "batch", "bedrock-agentcore", "cloud9", "cloudformation", "cloudshell",
        "codebuild", "codedeploy", "codepipeline", "codestar", "datapipeline", "ec2",
        "ec2-instance-connect", "ec2messages", "ecs", "eks", "eks-auth", "elasticbeanstalk",
        "elasticmapreduce", "emr-serverless", "events", "gamelift", "glue", "imagebuilder",
        "iot", "lambda", "lightsail", "opsworks", "pipes", "proton", "sagemaker", "scheduler",
        "servicecatalog", "ssm", "ssm-guiconnect", "ssmmessages", "states", "swf",
    }
)  # fmt: skip


@lru_cache(maxsize=32_768)
def escalates(action: str) -> bool:
    """Tell whether ``action``, spelt as the catalogue does, may lead to further permissions."""
    prefix = action.partition(":")[0]
    levels = frozenset(access_level(action).split(", "))
    if action in ANSWERING:
        return False
    if prefix == "sts":
        return action not in ASKING
    if prefix in IDENTITY or prefix in RUNNERS:
        return not levels <= READING
    return PERMISSIONS in levels or "Unknown" in levels


def is_destructive(action: str) -> bool:
    """Tell whether ``action`` may delete something or change infrastructure."""
    levels = frozenset(access_level(action).split(", "))
    return action not in DATA_WRITES and not levels <= READING


def _objects(role: Role, contract: Contract) -> tuple[str, ...]:
    if not any("s3:PutObject" in one.actions for one in role.statements if one.allows):
        return ()
    bucket = contract.written(Imports.KNOWLEDGE_BASE_BUCKET.value)
    return (f"writing an object can replace it: the bucket of {bucket} keeps versions",)


def _unaided(role: Role) -> str:
    name = role.logical_id
    return f"no other stack attaches a policy to {name} or admits it in a policy of a resource"


def no_destruction(reading: Reading, role: Role, contract: Contract) -> Verdict:
    """Judge the claim that ``role`` permits no deletion and no change of infrastructure."""
    claim = Claim(
        "no-destruction",
        role.logical_id,
        f"The template gives {role.logical_id} no permission to delete resources or to change "
        "infrastructure.",
        ("FR-018",),
        (_unaided(role), *_objects(role, contract)),
    )
    return judged(claim, _destroying(reading, role))


def _destroying(reading: Reading, role: Role) -> Outcomes:
    yield from _permitted(role, is_destructive, "lists, reads or writes data only")
    yield from admitted(reading, role, is_destructive)


# Variables by which an SDK takes credentials instead of the task role's.
CREDENTIALS = re.compile(
    r"AWS_(BEARER_TOKEN_\w+|ACCESS_KEY_ID|SECRET_ACCESS_KEY|(SESSION|SECURITY)_TOKEN"
    r"|CONTAINER_CREDENTIALS_\w+|(DEFAULT_)?PROFILE|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE"
    r"|(SHARED_CREDENTIALS|CONFIG)_FILE)$"
)


def is_forbidden(action: str) -> bool:
    """Tell whether ``action`` is one of Bedrock, or leads to permissions that may be."""
    return action.startswith("bedrock") or escalates(action)


def no_bedrock(reading: Reading, service: Service) -> Verdict:
    """Judge the claim that the code of ``service`` cannot call Bedrock, as itself or as another."""
    roles = _roles(reading, service)
    claim = Claim(
        "no-bedrock",
        service.name,
        f"The template gives {service.name} no permission to use Bedrock, nor another role to take "
        "on.",
        ("FR-016", "US5-4"),
        (
            *map(_unaided, roles),
            f"what {service.name} asks another service to do is that service's own permission",
        ),
    )
    return judged(claim, _outcomes(reading, service, roles))


def _roles(reading: Reading, service: Service) -> tuple[Role, ...]:
    running = reading.running(service)
    tasks = (reading.task(one) for one in running)
    names = [name for task in tasks if task for name in (task.task_role, task.execution_role)]
    return tuple(reading.roles[name] for name in dict.fromkeys(filter(None, names)))


def _outcomes(reading: Reading, service: Service, roles: tuple[Role, ...]) -> Outcomes:
    yield from strangers(reading, service)
    running = reading.running(service)
    tasks = [reading.task(one) for one in running]
    missing = f"no task role of {service.name} is in the template"
    for task in tasks:
        if task is None or task.task_role is None:
            yield "unknown", Witness(missing, task.resource.at("TaskRoleArn") if task else NOWHERE)
        elif task.execution_role is None and task.resource.get("ExecutionRoleArn") is not None:
            text = f"the role that starts {service.name} is not in the template"
            yield "unknown", Witness(text, task.resource.at("ExecutionRoleArn"))
        yield from _credentials(task)
    if not running:
        yield "unknown", Witness(missing, NOWHERE)
    for role in roles:
        if not (role.statements or role.outside):
            text = f"{role.logical_id} has no permission that could be judged"
            yield "unknown", Witness(text, role.resource.path)
        yield from _permitted(role, is_forbidden, "allows no such action")
        yield from _trusting(reading, role)
        yield from admitted(reading, role, is_forbidden)
    for role in roles:
        yield "shown", Witness(f"{role.logical_id} is a role of {service.name}", role.resource.path)


def _credentials(task: TaskDefinition | None) -> Outcomes:
    """Yield every variable by which the code gets, or may get, other credentials."""
    for container in task.containers if task else ():
        for step in ("Environment", "Secrets", "EnvironmentFiles"):
            for raw, path in container.each(step):
                name = symbols.text(mapping(raw).get("Name"))
                if name is None or CREDENTIALS.match(name):
                    text = f"{name or 'a variable of any name'} has the credentials of another"
                    yield "unknown", Witness(text, path)


def _permitted(role: Role, counts: Callable[[str], bool], harmless: str) -> Outcomes:
    """Yield which of the role's own policies allow an action that counts."""
    for _, path in role.outside:
        yield "unknown", Witness("a managed policy from outside", path)
    for one in role.statements:
        reached = sorted(filter(counts, one.actions)) if one.allows else []
        if not one.readable:
            yield "unknown", Witness("the statement cannot be read", one.path)
        elif not reached:
            yield "shown", Witness(harmless, one.path)
        else:
            more = f" and {len(reached) - 3} more" if len(reached) > 3 else ""
            yield "against", Witness(f"allows {', '.join(reached[:3])}{more}", one.path)


def _trusting(reading: Reading, role: Role) -> Outcomes:
    """Yield every role that ``role`` may take on because that one trusts it."""
    for other in reading.roles.values():
        for statement in other.trust:
            if not statement.readable:
                text = f"whom {other.logical_id} trusts cannot be read"
                yield "unknown", Witness(text, statement.path)
            for kind, who in statement.principals if statement.allows else ():
                outcome = admits(reading, role, kind, who)
                if outcome:
                    text = f"{other.logical_id} trusts {symbols.show(who)}"
                    yield outcome, Witness(text, statement.path)
