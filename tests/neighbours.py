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


GROUPS: tuple[Reference, ...] = tuple(
    StackOutput("NetworkStack", f"{name}EndpointSecurityGroupId") for name in ENDPOINTS
)


def make_references(balancer: str, listener: str, group: str) -> dict[str, tuple[Reference, ...]]:
    """Return what each import refers to; what has no output is a constant."""
    network = ("VpcId", "PrivateAppSubnetIds", "PrivateAgentSubnetIds")
    return {
        **{f"network.{output}": (StackOutput("NetworkStack", output),) for output in network},
        "network.PublicAlbArn": (Constant(balancer),),
        "network.HttpsListenerArn": (Constant(listener),),
        "network.AlbSecurityGroupId": (Constant(group),),
        "network.VpcEndpointSecurityGroupId": GROUPS,
        "network.DatabaseSecurityGroupId": (
            StackOutput("DatabaseStack", "DatabaseSecurityGroupId"),
        ),
        **{f"storage.{output}": (Export(output),) for output in STORED},
        **{f"security.{name}": (StackOutput("SecurityStack", name),) for name in SECRETS},
    }


def table_of(balancer: str, listener: str, group: str) -> str:
    """Return the ``[imports]`` tables of a settings file, with what has no output as constants."""
    sections: dict[str, list[str]] = {}
    for name, references in make_references(balancer, listener, group).items():
        section, output = name.split(".")
        one, *more = map(write_setting, references)
        value = f"[{', '.join([one, *more])}]" if more else one
        sections.setdefault(section, [f"[imports.{section}]"]).append(f"{output} = {value}")
    return "".join(f"{line}\n" for lines in sections.values() for line in lines)


def write_setting(reference: Reference) -> str:
    """Return how a settings file refers to it."""
    setting = reference.setting
    if not isinstance(setting, dict):
        return f'"{setting}"'
    return "{ " + ", ".join(f'{key} = "{value}"' for key, value in setting.items()) + " }"


TABLE = table_of(BALANCER, LISTENER, "sg-0a1b2c3d")
REFERENCES = make_references(BALANCER, LISTENER, "sg-0a1b2c3d")


def beside(environment: Environment, **changes: tuple[Reference, ...]) -> Environment:
    """Return ``environment`` beside these stacks; ``changes`` are by output of NetworkStack."""
    changed = {f"network.{output}": references for output, references in changes.items()}
    names = ImportNames(exceptions={**REFERENCES, **changed})
    return replace(environment, imports=names)


def map_imports(project: Path, table: str = TABLE, name: str = "dev") -> None:
    """Write ``table`` behind ``[imports]`` of a settings file."""
    edit(project, ("[services.bff]", f"{table}\n[services.bff]"), name=name)
