"""``Sandbox``: a local AWS in which the other stacks stand, for trying and for testing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from threading import Lock
from typing import Self

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.utils import get_service_model

from bidops_cfn.errors import UsageError
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.application import application
from bidops_cfn_sandbox.cloudformation.api import CloudFormation
from bidops_cfn_sandbox.contents import variables
from bidops_cfn_sandbox.engine.clock import Clock, RealClock
from bidops_cfn_sandbox.engine.engine import NOTHING, Engine, Rehearsal
from bidops_cfn_sandbox.furnishing import EXPORTS, Account
from bidops_cfn_sandbox.http_server import HttpServer
from bidops_cfn_sandbox.models.registry import TYPES
from bidops_cfn_sandbox.resource_type import Place

# moto's own switches, as https://docs.getmoto.org describes them; None takes one away.
SETTINGS: Mapping[str, str | None] = {
    # An account is found by its access key: nothing may say otherwise.
    "MOTO_ACCOUNT_ID": None,
    # Two thousand machine images, which are never started here, cost most of a start.
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}


@contextlib.contextmanager
def empty_backends() -> Iterator[None]:
    """Hold moto's backends, empty at the start and at the end."""
    former = {name: os.environ.get(name) for name in SETTINGS}
    _set(SETTINGS)
    _reset()
    try:
        yield
    finally:
        _reset()
        _set(former)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _reset() -> None:
    BackendDict.reset()
    reset_model_data()


# moto keeps one AWS per process.
_in_use = Lock()


@dataclass
class Sandbox:
    """A local AWS on 127.0.0.1 with the other stacks of ``environments``, while it is entered.

    Every environment has its own account; ``variables`` are what a client of that account needs.
    ``neighbours`` is the shape of the other stacks, ``exports`` or ``cdk`` (``furnishing``).
    ``pace`` is how many seconds of ``clock``, which is real time unless given, are one of AWS: at 0
    an operation is over when the call that starts it returns. ``rehearsal`` is what goes wrong.
    ``deployed`` are templates that stand in it from the start, as they are sent, by the name of
    the environment.
    Raise UsageError when the port is taken, or when another sandbox runs in the process.
    """

    environments: Sequence[Environment]
    port: int = 0
    neighbours: str = EXPORTS
    _: KW_ONLY
    pace: float = 0.0
    rehearsal: Rehearsal = NOTHING
    deployed: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=RealClock)
    _server: HttpServer | None = field(default=None, init=False)
    _exit: contextlib.ExitStack = field(init=False)

    @property
    def endpoint(self) -> str:
        """The URL that clients use instead of AWS's."""
        if self._server is None:
            raise UsageError("the sandbox is not running", "it runs inside its with block")
        return self._server.endpoint

    def variables(self, environment: Environment) -> dict[str, str]:
        """Return the variables to set for a client in the account of ``environment``."""
        return variables(_place(environment), self.endpoint)

    def __enter__(self) -> Self:
        """Deploy the other stacks, then serve."""
        if not _in_use.acquire(blocking=False):
            raise UsageError("another sandbox runs in this process", "there can be only one")
        with contextlib.ExitStack() as stack:
            stack.callback(_in_use.release)
            stack.enter_context(empty_backends())
            engine = Engine(self.clock)
            cloudformation = CloudFormation(TYPES, engine)
            for environment in self.environments:
                account = Account(cloudformation, environment, _place(environment))
                account.furnish(self.neighbours)
                if environment.name in self.deployed:
                    account.deploy_own_stack(self.deployed[environment.name])
            engine.pace, engine.rehearsal = self.pace, self.rehearsal
            # By far the largest: each of the first calls, side by side, would read it for itself.
            get_service_model("ec2")
            self._server = HttpServer(application(cloudformation), self.port)
            stack.callback(self._stop)
            self._exit = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving and forget everything."""
        self._exit.close()

    def _stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None


def _place(environment: Environment) -> Place:
    return Place(environment.account_id, environment.region)
