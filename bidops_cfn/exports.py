"""The contract out: what this stack exports (FR-050), named like the imports.

Others import the *family* of a task definition, never its ARN: an export cannot change while
another stack imports it, and the ARN changes at every deployment.
"""

from __future__ import annotations

from bidops_cfn.model import Environment, Service


def export_name(environment: Environment, output: str) -> str:
    """Return the export name of ``output``: ``bidopsai-<env>-compute-<Output>``."""
    return f"bidopsai-{environment.name}-compute-{output}"


def task_family(environment: Environment, service: Service) -> str:
    """Return the family of the service's task definitions, which stays when revisions change."""
    return f"bidopsai-{environment.name}-{service.name}"
