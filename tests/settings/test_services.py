from __future__ import annotations

import pytest

from bidops_cfn.settings.aws import FARGATE_MEMORY
from bidops_cfn.settings.services import AGENTCORE, SERVICES, Capability


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


def test_memory_grows_with_cpu_as_fargate_documents_it() -> None:
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    assert {cpu: (sizes[0], sizes[-1], len(sizes)) for cpu, sizes in FARGATE_MEMORY.items()} == {
        256: (512, 2048, 3),
        512: (1024, 4096, 4),
        1024: (2048, 8192, 7),
        2048: (4096, 16384, 13),
        4096: (8192, 30720, 23),
        8192: (16384, 61440, 12),
        16384: (32768, 122880, 12),
    }
