"""The contract in: what NetworkStack, StorageStack and SecurityStack have for us.

One enum member per cross-stack value, with its producer, its kind and the security claim that the
compute stack relies on but cannot show (FR-047, FR-048, FR-049). Secrets are the one open part:
settings name one SecurityStack output per secret (``secret_import``).

``ImportNames`` says how each value is come by (``references``): by an export's name, unless
settings refer to it otherwise, since real producer stacks have outputs and names of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum, StrEnum

from bidops_cfn.frozen import frozen
from bidops_cfn.settings.references import Export, Reference

CONTRACT_VERSION = "1"
DEFAULT_PATTERN = "bidopsai-{environment}-{stack}-{output}"
MOST_GROUPS = 10  # that settings may name for one value


class Stack(StrEnum):
    """A producer stack, by the word that stands in its export names."""

    NETWORK = "network"
    STORAGE = "storage"
    SECURITY = "security"

    @property
    def title(self) -> str:  # type: ignore[override] # str has a method of that name
        """The stack's name as people write it, ``NetworkStack``."""
        return f"{self.value.capitalize()}Stack"


class Kind(StrEnum):
    """What a value is."""

    ID = "id"
    ARN = "arn"
    NAME = "name"
    URI = "uri"
    ID_PAIR = "pair of ids"


@frozen
class Import:
    """One value of another stack: its producer, output name, kind and our claim about it.

    ``most`` is how many of its kind settings may name, where other stacks may have several.
    """

    stack: Stack
    output: str
    kind: Kind
    claim: str
    most: int = 1

    @property
    def key(self) -> str:
        """``network.VpcId``: how settings and reports name the value."""
        return f"{self.stack.value}.{self.output}"


class Imports(Enum):
    """Every fixed value that the compute stack imports."""

    VPC_ID = Import(Stack.NETWORK, "VpcId", Kind.ID, "the VPC is 10.0.0.0/16 and ours alone")
    PRIVATE_APP_SUBNETS = Import(
        Stack.NETWORK,
        "PrivateAppSubnetIds",
        Kind.ID_PAIR,
        "10.0.11.0/24 and 10.0.12.0/24, in two zones; no route from the internet",
    )
    PRIVATE_AGENT_SUBNETS = Import(
        Stack.NETWORK,
        "PrivateAgentSubnetIds",
        Kind.ID_PAIR,
        "10.0.21.0/24 and 10.0.22.0/24, in two zones; no default route to the internet",
    )
    PUBLIC_ALB_ARN = Import(
        Stack.NETWORK, "PublicAlbArn", Kind.ARN, "the only load balancer open to the world"
    )
    HTTPS_LISTENER_ARN = Import(
        Stack.NETWORK,
        "HttpsListenerArn",
        Kind.ARN,
        "belongs to the public load balancer and terminates TLS",
    )
    ALB_SECURITY_GROUP = Import(
        Stack.NETWORK,
        "AlbSecurityGroupId",
        Kind.ID,
        "attached to the public load balancer alone; open to the world on 80 and 443 only",
    )
    ENDPOINT_SECURITY_GROUP = Import(
        Stack.NETWORK,
        "VpcEndpointSecurityGroupId",
        Kind.ID,
        "attached to the interface endpoints of AWS services alone",
        MOST_GROUPS,
    )
    DATABASE_SECURITY_GROUP = Import(
        Stack.NETWORK,
        "DatabaseSecurityGroupId",
        Kind.ID,
        "attached to the database instances alone",
        MOST_GROUPS,
    )
    APP_REPOSITORY = Import(
        Stack.STORAGE,
        "AppEcrRepositoryUri",
        Kind.URI,
        "bidopsai/app, pushed by the release pipeline",
    )
    AGENT_REPOSITORY = Import(
        Stack.STORAGE,
        "AgentEcrRepositoryUri",
        Kind.URI,
        "bidopsai/agent, pushed by the release pipeline",
    )
    KNOWLEDGE_BASE_BUCKET = Import(
        Stack.STORAGE,
        "KnowledgeBaseBucketName",
        Kind.NAME,
        "blocks public access, encrypts at rest",
    )


def by_key(key: str) -> Import | None:
    """Return the fixed value that goes by ``network.VpcId``; None for what is none of them."""
    return next((member.value for member in Imports if member.value.key == key), None)


def secret_import(output: str) -> Import:
    """Return the import of a SecurityStack output that holds the ARN of a secret parameter."""
    return Import(Stack.SECURITY, output, Kind.ARN, "a SecureString that SecurityStack keeps")


def secrets_manager_import(output: str) -> Import:
    """Return the import of a SecurityStack output that holds a Secrets Manager secret's ARN."""
    return Import(Stack.SECURITY, output, Kind.ARN, "a secret that SecurityStack keeps and rotates")


def key_import(output: str) -> Import:
    """Return the import of a SecurityStack output that holds the ARN of a KMS key."""
    return Import(
        Stack.SECURITY, output, Kind.ARN, "a key whose policy admits the roles that need it"
    )


@frozen
class ImportNames:
    """How values are come by: exports named by a pattern, and exceptions by ``Import.key``.

    An exception is one reference, two for a pair that is taken one by one, up to ``Import.most``
    for groups.
    """

    pattern: str = DEFAULT_PATTERN
    exceptions: Mapping[str, tuple[Reference, ...]] = field(default_factory=dict)

    def of(self, environment: str, value: Import) -> tuple[Reference, ...]:
        """Return the references of ``value``; two where a pair is taken one by one."""
        return self.exceptions.get(value.key) or (Export(self.exported(environment, value)),)

    def exported(self, environment: str, value: Import) -> str:
        """Return the export name that the pattern makes of ``value``."""
        return self.pattern.format(
            environment=environment, stack=value.stack.value, output=value.output
        )
