"""The scripted AWS over HTTP on 127.0.0.1, for the real client and for the real process.

Requests are parsed and answers written by botocore's service models. The clock is real: what a
scenario wants to happen happens before the next request that comes after it.
"""

from __future__ import annotations

import functools
import os
import re
import socket
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import get_serializer_class
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request, Response

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    Fault,
    NoCredentials,
    NotFound,
    Throttled,
    Unavailable,
    Unsupported,
)
from bidops_cfn_sandbox.engine.answers import JSON_TYPE, XML_TYPE, write_error
from bidops_cfn_sandbox.http_server import HttpServer
from tests.deploy.scripted.clock import RealClock
from tests.deploy.scripted.wire import model as model_of
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE, as_options
from tests.process.command import COMMAND

CODES: dict[type[Fault], str] = {
    AccessDenied: "AccessDenied",
    ExpiredCredentials: "ExpiredToken",
    NoCredentials: "InvalidClientTokenId",
    NotFound: "ResourceNotFoundException",
    Throttled: "Throttling",
    Unsupported: "InvalidAction",
}
CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/")
Answer = tuple[int, str, bytes]


class ScriptedServer(HttpServer):
    """Answers from ``world``, one request at a time.

    ``keys`` and ``regions`` are what the requests are signed with.
    """

    def __init__(self, world: World) -> None:
        assert isinstance(world.clock, RealClock)
        self.world = world
        self.clock: RealClock = world.clock
        self.lock = threading.Lock()
        self.keys: set[str] = set()
        self.regions: set[str] = set()
        super().__init__(self._serve, 0)

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        for key, region in CREDENTIAL.findall(request.headers.get("Authorization", "")):
            self.keys.add(key)
            self.regions.add(region)
        try:
            status, kind, text = self._respond(request, request.get_data())
        except Unavailable as lost:  # no answer at all
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError from lost
        return Response(text, status, content_type=kind)(environ, start_response)

    def _respond(self, request: Request, body: bytes) -> Answer:
        if request.method == "PUT":
            bucket, key = request.path[1:].split("/", 1)
            self._answer(Call.PUT_OBJECT, {"Bucket": bucket, "Key": key, "Body": body})
            return 200, "application/xml", b""
        call, protocol = asked(request.headers.get("X-Amz-Target", ""), body)
        if call is None or call not in self.world.wire.handlers:
            return refusal(protocol, "InvalidAction", "the endpoint does not know this operation")
        model = model_of(call.value.service).operation_model(call.value.name)
        form = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
        given = {"body": body, "values": MultiDict(form if protocol != "json" else ())}
        try:
            answer = self._answer(call, PROTOCOL_PARSERS[protocol](model).parse(given))
        except Unavailable:
            raise
        except Fault as fault:
            return refusal(protocol, fault.code or CODES.get(type(fault), "Error"), fault.why)
        written = get_serializer_class(call.value.service, protocol)(model).serialize(answer)
        text = written["body"]
        kind = JSON_TYPE if protocol == "json" else XML_TYPE
        return written["status_code"], kind, text.encode() if isinstance(text, str) else text

    def _answer(self, call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answer as the world does now."""
        with self.lock:
            self.clock.catch_up()
            return self.world.wire.answer(call, parameters)


@functools.cache
def known() -> dict[tuple[str, str], tuple[Call, str]]:
    """Every call of ours by what a request names: target prefix or version, and operation."""
    found = {}
    for call in Call:
        model = model_of(call.value.service)
        prefix = model.metadata.get("targetPrefix")
        protocols = model.metadata.get("protocols", [model.metadata["protocol"]])
        if prefix and "json" in protocols:
            found[prefix, call.value.name] = (call, "json")
        if {"query", "ec2"} & set(protocols):
            protocol = "ec2" if "ec2" in protocols else "query"
            found[model.metadata["apiVersion"], call.value.name] = (call, protocol)
    return found


def asked(target: str, body: bytes) -> tuple[Call | None, str]:
    """Return the call that a request makes, if we know it, and its protocol."""
    if target:
        prefix, _, name = target.rpartition(".")
        return known().get((prefix, name), (None, "json"))
    form = urllib.parse.parse_qs(body.decode())
    version, name = form.get("Version", [""])[0], form.get("Action", [""])[0]
    return known().get((version, name), (None, "query"))


def refusal(protocol: str, code: str, message: str) -> Answer:
    """Return an error as AWS writes it."""
    kind, text = write_error(protocol, code, message)
    denied = protocol != "json" and code in ("AccessDenied", "ExpiredToken")
    return 403 if denied else 400, kind, text.encode()


@contextmanager
def served(world: World) -> Iterator[ScriptedServer]:
    """Hold the world's AWS at an address of its own."""
    server = ScriptedServer(world)
    try:
        yield server
    finally:
        server.stop()


def variables(address: str, region: str) -> dict[str, str]:
    """What a shell sets so that any AWS client works against the scripted AWS."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "scripted",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


LIMIT_SECONDS = 90
UPDATE = ("deploy", "--env", "dev", "--image", "bff=1.4.2", "--yes")
CREATE = (*UPDATE, *as_options({n: tag for n, tag in EVERY_IMAGE.items() if n != "bff"}))


def shell(server: ScriptedServer, project: Path, more: Mapping[str, str]) -> dict[str, str]:
    """The variables of a shell that reaches the scripted AWS; an empty one is not set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    region = server.world.environment.region
    cache = {"XDG_CACHE_HOME": str(project / ".cache"), "CI": ""}
    merged = {**kept, **cache, **variables(server.endpoint, region), **more}
    return {name: value for name, value in merged.items() if value}


def run(
    server: ScriptedServer, project: Path, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run ``bidops-cfn ARGUMENTS`` in the project, with ``more`` variables; return how it ended."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=project,
        env=shell(server, project, more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def until(happened: Callable[[], object]) -> None:
    """Wait until something has happened in the scripted AWS."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it never happens"
        time.sleep(0.05)
