"""``allowed_permissions.toml``: what each role may do, on what, and the requirement behind it.

The list names kinds of resources and conditions; what they are in an environment stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Protocol

from bidops_cfn.settings import contract
from bidops_cfn.settings.contract import Import, Imports
from bidops_cfn.settings.environment import Bedrock, Environment
from bidops_cfn.settings.services import Service
from bidops_cfn.settings.shapes import Array, Choice, Dictionary, Key, Table, Text
from bidops_cfn.settings.texts import SERVICE_NAME
from bidops_cfn.spec.parts import Part
from bidops_cfn.spec.reviewed import NONE, REQUIREMENT, read


class Stack(Protocol):
    """A stack that is judged: its settings, and what plays which part in it."""

    @property
    def settings(self) -> Environment:
        """The settings of its environment."""

    def id(self, service: Service, part: Part) -> str:
        """Return the logical id of what plays ``part`` for ``service``; empty for nothing."""


Values = list[object]
Shape = Callable[[Stack, Service], Values]
Condition = tuple[str, str, Values]


def imported(stack: Stack, value: Import) -> object:
    """Return the reference by which a stack gets a single value of another stack."""
    return stack.settings.references(value)[0].expression


def arn(rest: str, **values: object) -> object:
    """Return ``arn:<partition>:<rest>`` with pseudo parameters and ``values`` filled in."""
    return {"Fn::Sub": ["arn:${AWS::Partition}:" + rest, values]}


def _local(service: str, rest: str) -> object:
    return arn(f"{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}")


def _repository(stack: Stack, service: Service) -> Values:
    suffix = ".amazonaws.com.cn/" if stack.settings.partition == "aws-cn" else ".amazonaws.com/"
    uri = imported(stack, service.repository.value)
    account = {"Fn::Select": [0, {"Fn::Split": [".", uri]}]}
    name = {"Fn::Select": [1, {"Fn::Split": [suffix, uri]}]}
    return [arn("ecr:${AWS::Region}:${Account}:repository/${Name}", Account=account, Name=name)]


def _mounted(stack: Stack, service: Service, keeper: str) -> Values:
    """Return what is mounted of what ``ssm`` or ``secretsmanager`` keeps."""
    settings = stack.settings.services[service.name]
    if keeper == "ssm":
        return [imported(stack, contract.secret_import(one)) for one in settings.secrets.values()]
    outputs = settings.secrets_manager.values()
    return [imported(stack, contract.secrets_manager_import(one)) for one in outputs]


def _secrets_key(stack: Stack, service: Service) -> Values:
    used = any(_mounted(stack, service, keeper) for keeper in KEEPERS)
    return _key(stack, stack.settings.security.secrets_key_output) if used else []


def _key(stack: Stack, output: str | None) -> Values:
    return [imported(stack, contract.key_import(output))] if output else []


def _configuration(stack: Stack, service: Service) -> Values:
    path = stack.settings.services[service.name].configuration_path
    return [_local("ssm", f"parameter{path}{end}") for end in ("", "/*")]


def _bedrock(stack: Stack, service: Service) -> Bedrock:
    return stack.settings.services[service.name].bedrock


def _profiles(stack: Stack, service: Service) -> Values:
    profiles = _bedrock(stack, service).inference_profiles
    return [_local("bedrock", f"inference-profile/{profile}") for profile in profiles]


def _bucket(stack: Stack, rest: str) -> Values:
    name = imported(stack, Imports.KNOWLEDGE_BASE_BUCKET.value)
    return [arn("s3:::${Name}" + rest, Name=name)]


def _exec_logs(stack: Stack, _service: Service) -> Values:
    group = stack.settings.security.exec_log_group
    return [_local("logs", f"log-group:{group}:*")] if group else []


KEEPERS = ("ssm", "secretsmanager")
RESOURCES: Mapping[str, Shape] = {
    "everything": lambda _stack, _service: ["*"],
    "repository": _repository,
    "log group": lambda stack, one: [{"Fn::GetAtt": [stack.id(one, Part.LOG_GROUP), "Arn"]}],
    "mounted parameters": lambda stack, service: _mounted(stack, service, "ssm"),
    "mounted secrets": lambda stack, service: _mounted(stack, service, "secretsmanager"),
    "security agent": lambda stack, _service: [
        *filter(None, [stack.settings.security.guardduty_repository_arn])
    ],
    "secrets key": _secrets_key,
    "configuration key": lambda stack, _service: _key(
        stack, stack.settings.security.configuration_key_output
    ),
    "knowledge base key": lambda stack, _service: _key(
        stack, stack.settings.security.knowledge_base_key_output
    ),
    "configuration": _configuration,
    # A foundation model has no account, and a profile may route to any region that it names.
    "models": lambda stack, service: [
        arn(f"bedrock:*::foundation-model/{one}") for one in _bedrock(stack, service).models
    ],
    "profiles": _profiles,
    "agents": lambda stack, service: [
        _local("bedrock", f"agent-alias/{one}") for one in _bedrock(stack, service).agent_aliases
    ],
    "bucket": lambda stack, _service: _bucket(stack, ""),
    "objects": lambda stack, _service: _bucket(stack, "/*"),
    "exec channels": lambda stack, _service: (
        ["*"] if stack.settings.security.exec_log_group else []
    ),
    "exec logs": _exec_logs,
}


def secret_services(stack: Stack, service: Service) -> Condition:
    """Return the condition that a key is used through the services that keep the secrets."""
    return _through(keeper for keeper in KEEPERS if _mounted(stack, service, keeper))


def _through(services: Iterable[str]) -> Condition:
    via: Values = [{"Fn::Sub": name + ".${AWS::Region}.${AWS::URLSuffix}"} for name in services]
    return "stringequals", "kms:viaservice", via


def through_profiles(stack: Stack, service: Service) -> Condition | None:
    """Return the condition that a model is called by way of a profile; None where it need not."""
    if not _bedrock(stack, service).profiles_only:
        return None
    return "arnequals", "bedrock:inferenceprofilearn", _profiles(stack, service)


CONDITIONS: Mapping[str, Callable[[Stack, Service], Condition | None]] = {
    "secret services": secret_services,
    "ssm": lambda _stack, _service: _through(["ssm"]),
    "s3": lambda _stack, _service: _through(["s3"]),
    "profiles where settings force them": through_profiles,
}


FILE = "allowed_permissions.toml"
# The side of a session that answers, with the permissions that it has: only ssm:StartSession and
# ecs:ExecuteCommand begin one.
ANSWERING = frozenset(
    {
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }
)
# Actions that write data and nothing else, or only carry a session; the catalogue has no level
# between that and changing infrastructure.
DATA_WRITES = frozenset(
    {
        "bedrock:InvokeAgent",
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:PutObject",
        *ANSWERING,
    }
)
ACTION = Text(
    r"[a-z0-9-]+:[A-Za-z0-9]+", "an action written out, such as s3:GetObject, without wildcard"
)
ENTRY = Table(
    {
        "actions": Key(Array(ACTION, 1), "The actions."),
        "on": Key(Choice(tuple(RESOURCES)), "The kind of resource."),
        "under": Key(Choice(tuple(CONDITIONS)), "The condition.", optional=True),
        "requirement": Key(REQUIREMENT, "The requirement that asks for it.", optional=True),
    }
)
ROLE = Key(Array(ENTRY), "What the role may do.", optional=True)
SHAPE = Dictionary(
    SERVICE_NAME, Table({"execution": ROLE, "task": ROLE}), allowed="a table by service"
)


@cache
def allow_list() -> Mapping[str, Any]:
    """Return the entries by service and role; raises ``UsageError`` where the file is wrong."""
    return read(FILE, SHAPE)


def entries(service: str, role: str) -> tuple[Mapping[str, Any], ...]:
    """Return the entries of ``execution`` or ``task`` role of ``service``; none for a stranger."""
    return tuple(allow_list().get(service, {}).get(role, ()))


def requirement_of(entry: Mapping[str, Any]) -> str:
    """Return the requirement that asks for what ``entry`` allows, or NONE."""
    return str(entry.get("requirement", NONE))
