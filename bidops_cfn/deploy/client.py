"""Calls to AWS, one at a time, with requests and answers as botocore shapes them.

``boto_client.BotoClient`` implements ``Client`` with boto3; tests implement it with a scripted AWS.
Everything that knows what an answer means takes a ``Client``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from bidops_cfn.deploy.calls import Call

Json = dict[str, Any]


class Client(Protocol):
    """A way to make AWS calls in one region."""

    @property
    def region(self) -> str:
        """The region that calls go to."""

    def at(self, region: str) -> Client:
        """Return a client of the same account in another region."""

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make one call and return its answer; raises a ``Fault`` of ``faults``."""


class MeteredClient:
    """A client that counts its calls, so that a loop can keep to a rate."""

    def __init__(self, client: Client) -> None:
        self.calls = 0
        self._client = client

    @property
    def region(self) -> str:
        """The region that calls go to."""
        return self._client.region

    def at(self, region: str) -> Client:
        """Return a client in another region, whose calls are not counted: rates are a region's."""
        return self._client.at(region)

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make one call and count it."""
        self.calls += 1
        return self._client(call, **parameters)


class NotingClient:
    """A client that notes which stack its calls were about, so that an error can name it."""

    def __init__(self, client: Client) -> None:
        self.stack_id = ""
        self._client = client

    @property
    def region(self) -> str:
        """The region that calls go to."""
        return self._client.region

    def at(self, region: str) -> Client:
        """Return a client in another region, where only others' stacks are asked for."""
        return self._client.at(region)

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make one call, and note the id of the environment's stack where the answer has it."""
        answer = self._client(call, **parameters)
        if call is Call.DESCRIBE_STACKS and answer.get("Stacks"):
            self.stack_id = answer["Stacks"][0].get("StackId", self.stack_id)
        if call is Call.CREATE_CHANGE_SET:
            self.stack_id = answer.get("StackId", self.stack_id)
        return answer


def get_region(arn: str) -> str:
    """Return the region that an ARN names."""
    return arn.split(":")[3]


TOKENS = ("NextToken", "nextToken")  # as services spell it


def paginate(client: Client, call: Call, key: str, /, **parameters: object) -> Iterator[Any]:
    """Yield the items under ``key`` of every page of an answer that continues by a token."""
    token: dict[str, object] = {}
    while True:
        page = client(call, **parameters, **token)
        yield from page.get(key) or []
        token = {name: page[name] for name in TOKENS if page.get(name)}
        if not token:
            return
