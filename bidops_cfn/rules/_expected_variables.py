"""The plain variables of a service's container, and nothing else."""

from __future__ import annotations

from bidops_cfn.facts import symbols
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import Capability, Service
from bidops_cfn.spec import floors


def expected_variables(case: ReadingUnderReview, service: Service) -> dict[str, object]:
    """Return what the specification and settings ask for, by the variable's name."""
    settings = case.settings
    values: dict[str, object] = {
        "AWS_REGION": {symbols.REF: "AWS::Region"},
        "ENVIRONMENT": settings.name,
        **service.environment,
    }
    for callee in case.callees(service):
        url = f"http://{callee.name}.{settings.discovery.namespace}:{callee.port}"
        values[callee.url_variable] = url
    if service.keep_alive_variable:
        seconds = settings.network.load_balancer_idle_seconds + floors.KEEP_ALIVE_MARGIN
        values[service.keep_alive_variable] = seconds * 1000
    if Capability.USE_KNOWLEDGE_BASE in service.capabilities:
        values["KNOWLEDGE_BASE_BUCKET"] = case.contract.one(Imports.KNOWLEDGE_BASE_BUCKET.value)
    return {**values, **settings.services[service.name].environment}
