"""AWS's answers, each fetched once however many checks ask for it, and who asked for which."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from threading import Lock

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json
from bidops_cfn.deploy.preflight.together import start

# They tell where to look, and show nothing by themselves.
LOCATING = (
    Call.DESCRIBE_STACKS,
    Call.LIST_STACK_RESOURCES,
    Call.DESCRIBE_OTHER_STACKS,
)


class KeptAnswers:
    """A client that makes a call once, and gives everybody its answer or its fault."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = Lock()
        self._kept: dict[tuple[Call, str], Future[Json]] = {}
        self._elsewhere: dict[str, Client] = {}

    @property
    def region(self) -> str:
        """The region that calls go to."""
        return self._client.region

    def at(self, region: str) -> Client:
        """Return a client in another region, which keeps its answers too."""
        with self._lock:
            return self._elsewhere.setdefault(region, KeptAnswers(self._client.at(region)))

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Return the answer, asking for it when this is the first time."""
        key = call, repr(sorted(parameters.items()))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = start(partial(self._client, call, **parameters))
        return self._kept[key].result()


class NotedCalls:
    """A client that notes which calls were made through it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._made: dict[Call, None] = {}

    @property
    def region(self) -> str:
        """The region that calls go to."""
        return self._client.region

    @property
    def told(self) -> tuple[str, ...]:
        """The calls that show something, in the order in which they were made."""
        made = list(self._made)
        showing = [one for one in made if one not in LOCATING]
        return tuple(one.text for one in showing or made)

    def at(self, region: str) -> Client:
        """Return a client in another region; what it is asked only locates."""
        return self._client.at(region)

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make the call and note it."""
        self._made[call] = None
        return self._client(call, **parameters)
