"""Calls to AWS, with requests and answers as botocore shapes them, one or many at the same time.

``boto_client.BotoClient`` implements ``Client`` with boto3; tests implement it with a scripted AWS.
Everything that knows what an answer means takes a ``Client``. Of many calls the longest chain
decides, not their number: each has a thread, since it only waits. Threads are daemons: a call that
hangs does not keep a command alive that was interrupted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from functools import cache, partial
from threading import Lock, Thread
from typing import Any, Generic, NoReturn, Protocol, TypeVar, overload

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound, Unavailable

T = TypeVar("T")
S = TypeVar("S")
Json = dict[str, Any]
# What names something to AWS, as answers spell it, and as task definitions do.
IDENTIFIER = re.compile(r"(id|arn|name|digest)s?$|^valueFrom$|^awslogs-", re.IGNORECASE)


@cache  # of the same few names, in every answer
def is_identifier(name: str) -> bool:
    """Tell whether the member of an answer that is called ``name`` names something to AWS."""
    return IDENTIFIER.search(name) is not None


class Client(Protocol):
    """A way to make AWS calls in one region."""

    @property
    def region(self) -> str:
        """The region that calls go to."""

    def at(self, region: str) -> Client:
        """Return a client of the same account in another region."""

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make one call and return its answer; raises a ``Fault`` of ``faults``."""


class Answer(Json):
    """An answer of AWS; raises ``Unavailable`` where it lacks what AWS never leaves out.

    An empty identifier is one that is left out: nothing can be asked for by it.
    """

    def __init__(self, call: Call, values: Json) -> None:
        super().__init__(values)
        self._call = call
        for name, value in values.items():
            if isinstance(value, dict | list):
                self[name] = _hold(call, value)
            if (value == "" or isinstance(value, list)) and is_identifier(name):
                self._leave_out(name)

    def _leave_out(self, name: str) -> None:
        if self[name] == "":
            del self[name]
        else:
            self[name] = [one for one in self[name] if one != ""]

    def __missing__(self, name: str) -> NoReturn:
        raise Unavailable(self._call, f"the answer is not what AWS answers: it has no {name}")


def _hold(call: Call, value: Any) -> Any:
    if isinstance(value, dict):
        return Answer(call, value)
    return [_hold(call, one) for one in value] if isinstance(value, list) else value


class AroundClient:
    """A client around another one; what it does beside each call stays in the one region."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def region(self) -> str:
        """The region that calls go to."""
        return self._client.region

    def at(self, region: str) -> Client:
        """Return a plain client in another region."""
        return self._client.at(region)


class NotingClient(AroundClient):
    """A client that notes how many calls it made, and about which stack.

    So a loop can keep to a rate, which is a region's, and an error can name the stack.
    """

    calls = 0
    stack_id = ""

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make one call, count it, and note the id of the environment's stack where it has it."""
        self.calls += 1
        answer = self._client(call, **parameters)
        if call is Call.DESCRIBE_STACKS and answer.get("Stacks"):
            self.stack_id = answer["Stacks"][0].get("StackId", self.stack_id)
        if call is Call.CREATE_CHANGE_SET:
            self.stack_id = answer.get("StackId", self.stack_id)
        return answer


def find(client: Client, call: Call, /, **parameters: object) -> Json | None:
    """Return the answer of a call about one thing; None where AWS says that there is none."""
    try:
        return client(call, **parameters)
    except NotFound:
        return None


def get_region(arn: str) -> str:
    """Return the region that an ARN names."""
    return arn.split(":")[3]


# How services spell the token that continues an answer, there and in the next request.
TOKENS = {
    **{name: name for name in ("NextToken", "nextToken", "Marker")},
    "NextMarker": "Marker",
}


def read_pages(client: Client, call: Call, /, **parameters: object) -> Iterator[Json]:
    """Yield every page of an answer; raises ``Unavailable`` where a page leads back to another."""
    token: Json = {}
    used: list[Json] = []
    while token not in used:
        used.append(token)
        page = client(call, **parameters, **token)
        yield page
        token = {asked: page[name] for name, asked in TOKENS.items() if page.get(name)}
        if not token:
            if page.get("IsTruncated"):
                raise Unavailable(call, "its answer goes on, and does not say where")
            return
    raise Unavailable(call, "its pages do not end: one leads back to another that was read")


def paginate(client: Client, call: Call, key: str, /, **parameters: object) -> Iterator[Any]:
    """Yield the items under ``key`` of every page; raises as ``read_pages``."""
    for page in read_pages(client, call, **parameters):
        yield from page.get(key) or []


_claiming = Lock()


def start(task: Callable[[], T]) -> Future[T]:
    """Begin ``task`` and return where its result, or what it raises, will be."""
    future: Future[T] = Future()
    Thread(target=_settle, args=(future, task), daemon=True).start()
    return future


def ask_each(ask: Callable[[S], T], subjects: Iterable[S]) -> list[tuple[S, T]]:
    """Return each with what ``ask`` returns of it; raise the first error once all ended."""
    futures = [(one, start(partial(ask, one))) for one in subjects]
    wait([future for _, future in futures])
    return [(one, future.result()) for one, future in futures]


def find_each(
    client: Client, call: Call, name: str, values: Iterable[str]
) -> list[tuple[str, Json | None]]:
    """Return each value with the answer about it, None where AWS says that there is none."""
    return ask_each(lambda one: find(client, call, **{name: one}), values)


class once(Generic[S, T]):  # noqa: N801 - reads as a decorator, like ``cached_property``
    """A property that is worked out once, even by many threads: the others wait for its answer.

    ``functools.cached_property`` would ask AWS as often as there are threads. An error is kept too.
    """

    def __init__(self, ask: Callable[[S], T]) -> None:
        self._ask = ask
        self.__doc__ = ask.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._kept = f"_{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> once[S, T]: ...

    @overload
    def __get__(self, instance: S, owner: type) -> T: ...

    def __get__(self, instance: S | None, owner: type) -> T | once[S, T]:
        """Return the answer, asking for it when this is the first time."""
        if instance is None:
            return self
        values: dict[str, Any] = instance.__dict__
        with _claiming:
            asked = self._kept in values
            future: Future[T] = values.setdefault(self._kept, Future())
        if not asked:
            _settle(future, lambda: self._ask(instance))
        return future.result()


def _settle(future: Future[T], task: Callable[[], T]) -> None:
    try:
        future.set_result(task())
    except BaseException as error:  # raised again where the result is read
        future.set_exception(error)
