"""E9210: what the container may do to its host."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ANY, Maybe, Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.tasks._containers import container_properties, containers, expect_container


class Privileges(HouseRule):
    """Code that is broken into finds no privilege, no capability and nothing to write to."""

    id = "E9210"
    shortdesc = "Containers run as a numeric user without privileges, on a read-only root"
    description = (
        "The user is numeric and not root, all kernel capabilities are dropped, the root "
        "filesystem is read-only, and an init process reaps children."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html"
    )
    requirements = ("template",)
    fix = "Harden the container as specified; the user is a setting"
    judges = container_properties("User", "Privileged", "ReadonlyRootFilesystem", "LinuxParameters")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the restrictions of each service's container."""
        for service, container in containers(world):
            expected = {
                "User": world.settings.services[service.name].user,
                "Privileged": Maybe(False),
                "ReadonlyRootFilesystem": True,
                "LinuxParameters": {
                    "Capabilities": {"Drop": ["ALL"]},
                    "InitProcessEnabled": True,
                    "Tmpfs": Maybe(ANY),  # judged by E9211
                },
            }
            yield from expect_container(container, expected)
            user = str(container.definition.get("User"))
            if user.split(":", maxsplit=1)[0] in ("0", "root", ""):
                yield Mismatch((*container.path, "User"), f"is {user}, which is root")
