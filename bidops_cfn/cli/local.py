"""The local AWS of ``--sandbox``: started for one command, with the other stacks deployed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from bidops_cfn.errors import UsageError
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES

if TYPE_CHECKING:
    from bidops_cfn.cli.plain import Plain
    from bidops_cfn.deploy.records import Result
    from bidops_cfn_sandbox.server import Sandbox

SLOWEST = 10.0
PACE_VARIABLE = "BIDOPS_CFN_SANDBOX_PACE"
# What leads a client past our variables, to an account of the user's: each has precedence over
# one of them in boto3 or in the AWS CLI.
ELSEWHERE = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)
SERVICE_ENDPOINT = "AWS_ENDPOINT_URL_"  # and the service's name
# moto asks boto3 for its regions as it is imported: a file that is torn would end it.
NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


@contextmanager
def local_account(
    shown: Plain, environment: Environment, rehearsed: str | None
) -> Iterator[Mapping[str, str]]:
    """Hold a local AWS to work in; yields the image that it has of each service, as parameters."""
    shown.status("Starting a local AWS with NetworkStack, StorageStack and SecurityStack ...")
    with (
        local_aws([environment], rehearsed=rehearsed) as sandbox,
        variables({**NO_FILES, **sandbox.variables(environment)}),
    ):
        from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAG

        yield dict.fromkeys(names(), f":{SANDBOX_IMAGE_TAG}")


@contextmanager
def local_aws(
    environments: Sequence[Environment],
    port: int = 0,
    neighbours: str = "exports",
    *,
    pace: float | None = None,
    rehearsed: str | None = None,
    deployed: Mapping[str, str] | None = None,
) -> Iterator[Sandbox]:
    """Hold a sandbox; raises ``UsageError`` where its libraries are not installed.

    ``pace`` is how many of its seconds are one of AWS, ``rehearsed`` what ``--rehearse`` says, and
    ``deployed`` the templates that stand in it from the start, by environment.
    """
    with ExitStack() as stack:
        with variables(NO_FILES):
            try:
                from bidops_cfn_sandbox.engine.engine import NOTHING, PACE, read_rehearsal
                from bidops_cfn_sandbox.server import Sandbox
            except ModuleNotFoundError as error:
                raise UsageError(
                    "the sandbox is not installed",
                    f"there is no module {error.name}",
                    hint="Install it: python -m pip install 'bidops-cfn[sandbox]'",
                ) from error
            sandbox = Sandbox(
                environments,
                port,
                neighbours,
                pace=chosen_pace(PACE) if pace is None else pace,
                rehearsal=read_rehearsal(rehearsed, names()) if rehearsed is not None else NOTHING,
                deployed=deployed or {},
            )
            stack.enter_context(sandbox)
        yield sandbox


def require_known(rehearsed: str | None) -> None:
    """Raise ``UsageError`` for what cannot be rehearsed; without the sandbox all may be."""
    with suppress(ModuleNotFoundError):
        from bidops_cfn_sandbox.engine.engine import read_rehearsal

        if rehearsed is not None:
            read_rehearsal(rehearsed, names())


def rehearsals() -> list[str]:
    """Return what can be rehearsed; nothing where the sandbox is not installed."""
    with suppress(ModuleNotFoundError):
        from bidops_cfn_sandbox.engine.engine import rehearsals as known

        return known(names())
    return []


def names() -> list[str]:
    """Return the names of the services, in the order of the model."""
    return [service.name for service in SERVICES]


def chosen_pace(usual: float) -> float:
    """Return the pace that the shell asks for, and the usual one where it asks for none."""
    text = os.environ.get(PACE_VARIABLE, "")
    try:
        pace = float(text) if text else usual
    except ValueError:
        pace = -1.0
    if not 0 <= pace <= SLOWEST:
        raise UsageError(
            f"{PACE_VARIABLE} is {text!r}",
            f"it is a number from 0 to {SLOWEST:g}: how many seconds of the sandbox are one of AWS",
            hint=f"unset {PACE_VARIABLE}",
        )
    return pace


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


def leads_elsewhere(name: str) -> bool:
    """Tell whether a variable of this name would lead a client past the local AWS."""
    return name in ELSEWHERE or name.startswith(SERVICE_ENDPOINT)


@contextmanager
def variables(values: Mapping[str, str]) -> Iterator[None]:
    """Hold environment variables for AWS clients, without those that would overrule them.

    What else is set meanwhile, moto's settings, stays.
    """
    names = {*values, *filter(leads_elsewhere, os.environ)}
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)
        os.environ.update(before)
