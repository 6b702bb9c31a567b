"""What the names in ``allowed_permissions.toml`` stand for, in an environment and for a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bidops_cfn.contract import Imports, key_import, secret_import, secrets_manager_import
from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import Part
from bidops_cfn.model import Service
from bidops_cfn.rules._case import World

Values = list[object]
Shape = Callable[[World, Service], Values]


def arn(rest: str, **values: object) -> object:
    """Return ``arn:<partition>:<rest>`` with pseudo parameters and ``values`` filled in."""
    return symbols.canonical({symbols.SUB: ["arn:${AWS::Partition}:" + rest, values]})


def _local(service: str, rest: str) -> object:
    return arn(f"{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}")


def _repository(world: World, service: Service) -> Values:
    suffix = ".amazonaws.com.cn/" if world.settings.partition == "aws-cn" else ".amazonaws.com/"
    uri = world.contract.one(service.repository.value)
    account = {symbols.SELECT: [0, {symbols.SPLIT: [".", uri]}]}
    name = {symbols.SELECT: [1, {symbols.SPLIT: [suffix, uri]}]}
    return [arn("ecr:${AWS::Region}:${Account}:repository/${Name}", Account=account, Name=name)]


def _log_group(world: World, service: Service) -> Values:
    return [{symbols.GETATT: [world.id(service, Part.LOG_GROUP), "Arn"]}]


def _mounted_parameters(world: World, service: Service) -> Values:
    outputs = world.settings.services[service.name].secrets.values()
    return [world.contract.one(secret_import(output)) for output in outputs]


def _mounted_secrets(world: World, service: Service) -> Values:
    outputs = world.settings.services[service.name].secrets_manager.values()
    return [world.contract.one(secrets_manager_import(output)) for output in outputs]


def _secrets_key(world: World, service: Service) -> Values:
    output = world.settings.secrets_key_output
    used = _mounted_parameters(world, service) or _mounted_secrets(world, service)
    return [world.contract.one(key_import(output))] if output and used else []


def _configuration(world: World, service: Service) -> Values:
    path = world.settings.services[service.name].configuration_path
    return [_local("ssm", f"parameter{path}{end}") for end in ("", "/*")]


def _models(world: World, service: Service) -> Values:
    bedrock = world.settings.services[service.name].bedrock
    # A foundation model has no account, and a profile may route to any region that it names.
    models = [arn(f"bedrock:*::foundation-model/{model}") for model in bedrock.models]
    profiles = bedrock.inference_profiles
    return models + [_local("bedrock", f"inference-profile/{profile}") for profile in profiles]


def _agents(world: World, service: Service) -> Values:
    aliases = world.settings.services[service.name].bedrock.agent_aliases
    return [_local("bedrock", f"agent-alias/{alias}") for alias in aliases]


def _bucket(world: World, _service: Service) -> Values:
    return [arn("s3:::${Name}", Name=world.contract.one(Imports.KNOWLEDGE_BASE_BUCKET.value))]


def _objects(world: World, _service: Service) -> Values:
    return [arn("s3:::${Name}/*", Name=world.contract.one(Imports.KNOWLEDGE_BASE_BUCKET.value))]


RESOURCES: Mapping[str, Shape] = {
    "everything": lambda _world, _service: ["*"],
    "repository": _repository,
    "log group": _log_group,
    "mounted parameters": _mounted_parameters,
    "mounted secrets": _mounted_secrets,
    "secrets key": _secrets_key,
    "configuration": _configuration,
    "models": _models,
    "agents": _agents,
    "bucket": _bucket,
    "objects": _objects,
}


def secret_services(world: World, service: Service) -> tuple[str, str, Values]:
    """Return the condition that a key is used through the services that keep the secrets."""
    used = {"ssm": _mounted_parameters, "secretsmanager": _mounted_secrets}
    via = [
        symbols.canonical({symbols.SUB: name + ".${AWS::Region}.${AWS::URLSuffix}"})
        for name, mounted in used.items()
        if mounted(world, service)
    ]
    return "stringequals", "kms:viaservice", via


CONDITIONS = {"secret services": secret_services}
