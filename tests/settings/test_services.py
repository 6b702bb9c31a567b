from __future__ import annotations

import pytest

from bidops_cfn import logical_ids
from bidops_cfn.settings.aws import FARGATE_MEMORY
from bidops_cfn.settings.services import AGENTCORE, SERVICES, Capability, Service


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


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_logical_ids_are_the_services_title_and_a_noun(service: Service) -> None:
    made = [
        function(service)
        for function in (
            logical_ids.desired_count,
            logical_ids.discovery_service,
            logical_ids.ecs_service,
            logical_ids.execution_role,
            logical_ids.image,
            logical_ids.listener_rule,
            logical_ids.log_group,
            logical_ids.scalable_target,
            logical_ids.security_group,
            logical_ids.server_error_alarm,
            logical_ids.target_group,
            logical_ids.task_definition,
            logical_ids.task_role,
        )
    ]
    assert len(set(made)) == len(made)
    assert all(name.startswith(service.title) and name.isalnum() for name in made)
