"""How far a setting may go before it voids a requirement. Times are in seconds.

Settings beyond are refused when they are read, and found in a template by rule E9217.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Environment -> CPU and memory of its tasks, and the requirement; others have what settings say.
PRESCRIBED: Mapping[str, tuple[tuple[int, int], str]] = {
    "dev": ((512, 1024), "FR-041"),
    "test": ((1024, 2048), "FR-042"),
    "prod": ((2048, 4096), "FR-043"),
}
# SC-003 and FR-035: an unhealthy task is replaced within minutes, not after an hour of grace.
LONGEST_GRACE = 300
# Requests that are under way need as long as the load balancer waits for them, or ECS's own 30 s.
SHORTEST_STOP = 30
# An application closes an idle connection this much later than the load balancer.
KEEP_ALIVE_MARGIN = 10
# Below Fargate's limit of 120 s: https://docs.aws.amazon.com/AmazonECS/latest/APIReference
LONGEST_STOP = 119
# Three minutes with more roll a deployment back; a number that is never met rolls nothing back.
MOST_SERVER_ERRORS = 1000
# Spot is "up to 70 %" cheaper: https://aws.amazon.com/fargate/pricing/
MOST_SPOT_DISCOUNT = 70

SCRATCH_ROOTS = ("/tmp", "/var/tmp", "/var/cache", "/run", "/scratch", "/work")  # noqa: S108 - in images
SCRATCH_FOLDERS = frozenset(
    {".cache", "cache", "caches", "log", "logs", "run", "scratch", "spool", "temp", "tmp", "work"}
)
# The agent of ECS Exec alone writes there, and finds nothing there.
AGENT_FOLDERS = ("/var/lib/amazon/ssm", "/var/log/amazon/ssm")
SYSTEM_ROOTS = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libexec", "/proc", "/root",
    "/sbin", "/sys", "/usr",
)  # fmt: skip
SECRETS = re.compile(r"/(var/)?run/(secrets|credentials)(/|$)")
SCRATCH = (
    f"a path at or below {', '.join(SCRATCH_ROOTS)}, or a folder of the application called "
    "cache, log, run, scratch, spool, tmp or work"
)


def is_scratch(path: str) -> bool:
    """Tell whether a file system in memory may cover ``path``: nothing else is there.

    An application, a system's folder or the place of mounted credentials would be hidden by it.
    """
    if path in AGENT_FOLDERS:
        return True
    steps = path.split("/")[1:]
    if not path.startswith("/") or any(step in ("", ".", "..") for step in steps):
        return False
    if any(_below(path, root) for root in SYSTEM_ROOTS) or SECRETS.match(path):
        return False
    if path in ("/run", "/work") or len(steps) == 1:
        return path in SCRATCH_ROOTS and path != "/run"
    return any(_below(path, root) for root in SCRATCH_ROOTS) or steps[-1] in SCRATCH_FOLDERS


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")
