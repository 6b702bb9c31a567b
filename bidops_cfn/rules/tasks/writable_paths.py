"""E9211: where the container may write."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.document import descend
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Keyed, Mismatch, Unordered, mismatches
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.tasks._containers import containers


class WritablePaths(HouseRule):
    """Bind mounts belong to root: a non-root user can write to memory only."""

    id = "E9211"
    shortdesc = "Containers write to exactly the in-memory paths that settings name"
    description = (
        "Tmpfs mounts, without execution, set-user-id and devices. Volumes on Fargate are owned by "
        "root, so that a non-root user could not write there; a tmpfs over a directory of the "
        "image is, too, and takes its mode: mode=1777 lets the container's user write."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tmpfs.html"
    requirements = ("template",)
    fix = "Name writable paths in [services.<service>.tmpfs] of params/<environment>.toml"
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the mounts of each service's container."""
        for service, container in containers(world):
            wanted = {
                tmpfs.path: {
                    "Size": tmpfs.size,
                    "MountOptions": Unordered(["rw", "noexec", "nosuid", "nodev", "mode=1777"]),
                }
                for tmpfs in world.settings.services[service.name].tmpfs
            }
            found = descend(container.definition, "LinuxParameters", "Tmpfs")
            path = (*container.path, "LinuxParameters", "Tmpfs")
            yield from mismatches(
                [] if found is None else found, Keyed("ContainerPath", wanted), path
            )
