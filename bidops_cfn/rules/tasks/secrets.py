"""E9207: which secrets the container gets."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.contract import secret_import, secrets_manager_import
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Keyed, Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.tasks._containers import container_properties, containers, expect_container


class Secrets(HouseRule):
    """A secret comes from SecurityStack, whole, under the name that settings give."""

    id = "E9207"
    shortdesc = "Containers mount exactly the secrets that settings name"
    description = (
        "Each secret variable is one imported parameter ARN. A suffix that picks a JSON key works "
        "with Secrets Manager only; on an SSM parameter it lints clean and breaks the launch."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
        "secrets-envvar-ssm-paramstore.html"
    )
    requirements = ("FR-014", "FR-049", "SC-006", "US5-1")
    fix = "Map the variable to the SecurityStack output in params/<environment>.toml"
    judges = container_properties("Secrets")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the secrets of each service's container."""
        for service, container in containers(world):
            settings = world.settings.services[service.name]
            sources = {
                **{name: secret_import(o) for name, o in settings.secrets.items()},
                **{name: secrets_manager_import(o) for name, o in settings.secrets_manager.items()},
            }
            wanted = {
                name: {"ValueFrom": world.contract.one(source)} for name, source in sources.items()
            }
            yield from expect_container(container, {"Secrets": Keyed("Name", wanted)})
