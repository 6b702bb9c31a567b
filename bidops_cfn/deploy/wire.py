"""The narrow line to AWS: one call at a time, requests and answers as botocore shapes them.

``client.Boto`` implements ``Wire`` with boto3; tests implement it with a scripted AWS. Everything
that knows what an answer means sits above this line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from bidops_cfn.deploy.calls import Call

Json = dict[str, Any]


class Wire(Protocol):
    """A way to make AWS calls in one region."""

    @property
    def region(self) -> str:
        """The region that calls go to."""

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make one call and return its answer; raises a ``Fault`` of ``faults``."""


class Metered:
    """A wire that counts its calls, so that a loop can keep to a rate."""

    def __init__(self, wire: Wire) -> None:
        self.calls = 0
        self._wire = wire

    @property
    def region(self) -> str:
        """The region that calls go to."""
        return self._wire.region

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make one call and count it."""
        self.calls += 1
        return self._wire(call, **parameters)


def paged(wire: Wire, call: Call, key: str, /, **parameters: object) -> Iterator[Json]:
    """Yield the items under ``key`` of every page of an answer that continues by ``NextToken``."""
    token: dict[str, object] = {}
    while True:
        page = wire(call, **parameters, **token)
        yield from page.get(key) or []
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
