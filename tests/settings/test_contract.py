"""What is the same everywhere: what other stacks have for us, and the services."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bidops_cfn.settings import contract, load
from bidops_cfn.settings.contract import Import, ImportNames, Imports, Kind, Stack
from bidops_cfn.settings.references import Export
from bidops_cfn.settings.services import AGENTCORE, SERVICES, Capability
from bidops_cfn.settings.texts import EXPORT

NAMES = ImportNames()


@pytest.mark.requirement("FR-049")
@pytest.mark.parametrize(
    ("make", "claim"),
    [
        (contract.secret_import, "a SecureString that SecurityStack keeps"),
        (contract.secrets_manager_import, "a secret that SecurityStack keeps and rotates"),
        (contract.key_import, "a key whose policy admits the roles that need it"),
    ],
)
def test_the_security_stack_gives_arns(make: Callable[[str], Import], claim: str) -> None:
    value = make("SomeArn")
    assert value.claim == claim
    assert (value.stack, value.kind, value.key) == (Stack.SECURITY, Kind.ARN, "security.SomeArn")
    assert NAMES.of("dev", value) == (Export("bidopsai-dev-security-SomeArn"),)


@pytest.mark.parametrize("member", list(Imports), ids=lambda member: member.name)
def test_each_import_says_what_we_rely_on_and_has_a_name_that_can_be_exported(
    member: Imports,
) -> None:
    assert member.value.claim
    (reference,) = NAMES.of("dev", member.value)
    assert isinstance(reference, Export)
    name = reference.name
    assert name == f"bidopsai-dev-{member.value.stack.value}-{member.value.output}"
    assert re.fullmatch(EXPORT.pattern, name)


def test_a_pattern_names_every_import_and_an_exception_one() -> None:
    names = ImportNames("{stack}:{output}", {"network.VpcId": (Export("shared-vpc"),)})
    assert names.of("dev", Imports.VPC_ID.value) == (Export("shared-vpc"),)
    assert names.of("dev", Imports.PUBLIC_ALB_ARN.value) == (Export("network:PublicAlbArn"),)


def test_settings_map_exports_one_by_one(project: Path) -> None:
    file = project / "params" / "dev.toml"
    mapping = (
        '[imports.network]\nVpcId = "shared-vpc"\nPrivateAppSubnetIds = ["app-a", "app-b"]\n'
        '[imports.storage]\nAppEcrRepositoryUri = "AppEcrRepositoryUri"\n'
        '[imports.security]\nBffDatabaseUrlParameterArn = "db-url"\n'
    )
    file.write_text(file.read_text().replace("[services.bff]", f"{mapping}[services.bff]", 1))
    loaded = load.load(project / "params", "dev")
    assert loaded.references(Imports.VPC_ID.value) == (Export("shared-vpc"),)
    assert loaded.references(Imports.PRIVATE_APP_SUBNETS.value) == (
        Export("app-a"),
        Export("app-b"),
    )
    assert loaded.references(Imports.APP_REPOSITORY.value) == (Export("AppEcrRepositoryUri"),)
    secret = contract.secret_import("BffDatabaseUrlParameterArn")
    assert loaded.references(secret) == (Export("db-url"),)
    assert loaded.references(Imports.PUBLIC_ALB_ARN.value) == (
        Export("bidopsai-dev-network-PublicAlbArn"),
    )


def test_services_call_each_other_by_name_and_never_themselves() -> None:
    names = {service.name for service in SERVICES}
    assert len(names) == len(SERVICES)
    for service in SERVICES:
        assert set(service.callers) <= names - {service.name}


def test_a_caller_finds_a_service_in_a_variable_of_its_name() -> None:
    assert AGENTCORE.url_variable == "AGENTCORE_URL"


@pytest.mark.requirement("FR-017")
def test_only_agentcore_uses_bedrock_and_the_knowledge_base() -> None:
    strong = {Capability.INVOKE_BEDROCK, Capability.USE_KNOWLEDGE_BASE}
    assert [service.name for service in SERVICES if service.capabilities & strong] == ["agentcore"]
