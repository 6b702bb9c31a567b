"""Every name that more than one module refers to: logical ids, exports, families.

A logical id is ``<Service><Noun>``; renaming one replaces the resource when it is deployed: it
belongs in the changelog.

Exports (FR-050) are the contract out, named like the imports. Others import the *family* of a task
definition, never its ARN: an export cannot change while another stack imports it, and the ARN
changes at every deployment.
"""

from __future__ import annotations

from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import shorten
from bidops_cfn.settings.services import Service

CLUSTER = "Cluster"
CLUSTER_CAPACITY = "ClusterCapacity"
NAMESPACE = "Namespace"
FAILED_DEPLOYMENTS = "FailedDeploymentRule"
SPOT_INTERRUPTIONS = "SpotInterruptionRule"


def image(service: Service) -> str:
    """Return the parameter that holds the service's image reference."""
    return f"{service.title}Image"


def desired_count(service: Service) -> str:
    """Return the parameter that holds the service's desired count."""
    return f"{service.title}DesiredCount"


def desired_count_given(service: Service) -> str:
    """Return the condition that holds when the desired count is given, that is, not 0."""
    return f"{service.title}DesiredCountGiven"


def security_group(service: Service) -> str:
    """Return the service's security group."""
    return f"{service.title}SecurityGroup"


def flow_egress(caller: Service, callee: Service) -> str:
    """Return the rule that lets ``caller`` send to ``callee``."""
    return f"{caller.title}To{callee.title}Egress"


def flow_ingress(caller: Service, callee: Service) -> str:
    """Return the rule that lets ``callee`` receive from ``caller``."""
    return f"{callee.title}From{caller.title}Ingress"


def endpoint_ingress(service: Service, environment: Environment) -> list[str]:
    """Return the rules that let the endpoints receive from the service, one for each group."""
    name = f"EndpointsFrom{service.title}Ingress"
    return _for_each_group(name, environment, Imports.ENDPOINT_SECURITY_GROUP)


def database_ingress(service: Service, environment: Environment) -> list[str]:
    """Return the rules that let the database receive from the service, one for each group."""
    name = f"DatabaseFrom{service.title}Ingress"
    return _for_each_group(name, environment, Imports.DATABASE_SECURITY_GROUP)


def _for_each_group(name: str, environment: Environment, value: Imports) -> list[str]:
    """Return an id for each group of ``value``: ``name`` for the first, with a suffix for others.

    The suffix comes from what refers to the group, not from its place: a rule under a new id is
    created before the old one is deleted, and EC2 refuses a rule a second time.
    """
    _, *others = environment.references(value.value)
    return [name, *(f"{name}{shorten(one)}" for one in others)]


def load_balancer_egress(service: Service) -> str:
    """Return the rule that lets the load balancer send to the service."""
    return f"LoadBalancerTo{service.title}Egress"


def log_group(service: Service) -> str:
    """Return the service's log group."""
    return f"{service.title}LogGroup"


def execution_role(service: Service) -> str:
    """Return the role with which ECS starts the service's tasks."""
    return f"{service.title}ExecutionRole"


def task_role(service: Service) -> str:
    """Return the role of the code inside the service's tasks."""
    return f"{service.title}TaskRole"


def task_definition(service: Service) -> str:
    """Return the service's task definition."""
    return f"{service.title}TaskDefinition"


def target_group(service: Service) -> str:
    """Return the public service's target group."""
    return f"{service.title}TargetGroup"


def listener_rule(service: Service) -> str:
    """Return the public service's rule on the load balancer's listener."""
    return f"{service.title}ListenerRule"


def discovery_service(service: Service) -> str:
    """Return the service's entry in the discovery namespace."""
    return f"{service.title}Discovery"


def ecs_service(service: Service) -> str:
    """Return the ECS service."""
    return f"{service.title}Service"


def scalable_target(service: Service) -> str:
    """Return what Application Auto Scaling scales."""
    return f"{service.title}ScalableTarget"


def server_error_alarm(service: Service) -> str:
    """Return the alarm that rolls a deployment of the public service back."""
    return f"{service.title}ServerErrorAlarm"


def export_name(environment: Environment, output: str) -> str:
    """Return the export name of ``output``: ``bidopsai-<env>-compute-<Output>``."""
    return f"bidopsai-{environment.name}-compute-{output}"


def task_family(environment: Environment, service: Service) -> str:
    """Return the family of the service's task definitions, which stays when revisions change."""
    return f"bidopsai-{environment.name}-{service.name}"
