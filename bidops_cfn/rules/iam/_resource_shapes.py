"""What the names in ``allowed_permissions.toml`` stand for, in an environment and for a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bidops_cfn.facts import symbols
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.settings.contract import Imports, key_import, secret_import, secrets_manager_import
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part

Values = list[object]
Shape = Callable[[ReadingUnderReview, Service], Values]


def arn(rest: str, **values: object) -> object:
    """Return ``arn:<partition>:<rest>`` with pseudo parameters and ``values`` filled in."""
    return symbols.canonical({symbols.SUB: ["arn:${AWS::Partition}:" + rest, values]})


def _local(service: str, rest: str) -> object:
    return arn(f"{service}:${{AWS::Region}}:${{AWS::AccountId}}:{rest}")


def _repository(case: ReadingUnderReview, service: Service) -> Values:
    suffix = ".amazonaws.com.cn/" if case.settings.partition == "aws-cn" else ".amazonaws.com/"
    uri = case.contract.one(service.repository.value)
    account = {symbols.SELECT: [0, {symbols.SPLIT: [".", uri]}]}
    name = {symbols.SELECT: [1, {symbols.SPLIT: [suffix, uri]}]}
    return [arn("ecr:${AWS::Region}:${Account}:repository/${Name}", Account=account, Name=name)]


def _log_group(case: ReadingUnderReview, service: Service) -> Values:
    return [{symbols.GETATT: [case.id(service, Part.LOG_GROUP), "Arn"]}]


def _mounted_parameters(case: ReadingUnderReview, service: Service) -> Values:
    outputs = case.settings.services[service.name].secrets.values()
    return [case.contract.one(secret_import(output)) for output in outputs]


def _mounted_secrets(case: ReadingUnderReview, service: Service) -> Values:
    outputs = case.settings.services[service.name].secrets_manager.values()
    return [case.contract.one(secrets_manager_import(output)) for output in outputs]


def _secrets_key(case: ReadingUnderReview, service: Service) -> Values:
    output = case.settings.security.secrets_key_output
    used = _mounted_parameters(case, service) or _mounted_secrets(case, service)
    return _key(case, output) if used else []


def _configuration_key(case: ReadingUnderReview, _service: Service) -> Values:
    return _key(case, case.settings.security.configuration_key_output)


def _knowledge_base_key(case: ReadingUnderReview, _service: Service) -> Values:
    return _key(case, case.settings.security.knowledge_base_key_output)


def _key(case: ReadingUnderReview, output: str | None) -> Values:
    return [case.contract.one(key_import(output))] if output else []


def _security_agent(case: ReadingUnderReview, _service: Service) -> Values:
    repository = case.settings.security.guardduty_repository_arn
    return [repository] if repository else []


def _configuration(case: ReadingUnderReview, service: Service) -> Values:
    path = case.settings.services[service.name].configuration_path
    return [_local("ssm", f"parameter{path}{end}") for end in ("", "/*")]


def _models(case: ReadingUnderReview, service: Service) -> Values:
    bedrock = case.settings.services[service.name].bedrock
    # A foundation model has no account, and a profile may route to any region that it names.
    return [arn(f"bedrock:*::foundation-model/{model}") for model in bedrock.models]


def _profiles(case: ReadingUnderReview, service: Service) -> Values:
    profiles = case.settings.services[service.name].bedrock.inference_profiles
    return [_local("bedrock", f"inference-profile/{profile}") for profile in profiles]


def _agents(case: ReadingUnderReview, service: Service) -> Values:
    aliases = case.settings.services[service.name].bedrock.agent_aliases
    return [_local("bedrock", f"agent-alias/{alias}") for alias in aliases]


def _bucket(case: ReadingUnderReview, _service: Service) -> Values:
    return [arn("s3:::${Name}", Name=case.contract.one(Imports.KNOWLEDGE_BASE_BUCKET.value))]


def _objects(case: ReadingUnderReview, _service: Service) -> Values:
    return [arn("s3:::${Name}/*", Name=case.contract.one(Imports.KNOWLEDGE_BASE_BUCKET.value))]


def _exec_channels(case: ReadingUnderReview, _service: Service) -> Values:
    return ["*"] if case.settings.security.exec_log_group else []


def _exec_logs(case: ReadingUnderReview, _service: Service) -> Values:
    group = case.settings.security.exec_log_group
    return [_local("logs", f"log-group:{group}:*")] if group else []


RESOURCES: Mapping[str, Shape] = {
    "everything": lambda _case, _service: ["*"],
    "repository": _repository,
    "log group": _log_group,
    "mounted parameters": _mounted_parameters,
    "mounted secrets": _mounted_secrets,
    "security agent": _security_agent,
    "secrets key": _secrets_key,
    "configuration key": _configuration_key,
    "knowledge base key": _knowledge_base_key,
    "configuration": _configuration,
    "models": _models,
    "profiles": _profiles,
    "agents": _agents,
    "bucket": _bucket,
    "objects": _objects,
    "exec channels": _exec_channels,
    "exec logs": _exec_logs,
}


Condition = tuple[str, str, Values]


def secret_services(case: ReadingUnderReview, service: Service) -> Condition:
    """Return the condition that a key is used through the services that keep the secrets."""
    used = {"ssm": _mounted_parameters, "secretsmanager": _mounted_secrets}
    return _through(name for name, mounted in used.items() if mounted(case, service))


def _through(services: Iterable[str]) -> Condition:
    via = [
        symbols.canonical({symbols.SUB: name + ".${AWS::Region}.${AWS::URLSuffix}"})
        for name in services
    ]
    return "stringequals", "kms:viaservice", via


def through_profiles(case: ReadingUnderReview, service: Service) -> Condition | None:
    """Return the condition that a model is called by way of a profile; None where it need not."""
    forced = case.settings.services[service.name].bedrock.profiles_only
    return (
        ("arnequals", "bedrock:inferenceprofilearn", _profiles(case, service)) if forced else None
    )


CONDITIONS: Mapping[str, Callable[[ReadingUnderReview, Service], Condition | None]] = {
    "secret services": secret_services,
    "ssm": lambda _case, _service: _through(["ssm"]),
    "s3": lambda _case, _service: _through(["s3"]),
    "profiles where settings force them": through_profiles,
}
