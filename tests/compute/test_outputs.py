from __future__ import annotations

import pytest

from bidops_cfn.compute.outputs import service_outputs, stack_outputs
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES, Service


@pytest.mark.requirement("FR-050")
def test_cluster_and_namespace_are_exported(environment: Environment) -> None:
    outputs = {output.title: output.to_dict() for output in stack_outputs(environment)}
    assert {name: output["Value"] for name, output in outputs.items()} == {
        "ClusterArn": {"Fn::GetAtt": ["Cluster", "Arn"]},
        "ClusterName": {"Ref": "Cluster"},
        "NamespaceArn": {"Fn::GetAtt": ["Namespace", "Arn"]},
        "NamespaceId": {"Fn::GetAtt": ["Namespace", "Id"]},
        "NamespaceName": f"{environment.name}.bidopsai.internal",
    }
    for name, output in outputs.items():
        assert output["Export"] == {"Name": f"bidopsai-{environment.name}-compute-{name}"}


@pytest.mark.requirement("FR-050")
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_each_service_exports_its_arns_and_its_family(
    environment: Environment, service: Service
) -> None:
    outputs = {o.title: o.to_dict() for o in service_outputs(service, environment)}
    title = service.title
    assert {name: output["Value"] for name, output in outputs.items()} == {
        f"{title}ServiceArn": {"Ref": f"{title}Service"},
        f"{title}ServiceName": {"Fn::GetAtt": [f"{title}Service", "Name"]},
        f"{title}TaskDefinitionArn": {"Ref": f"{title}TaskDefinition"},
        f"{title}TaskDefinitionFamily": f"bidopsai-{environment.name}-{service.name}",
    }
    assert all("Export" in output for output in outputs.values())
    assert "import the family" in outputs[f"{title}TaskDefinitionArn"]["Description"]
