"""The scripted wire: holds every request and answer against botocore's model, and misbehaves."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from threading import RLock
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import Shape
from botocore.validate import ParamValidator
from moto.core.model import ServiceModel

from bidops_cfn.deploy.boto_client import get_loader, translate_error_answer
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Answer
from bidops_cfn.deploy.faults import Fault, Unsupported
from bidops_cfn_sandbox.engine.answers import AwsError
from tests.deploy.scripted.clock import VirtualClock

Json = dict[str, Any]
REGION = "us-east-1"
METHODS = {call: xform_name(call.value.name) for call in Call}


@functools.cache
def model(service: str) -> ServiceModel:
    return ServiceModel(get_loader(None).load_service_model(service, "service-2"), service)


def check_request(call: Call, parameters: Mapping[str, object]) -> None:
    shape = model(call.value.service).operation_model(call.value.name).input_shape
    report = ParamValidator().validate(dict(parameters), shape)
    assert not report.has_errors(), f"{call.text}: {report.generate_report()}"


def check_answer(call: Call, answer: Json, new: Collection[str] = ()) -> None:
    """Hold an answer against the model; ``new`` are words that AWS added after it."""
    shape = model(call.value.service).operation_model(call.value.name).output_shape
    if shape is not None:
        _check(call.text, answer, shape, new)


def _check(where: str, value: Any, shape: Shape, new: Collection[str]) -> None:
    if shape.type_name == "structure":
        members = shape.members
        for key, inner in value.items():
            assert key in members, f"{where}: AWS answers no {key}"
            member = members[key]
            if member.type_name == "string" and not list_words(member):
                assert isinstance(inner, str), f"{where}.{key}: {inner!r}"
            elif member.type_name in ("structure", "list", "string"):
                _check(f"{where}.{key}", inner, member, new)
    elif shape.type_name == "list":
        for inner in value:
            _check(where, inner, shape.member, new)
    elif shape.type_name == "string":
        assert isinstance(value, str), f"{where}: {value!r}"
        words = list_words(shape)
        assert not words or value in words or value in new, f"{where}: AWS never says {value}"


@functools.cache
def list_words(shape: Shape) -> Collection[str]:
    """The words that AWS may say; none where it may say anything."""
    words = frozenset[str](getattr(shape, "enum", None) or ())
    if shape.name == "ResourceStatus":  # events of the stack itself say its own status
        words |= {*model("cloudformation").shape_for("StackStatus").enum}
    return words


def translate_refusal(call: Call, refused: AwsError) -> Fault:
    """Return the fault that the client makes of the engine's refusal."""
    said = {"Error": {"Code": refused.code, "Message": refused.message}}
    return translate_error_answer(call, ClientError(said, call.value.name))


def page(
    found: list[Any], token: str, size: int, name: str = "NextToken"
) -> tuple[list[Any], Json]:
    """One page of what was found, and under ``name`` the token that continues it."""
    end = int(token) + size
    return found[int(token) : end], {name: str(end)} if end < len(found) else {}


class ScriptedWire:
    """Answers calls by ``handlers``; ``before`` and ``after`` hold what goes wrong, call by call.

    What stands in ``before`` happens instead of the call, in ``after`` instead of its answer: the
    call took effect, and its answer was lost. ``None`` lets one call pass. ``unknown`` holds the
    operations, by AWS's name, that the endpoint does not know.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.region = REGION
        self.clock = clock
        self.calls: list[tuple[Call, Json]] = []
        self.times: list[float] = []  # of the calls, on the clock
        self.unknown: set[str] = set()
        self.new_words: set[str] = set()  # that the installed model does not know yet
        self.handlers: dict[Call, Callable[..., Json]] = {}
        self.before: dict[Call, list[BaseException | None]] = {}
        self.after: dict[Call, list[BaseException | None]] = {}
        self.stop: tuple[int, str] | None = None  # Ctrl-C at the nth call, "before" or "after"
        self.always: dict[Call, Callable[[], BaseException]] = {}
        self.elsewhere: dict[str, ScriptedWire] = {}  # other regions, where something stands there
        self._one_at_a_time = RLock()

    def at(self, region: str) -> ScriptedWire:
        return self if region == self.region else self.elsewhere[region]

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        return Answer(call, self.answer(call, parameters))

    def answer(self, call: Call, parameters: Json) -> Json:
        check_request(call, parameters)
        with self._one_at_a_time:
            return self._answer(call, parameters)

    def _answer(self, call: Call, parameters: Json) -> Json:
        self.calls.append((call, parameters))
        self.times.append(self.clock.elapsed)
        self._stop("before")
        self._raise(self.before, call)
        if call.value.name in self.unknown:
            raise Unsupported(call, f"unknown operation {call.value.name}", "InvalidAction")
        if call in self.always:
            raise self.always[call]()
        try:
            answer = self.handlers[call](**parameters)
        except AwsError as refused:
            raise translate_refusal(call, refused) from refused
        finally:
            self._stop("after")
        check_answer(call, answer, self.new_words)
        self._raise(self.after, call)
        return answer

    def serve(self, service: object) -> None:
        """Answer by ``service``'s methods that have the name of an operation, in Python's form."""
        for call, name in METHODS.items():
            handler = getattr(service, name, None)
            if handler is not None:
                self.handlers[call] = handler

    def refuse(self, fault: type[Fault], *calls: Call, why: str = "no", code: str = "") -> None:
        """Refuse these calls from now on."""
        for call in calls:
            self.always[call] = functools.partial(fault, call, why, code)

    def change(self, call: Call, change: Callable[[Json], object]) -> None:
        """Change every answer to the call before it is given."""
        answer = self.handlers[call]

        def answered(**parameters: Any) -> Json:
            given = answer(**parameters)
            change(given)
            return given

        self.handlers[call] = answered

    def made(self, call: Call) -> list[Json]:
        return [parameters for one, parameters in self.calls if one is call]

    def _stop(self, moment: str) -> None:
        if self.stop == (len(self.calls), moment):
            raise KeyboardInterrupt

    @staticmethod
    def _raise(planned: dict[Call, list[BaseException | None]], call: Call) -> None:
        if planned.get(call):
            problem = planned[call].pop(0)
            if problem is not None:
                raise problem
