"""An environment: what its settings file may say, and what the rest of the program reads of it.

Each field is a key of ``params/<env>.toml``, mostly a table (``tables``, ``service_settings``).
Nothing here knows about files, templates or AWS clients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bidops_cfn.settings.aws import REGIONS, partition
from bidops_cfn.settings.contract import (
    Import,
    ImportNames,
    Imports,
    key_import,
    secret_import,
    secrets_manager_import,
)
from bidops_cfn.settings.fields import setting, shape_of, table
from bidops_cfn.settings.imports import IMPORTS
from bidops_cfn.settings.references import Reference
from bidops_cfn.settings.service_settings import ServiceSettings
from bidops_cfn.settings.services import (
    EXEC_FOLDER_MEBIBYTES,
    KEEP_ALIVE_MARGIN_SECONDS,
    Service,
)
from bidops_cfn.settings.shapes import Choice, Key, Table
from bidops_cfn.settings.tables import (
    KEY_OUTPUTS,
    TAGS,
    Alarms,
    Capacity,
    DeploySettings,
    Discovery,
    Drill,
    Logs,
    Network,
    Scaling,
    Security,
    StackSet,
)
from bidops_cfn.settings.texts import ACCOUNT, STACK_NAME
from bidops_cfn.spec import floors


@table
class Environment:
    """One environment: everything that its template and its deployment depend on.

    ``tags`` are those of the file and those that the tool adds.
    """

    name: str
    account_id: str = setting(
        ACCOUNT,
        "The account; no other is deployed to.",
        own=True,
    )
    region: str = setting(
        Choice(REGIONS, "a region, such as us-east-1"), "The region; no other is deployed to."
    )
    stack_name: str = setting(
        STACK_NAME,
        "The stack's name; bidopsai-<environment>-compute by default.",
        default=None,
        own=True,
    )
    container_insights: str = setting(
        Choice(("enabled", "enhanced")), "Container Insights of the cluster.", default="enabled"
    )
    tags: Mapping[str, str] = setting(TAGS, "Tags of the stack and of everything in it.")
    capacity: Capacity = setting(shape_of(Capacity), "How tasks split over on-demand and Spot.")
    network: Network = setting(shape_of(Network), "The peers of the services' security groups.")
    discovery: Discovery = setting(shape_of(Discovery), "How services find each other.")
    alarms: Alarms = setting(shape_of(Alarms), "Who hears of an alarm.")
    logs: Logs = setting(shape_of(Logs), "The log groups; their retention is fixed (FR-044).")
    security: Security = setting(shape_of(Security), "Keys and boundaries.")
    scaling: Scaling = setting(shape_of(Scaling), "How scaling follows the load.")
    deploy: DeploySettings = setting(shape_of(DeploySettings), "How the stack is deployed.")
    stackset: StackSet = setting(shape_of(StackSet), "What stackset does, for many accounts.")
    drill: Drill = setting(shape_of(Drill), "What drill may break.")
    imports: ImportNames = setting(IMPORTS, "Where the values of other stacks come from.")
    services: Mapping[str, ServiceSettings]  # a table for each service (``settings_file``)

    @property
    def partition(self) -> str:
        """The AWS partition of the region: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
        return partition(self.region)

    @property
    def key_outputs(self) -> tuple[str, ...]:
        """The outputs with the ARN of a key, each once."""
        outputs = (getattr(self.security, name) for name in KEY_OUTPUTS)
        return tuple(dict.fromkeys(output for output in outputs if output))

    @property
    def topics(self) -> Mapping[str, str]:
        """The ARN of every topic that is named, with the setting that names it."""
        found = dict.fromkeys(self.deploy.notification_topics or (), "deploy.notification_topics")
        for key in ("topic_arn", "events_topic_arn"):
            if arn := getattr(self.alarms, key):
                found[arn] = f"alarms.{key}"
        return found

    def tmpfs(self, service: str) -> Mapping[str, int]:
        """Return the folders in memory that tasks of ``service`` may write to, in MiB."""
        folders = floors.AGENT_FOLDERS if self.security.exec_log_group else ()
        return {**self.services[service].tmpfs, **dict.fromkeys(folders, EXEC_FOLDER_MEBIBYTES)}

    @property
    def keep_alive(self) -> int:
        """How long an application keeps an idle connection by default, in milliseconds."""
        return (self.network.load_balancer_idle_seconds + KEEP_ALIVE_MARGIN_SECONDS) * 1000

    @property
    def contract_values(self) -> tuple[Import, ...]:
        """Every value of other stacks that the environment asks for, each once."""
        found = [member.value for member in Imports]
        for settings in self.services.values():
            found += map(secret_import, settings.secrets.values())
            found += map(secrets_manager_import, settings.secrets_manager.values())
        found += map(key_import, self.key_outputs)
        return tuple(dict.fromkeys(found))

    def references(self, value: Import) -> tuple[Reference, ...]:
        """Return how ``value`` is come by; two references for a pair that is taken one by one."""
        return self.imports.of(self.name, value)


def settings_file(services: Sequence[Service]) -> Table:
    """Return the shape of a whole settings file for an environment that runs ``services``."""
    tables = {one.name: Key(shape_of(ServiceSettings, one), f"{one.summary}.") for one in services}
    return Table(
        {
            **shape_of(Environment).keys,
            "services": Key(Table(tables), "One table for each service."),
        }
    )


def default_stack_name(name: str) -> str:
    """Return what the stack of the environment ``name`` is called unless its file says so."""
    return f"bidopsai-{name}-compute"
