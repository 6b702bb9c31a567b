"""How big tasks are, where the specification says so."""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.settings.environment import TaskSize

# environment -> size of each of its tasks, and the requirement; others have what settings say
PRESCRIBED: Mapping[str, tuple[TaskSize, str]] = {
    "dev": (TaskSize(512, 1024), "FR-041"),
    "test": (TaskSize(1024, 2048), "FR-042"),
    "prod": (TaskSize(2048, 4096), "FR-043"),
}
