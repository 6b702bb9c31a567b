"""The local AWS of ``--sandbox``: started for one command, with the other stacks deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bidops_cfn.cli.plain import Plain
from bidops_cfn.errors import UsageError
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn_sandbox.server import Sandbox


@contextmanager
def started(shown: Plain, environment: Environment) -> Iterator[Sandbox]:
    """Hold a sandbox with the environment's account and its other stacks."""
    shown.status("Starting a local AWS with NetworkStack, StorageStack and SecurityStack ...")
    with local_aws([environment]) as sandbox:
        yield sandbox


def local_aws(
    environments: Sequence[Environment], port: int = 0, neighbours: str = "exports"
) -> Sandbox:
    """Return a sandbox to enter; raises ``UsageError`` where its libraries are not installed."""
    try:
        from bidops_cfn_sandbox.server import Sandbox
    except ModuleNotFoundError as error:
        raise UsageError(
            "the sandbox is not installed",
            f"there is no module {error.name}",
            hint="Install it: python -m pip install 'bidops-cfn[sandbox]'",
        ) from error
    return Sandbox(environments, port, neighbours)


def farewell(result: Result) -> Result:
    """Return the result of a deployment to the sandbox, with what to try next."""
    from dataclasses import replace

    return replace(
        result,
        next="That was the whole job, on a local AWS that is gone now.\n"
        "\n"
        "Judge the templates as the security team does:\n"
        "  bidops-cfn check --all\n"
        "Keep a local AWS running, and deploy to it as often as you like:\n"
        f"  bidops-cfn sandbox --env {result.environment}",
    )


def images() -> Mapping[str, str]:
    """Return the image that the sandbox has of each service, as parameter values."""
    from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAG

    return {service.name: f":{SANDBOX_IMAGE_TAG}" for service in SERVICES}
