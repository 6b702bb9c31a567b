"""NetworkStack and DatabaseStack as a CDK project has them: what preflight refutes is in them.

::

    NetworkStack   outputs without exports, subnets joined by commas, a group for each endpoint;
                   nothing about the load balancer
    DatabaseStack  the database's group, in NetworkStack's VPC

The agent subnets have a default route to a NAT gateway (``open_agent_subnets``), and no endpoint is
that of bedrock-agent-runtime.
"""

from __future__ import annotations

from troposphere import GetAtt, GetStackOutput, Output, Template

from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import DATABASE_PORT, HTTPS_PORT
from bidops_cfn_sandbox.exported import output
from bidops_cfn_sandbox.models.table import backend_of
from bidops_cfn_sandbox.network_stack import (
    PLACES,
    add_endpoint,
    add_group,
    add_network,
    title_of,
)
from bidops_cfn_sandbox.resource_type import Place

ENDPOINTS = ("bedrock-runtime", "ecr.api", "ecr.dkr", "kms", "logs", "ssm")


def network_stack(environment: Environment) -> str:
    """Return the template of NetworkStack."""
    template = Template(Description="NetworkStack of the sandbox, as CDK has it")
    add_network(template, environment)
    port = None if environment.network.endpoint_rules else HTTPS_PORT
    for service in ENDPOINTS:
        group = f"{title_of(service)}EndpointGroup"
        add_group(template, group, f"Interface endpoint of {service}", port)
        add_endpoint(template, service, group)
        template.add_output(
            Output(f"{title_of(service)}EndpointSecurityGroupId", Value=GetAtt(group, "GroupId"))
        )
    for value, parts in PLACES.items():
        output(template, environment, value.value, *parts)
    return str(template.to_json())


def database_stack(environment: Environment) -> str:
    """Return the template of DatabaseStack."""
    template = Template(Description="DatabaseStack of the sandbox, as CDK has it")
    port = None if environment.network.database_rules else DATABASE_PORT
    vpc = GetStackOutput("NetworkStack", Imports.VPC_ID.value.output)
    add_group(template, "DatabaseGroup", "Database instances", port, vpc)
    group = GetAtt("DatabaseGroup", "GroupId")
    output(template, environment, Imports.DATABASE_SECURITY_GROUP.value, group)
    return str(template.to_json())


def open_agent_subnets(place: Place, public_subnet: str, route_table: str) -> None:
    """Lead the default route of the agent subnets to a NAT gateway in the public subnet."""
    ec2 = backend_of(place, "ec2")
    address = ec2.allocate_address("vpc")
    gateway = ec2.create_nat_gateway(public_subnet, address.allocation_id)
    ec2.create_route(route_table, "0.0.0.0/0", None, nat_gateway_id=gateway.id)
