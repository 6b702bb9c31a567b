"""What an environment finds in its account: credentials, the other stacks, and their contents.

The other stacks have one of two shapes. ``exports``: everything is exported under the names that
settings say. ``cdk``: four stacks as CDK makes them, whatever settings say. A
second environment of an account shares what stands there under the names that it wants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bidops_cfn.errors import UsageError
from bidops_cfn.settings.contract import Stack as Producer
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox import contents, network_stack
from bidops_cfn_sandbox.cloudformation.api import CloudFormation
from bidops_cfn_sandbox.cloudformation.stack import Resource
from bidops_cfn_sandbox.engine.answers import AwsError
from bidops_cfn_sandbox.models.security_groups import attach
from bidops_cfn_sandbox.models.table import backend_of
from bidops_cfn_sandbox.other_stacks import (
    SECRETS_KEY,
    Give,
    export,
    list_not_exported,
    output,
    plain_export,
    security_stack,
    storage_stack,
)
from bidops_cfn_sandbox.resource_type import Place
from bidops_cfn_sandbox.services import create_service_linked_roles

AWS_MANAGED_KEY = "alias/aws/ssm"
EXPORTS, CDK = "exports", "cdk"
APART = (
    "Environments that share an account and names need a sandbox each: bidops-cfn sandbox --env ENV"
)


@dataclass(frozen=True, slots=True)
class Account:
    """The account of ``environment``, which ``place`` names."""

    cloudformation: CloudFormation
    environment: Environment
    place: Place

    def furnish(self, neighbours: str) -> None:
        """Open the account and deploy the other stacks into it, in one of the two shapes.

        Raise UsageError when they cannot stand beside those of another environment, or when
        settings refer to what stacks of this shape do not have.
        """
        contents.open_account(self.place)
        contents.name_prefix_list(self.place, self.environment.network.s3_prefix_list_id)
        contents.put_rollback_alarms(self.environment, self.place)
        create_service_linked_roles(self.place)
        contents.create_topics(self.environment, self.place)
        if neighbours == CDK:
            self._deploy_as_cdk()
        else:
            self._deploy_with_exports()

    def _deploy_with_exports(self) -> None:
        environment, other = self.environment, tuple(list_not_exported(self.environment))
        if other:
            raise UsageError(
                f"the sandbox cannot set up the other stacks of {environment.name}",
                "its own export everything, each value once, and settings take some from elsewhere",
                details=other,
                hint=f"Stacks without exports: bidops-cfn sandbox --env {environment.name} "
                "--neighbours cdk",
            )
        stem = f"bidopsai-{environment.name}"
        exported = self.cloudformation.at(self.place).stacks.exports().keys()
        if not self._wanted_exports(Producer.NETWORK) <= exported:
            network = self._deploy(f"{stem}-network", network_stack.network_stack(environment))
            self._start_database(network, network)
        if not self._wanted_exports(Producer.STORAGE) <= exported:
            owns_repositories = not contents.has_repositories(self.place)
            storage = storage_stack(environment, owns_repositories=owns_repositories)
            self._deploy(f"{stem}-storage", storage)
            if owns_repositories:
                contents.push_images(self.place)
        if not self._wanted_exports(Producer.SECURITY) <= exported:
            self._deploy_secrets(f"{stem}-security", export)

    def _wanted_exports(self, stack: Producer) -> set[str]:
        """Return the export names that settings want of a stack."""
        return {
            one.name
            for value in self.environment.contract_values
            for one in self.environment.references(value)
            if value.stack is stack and isinstance(one, Export)
        }

    def _deploy_as_cdk(self) -> None:
        if self.cloudformation.at(self.place).stacks.find("NetworkStack") is not None:
            self._share_secrets()
            return
        network = self._deploy("NetworkStack", network_stack.cdk_network_stack(self.environment))
        database = self._deploy("DatabaseStack", network_stack.cdk_database_stack(self.environment))
        self._start_database(network, database)
        ids = (network[name].made.physical_id for name in ("PublicA", "PrivateAgentRoutes"))
        network_stack.open_agent_subnets(self.place, *ids)
        storage = storage_stack(self.environment, owns_repositories=True, give=plain_export)
        self._deploy("StorageStack", storage)
        contents.push_images(self.place)
        self._deploy_secrets("SecurityStack", output)

    def _share_secrets(self) -> None:
        """Raise UsageError unless the SecurityStack that stands has what settings want of it."""
        security = self.cloudformation.at(self.place).stacks.get("SecurityStack")
        values = self.environment.contract_values
        wanted = {one.output for one in values if one.stack is Producer.SECURITY}
        if lacking := sorted(wanted - {one["OutputKey"] for one in security.outputs}):
            raise UsageError(
                f"the sandbox cannot set up SecurityStack for {self.environment.name}",
                f"another environment of the account has it, without {', '.join(lacking)}",
                hint=APART,
            )

    def _deploy_secrets(self, name: str, give: Give) -> None:
        arns = contents.create_secrets(self.environment, self.place)
        made = self._deploy(name, security_stack(self.environment, arns, give))
        has_key = self.environment.security.secrets_key_output is not None
        key = made[SECRETS_KEY].made.physical_id if has_key else AWS_MANAGED_KEY
        contents.put_parameters(self.environment, self.place, key)

    def _start_database(
        self, network: Mapping[str, Resource], database: Mapping[str, Resource]
    ) -> None:
        """Put a database's network interface into the network's room for it, with its own group."""
        subnet = network["PrivateDataA"].made.physical_id
        groups = [database["DatabaseGroup"].made.physical_id]
        attach(backend_of(self.place, "ec2"), subnet, groups, "RDSNetworkInterface")

    def deploy_own_stack(self, template: str) -> None:
        """Deploy the environment's stack as well, with the first image of each repository."""
        tag = f":{contents.SANDBOX_IMAGE_TAG}"
        self._deploy(
            self.environment.stack_name,
            template,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": key, "Value": value} for key, value in self.environment.tags.items()],
            Parameters=[
                {"ParameterKey": f"{one.title}Image", "ParameterValue": tag} for one in SERVICES
            ],
        )

    def _deploy(self, name: str, template: str, **request: Any) -> Mapping[str, Resource]:
        what = f"the sandbox cannot set up {name}"
        request |= {"StackName": name, "TemplateBody": template}
        try:
            self.cloudformation.act(self.place, "CreateStack", request)
        except AwsError as error:
            raise UsageError(what, error.message, hint=APART) from error
        made = self.cloudformation.at(self.place).stacks.get(name)
        if made.status != "CREATE_COMPLETE":
            failed = (one for one in made.events[::-1] if one["ResourceStatus"].endswith("_FAILED"))
            why = next((one["ResourceStatusReason"] for one in failed), made.status)
            raise UsageError(what, why)
        return made.resources
