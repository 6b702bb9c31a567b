"""Four other stacks as CDK makes them: outputs without exports, and a group for each endpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bidops_cfn.settings import load
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, Reference, StackOutput
from bidops_cfn.settings.services import SERVICES
from tests.settings_files import edit

ACCOUNT = "111111111111"
BALANCER = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/app/public/{'5' * 16}"
LISTENER = (
    f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:listener/app/public/{'5' * 16}/{'6' * 16}"
)
ENDPOINTS = ("BedrockRuntime", "EcrApi", "EcrDkr", "Kms", "Logs", "Ssm")
DEV = load.load(Path(__file__).parents[1] / "params", "dev")
SECRETS = sorted(name for one in DEV.services.values() for name in one.secrets.values())
STORED = (*(one.repository.value.output for one in SERVICES), "KnowledgeBaseBucketName")


def table_of(balancer: str, listener: str, group: str) -> str:
    """Return the ``[imports]`` tables of a settings file, with what has no output as constants."""
    return "\n".join(
        [
            "[imports.network]",
            'VpcId = { stack = "NetworkStack", output = "VpcId" }',
            'PrivateAppSubnetIds = { stack = "NetworkStack", output = "PrivateAppSubnetIds" }',
            'PrivateAgentSubnetIds = { stack = "NetworkStack", output = "PrivateAgentSubnetIds" }',
            f'PublicAlbArn = {{ value = "{balancer}" }}',
            f'HttpsListenerArn = {{ value = "{listener}" }}',
            f'AlbSecurityGroupId = {{ value = "{group}" }}',
            "VpcEndpointSecurityGroupId = [",
            *(
                f'  {{ stack = "NetworkStack", output = "{name}EndpointSecurityGroupId" }},'
                for name in ENDPOINTS
            ),
            "]",
            (
                "DatabaseSecurityGroupId = "
                '{ stack = "DatabaseStack", output = "DatabaseSecurityGroupId" }'
            ),
            "[imports.storage]",
            *(f'{name} = "{name}"' for name in STORED),
            "[imports.security]",
            *(f'{name} = {{ stack = "SecurityStack", output = "{name}" }}' for name in SECRETS),
            "",
        ]
    )


TABLE = table_of(BALANCER, LISTENER, "sg-0a1b2c3d")
GROUPS: tuple[Reference, ...] = tuple(
    StackOutput("NetworkStack", f"{name}EndpointSecurityGroupId") for name in ENDPOINTS
)
REFERENCES: dict[str, tuple[Reference, ...]] = {
    **{
        f"network.{output}": (StackOutput("NetworkStack", output),)
        for output in ("VpcId", "PrivateAppSubnetIds", "PrivateAgentSubnetIds")
    },
    "network.PublicAlbArn": (Constant(BALANCER),),
    "network.HttpsListenerArn": (Constant(LISTENER),),
    "network.AlbSecurityGroupId": (Constant("sg-0a1b2c3d"),),
    "network.VpcEndpointSecurityGroupId": GROUPS,
    "network.DatabaseSecurityGroupId": (StackOutput("DatabaseStack", "DatabaseSecurityGroupId"),),
    **{f"storage.{output}": (Export(output),) for output in STORED},
    **{f"security.{name}": (StackOutput("SecurityStack", name),) for name in SECRETS},
}


def beside(environment: Environment, **changes: tuple[Reference, ...]) -> Environment:
    """Return ``environment`` beside these stacks; ``changes`` are by output of NetworkStack."""
    changed = {f"network.{output}": references for output, references in changes.items()}
    names = ImportNames(exceptions={**REFERENCES, **changed})
    return replace(environment, imports=names)


def map_imports(project: Path, table: str = TABLE, name: str = "dev") -> None:
    """Write ``table`` behind ``[imports]`` of a settings file."""
    edit(project, ("[services.bff]", f"{table}\n[services.bff]"), name=name)
