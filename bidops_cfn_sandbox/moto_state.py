"""moto's state, which is one per process: empty and set up for one sandbox, empty afterwards."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

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
