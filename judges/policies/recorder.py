"""An HTTP proxy on 127.0.0.1 that writes down every AWS call which passes through it."""

from __future__ import annotations

import http.client
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.session import get_session

SIGNED = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Recorded:
    """A call as it was sent: signing name of the service, operation, parameters."""

    service: str
    operation: str
    parameters: Mapping[str, Any]


class Recorder(ThreadingHTTPServer):
    """Forwards to ``endpoint`` and keeps ``calls``."""

    daemon_threads = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = urllib.parse.urlsplit(endpoint)
        self.calls: list[Recorded] = []

    @property
    def endpoint(self) -> str:
        """The address that clients use."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: Recorder

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.calls.append(read_call(self.path, self.command, dict(self.headers), body))
        upstream = self.server.upstream
        connection = http.client.HTTPConnection(str(upstream.hostname), upstream.port or 80)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing."""


def read_call(path: str, method: str, headers: Mapping[str, str], body: bytes) -> Recorded:
    """Return the call that a request makes, whichever protocol of AWS it speaks."""
    signed = SIGNED.search(headers.get("Authorization", ""))
    service = signed[1] if signed else ""
    target = headers.get("X-Amz-Target")
    if target:
        return Recorded(service, target.rpartition(".")[2], json.loads(body or b"{}"))
    if "/operation/" in path:
        return Recorded(service, path.rpartition("/operation/")[2], {})
    if service == "s3":
        bucket, _, key = path.lstrip("/").partition("?")[0].partition("/")
        name = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject"}.get(method, method)
        return Recorded(service, name, {"Bucket": bucket, "Key": key})
    if "Action=" not in body.decode("utf-8", "replace"):
        return read_rest_call(service, method, urllib.parse.unquote(path.partition("?")[0]))
    query = urllib.parse.parse_qs(body.decode("utf-8", "replace"))
    values: dict[str, Any] = {name: value[0] for name, value in query.items()}
    return Recorded(service, values.pop("Action", ""), values)


def read_rest_call(service: str, method: str, path: str) -> Recorded:
    """Return the operation of a REST service whose address this is, as botocore describes it."""
    for operation, uri in list_addresses(service, method):
        pattern = re.sub(r"\\{(\w+)(\\\+)?\\}", read_label, re.escape(uri))
        match = re.fullmatch(pattern, path)
        if match:
            return Recorded(service, operation, match.groupdict())
    return Recorded(service, f"{method} {path}", {})


def read_label(label: re.Match[str]) -> str:
    """Return the pattern of ``{Label}``, or of ``{Label+}``, which takes slashes too."""
    return f"(?P<{label[1]}>{'.+' if label[2] else '[^/]+'})"


def list_addresses(service: str, method: str) -> list[tuple[str, str]]:
    """Return the operations of a service and their addresses, those with fewest labels first."""
    model = get_session().get_service_model(service)
    found = [(name, model.operation_model(name).http) for name in model.operation_names]
    addresses = [
        (name, http["requestUri"].partition("?")[0])
        for name, http in found
        if http["method"] == method
    ]
    return sorted(addresses, key=lambda one: one[1].count("{"))


@contextmanager
def record(endpoint: str) -> Iterator[Recorder]:
    """Hold a recorder in front of ``endpoint``."""
    recorder = Recorder(endpoint)
    thread = threading.Thread(target=recorder.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield recorder
    finally:
        recorder.shutdown()
        thread.join()
        recorder.server_close()
