"""Asking AWS many things at the same time: the longest chain of calls decides, not their number.

Threads of their own, since they only wait for answers. They are daemons: a call that hangs does not
keep a command alive that was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from functools import partial
from threading import Lock, Thread
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
S = TypeVar("S")

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
