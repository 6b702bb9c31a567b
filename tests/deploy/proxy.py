"""An HTTP proxy on 127.0.0.1 in front of the sandbox that throttles, hangs up, or holds a call."""

from __future__ import annotations

import http.client
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

THROTTLED = b"""<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>
<Message>Rate exceeded</Message></Error><RequestId>1</RequestId></ErrorResponse>"""
LIMIT_SECONDS = 60


@dataclass
class Trouble:
    """What goes wrong with the next calls of an action: each kind so many times.

    ``hold`` names an action whose answer is kept back until ``release`` is set, once the action
    ``hold_after`` was called, if one is named; ``held`` is set as soon as that happens.
    """

    throttle: dict[str, int] = field(default_factory=dict)
    hang_up: dict[str, int] = field(default_factory=dict)
    lose_answer: dict[str, int] = field(default_factory=dict)
    hold: str = ""
    hold_after: str = ""
    held: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    calls: list[str] = field(default_factory=list)

    def holds(self, action: str) -> bool:
        """Tell whether the answer to this call is kept back."""
        return action == self.hold and (not self.hold_after or self.hold_after in self.calls)

    def due(self, kind: dict[str, int], action: str) -> bool:
        """Tell whether it happens now, and count it."""
        if kind.get(action, 0) <= 0:
            return False
        kind[action] -= 1
        return True


class Proxy(ThreadingHTTPServer):
    """Forwards every request to ``endpoint``, with ``trouble``."""

    daemon_threads = True

    def __init__(self, endpoint: str, trouble: Trouble) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = urllib.parse.urlsplit(endpoint)
        self.trouble = trouble


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_POST(self) -> None:
        trouble = self.server.trouble
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        action = action_of(dict(self.headers), body)
        trouble.calls.append(action)
        if trouble.due(trouble.throttle, action):
            self._answer(400, {"Content-Type": "text/xml"}, THROTTLED)
        elif trouble.due(trouble.hang_up, action):
            self.close_connection = True
        else:
            status, headers, answer = self._forward(body)
            if trouble.holds(action):
                trouble.held.set()
                trouble.release.wait(LIMIT_SECONDS)
            if trouble.due(trouble.lose_answer, action):
                self.close_connection = True
            else:
                self._answer(status, headers, answer)

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        upstream = self.server.upstream
        connection = http.client.HTTPConnection(str(upstream.hostname), upstream.port or 80)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the client is gone

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextmanager
def proxy(endpoint: str, trouble: Trouble) -> Iterator[str]:
    """Hold a proxy in front of ``endpoint`` and return its own address."""
    server = Proxy(endpoint, trouble)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        trouble.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


def action_of(headers: dict[str, str], body: bytes) -> str:
    """The action that a request asks for, whichever protocol it speaks."""
    if target := headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    return urllib.parse.parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
