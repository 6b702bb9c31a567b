from __future__ import annotations

import pytest

from bidops_cfn.compute.service_discovery import namespace, service_discovery
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import AGENTCORE, BFF


@pytest.mark.requirement("FR-022")
def test_agentcore_is_found_by_an_address_record_of_five_seconds() -> None:
    (entry,) = service_discovery(AGENTCORE)
    assert entry.to_dict()["Type"] == "AWS::ServiceDiscovery::Service"
    properties = entry.to_dict()["Properties"]
    assert properties["Name"] == "agentcore"
    assert properties["NamespaceId"] == {"Fn::GetAtt": ["Namespace", "Id"]}
    assert properties["DnsConfig"] == {
        "DnsRecords": [{"Type": "A", "TTL": 5}],
        "RoutingPolicy": "MULTIVALUE",
    }
    assert properties["HealthCheckCustomConfig"] == {"FailureThreshold": 1}
    assert "HealthCheckConfig" not in properties


def test_a_service_that_nobody_calls_has_no_entry() -> None:
    assert service_discovery(BFF) == []


@pytest.mark.requirement("FR-002")
@pytest.mark.requirement("FR-022")
def test_the_namespace_is_private_to_the_imported_network(environment: Environment) -> None:
    (made,) = namespace(environment)
    assert made.to_dict()["Type"] == "AWS::ServiceDiscovery::PrivateDnsNamespace"
    properties = made.to_dict()["Properties"]
    assert properties["Vpc"] == {"Fn::ImportValue": f"bidopsai-{environment.name}-network-VpcId"}
    assert properties["Name"] == f"{environment.name}.bidopsai.internal"
    assert properties["Properties"] == {"DnsProperties": {"SOA": {"TTL": 5}}}
