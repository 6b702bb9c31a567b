"""What an operation runs in: the account or a local AWS, the clock, chance, and signals."""

from __future__ import annotations

import os
import random
import signal
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from bidops_cfn.cli.access import Access, make_client
from bidops_cfn.cli.cache_folder import find_cache_folder
from bidops_cfn.settings.environment import Environment

if TYPE_CHECKING:
    from bidops_cfn.cli.plain import Plain
    from bidops_cfn.deploy.runtime import Runtime


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


@contextmanager
def place(
    shown: Plain, environment: Environment, rehearsed: str | None, *, sandbox: bool
) -> Iterator[Mapping[str, str]]:
    """Hold the AWS to work in, the account or a local one, with the images that it offers."""
    if not sandbox:
        yield {}
        return
    from bidops_cfn.cli import local

    with (
        local.started(shown, environment, rehearsed) as started,
        variables(started.variables(environment)),
    ):
        yield local.images()


def runtime(shown: Plain, environment: Environment, access: Access) -> Runtime:
    """Return the surroundings of an operation; raises as ``make_client`` does."""
    from bidops_cfn.deploy.runtime import Runtime, SystemClock
    from bidops_cfn.deploy.stack_ids import StackIdFolder

    return Runtime(
        client=make_client(environment, access),
        clock=SystemClock(),
        output=shown,
        terminal=shown,
        chance=random.random,
        unique=lambda: uuid.uuid4().hex,
        stack_ids=StackIdFolder(find_cache_folder("stacks")),
    )


@contextmanager
def signals() -> Iterator[None]:
    """Hold handlers that turn the signals which end a process politely into an interrupt.

    A signal that was ignored when we started (``nohup``) stays ignored.
    """
    from bidops_cfn.deploy.follow import Terminated

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    polite = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    heard = [number for number in polite if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, terminate) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def variables(values: Mapping[str, str]) -> Iterator[None]:
    """Hold environment variables for AWS clients, without those that would overrule them."""
    before = dict(os.environ)
    for name in list(os.environ):
        if name in ELSEWHERE or name.startswith(SERVICE_ENDPOINT):
            del os.environ[name]
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
