"""A CloudFormation that takes its time: a proxy before the sandbox, whose operations take none.

It passes every call on. For two seconds after a change set was made, answers about it say that it
is being made; for some seconds after it was executed, or a stack was created without one, answers
about the stack say that it is being created, and events that something is complete have not
happened yet. Each call can take a while longer, as calls do over a network.
"""

from __future__ import annotations

import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHANGE_SET_SECONDS = 2.0
CHANGE_SET = re.compile(r"<Status>CREATE_COMPLETE</Status>")
STATUS = re.compile(r"<StackStatus>CREATE_COMPLETE</StackStatus>")
PENDING = "<Status>CREATE_IN_PROGRESS</Status>"
COMPLETE_EVENT = re.compile(
    r"<member>(?:(?!</member>).)*<ResourceStatus>CREATE_COMPLETE</ResourceStatus>.*?</member>",
    re.DOTALL,
)
NOT_PASSED_ON = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}


class SlowService(ThreadingHTTPServer):
    """The proxy; ``calls`` are the moments of all calls, the others those of one call.

    An operation takes ``seconds``, and every call ``delay`` seconds beyond its own.
    """

    daemon_threads = True

    def __init__(self, upstream: str, seconds: float, delay: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.upstream = upstream.rstrip("/")
        self.seconds = seconds
        self.delay = delay
        self.calls: list[float] = []
        self.created: float | None = None
        self.executed: float | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def took(self) -> float:
        """The seconds of the operation and of the change set before it, where there was one."""
        return self.seconds + (0 if self.created is None else CHANGE_SET_SECONDS)

    @property
    def done(self) -> float:
        """The moment at which the operation ends; raises where none began."""
        if self.executed is None:
            raise LookupError("no operation began")
        return self.executed + self.seconds

    def busiest_second(self) -> int:
        """Return the most calls within one second while the operation ran."""
        while_running = [
            call for call in self.calls if self.executed and self.executed < call < self.done
        ]
        return max(
            (sum(start <= call < start + 1 for call in while_running) for start in while_running),
            default=0,
        )

    def told(self, request: str, answer: str) -> str:
        """Return what the client is told instead of ``answer``."""
        now = time.monotonic()
        if "Action=DescribeChangeSet&" in request and self.created is not None:
            pending = now < self.created + CHANGE_SET_SECONDS
            return CHANGE_SET.sub(PENDING, answer) if pending else answer
        if self.executed is None or now >= self.done or "StackName=" not in request:
            return answer
        answer = STATUS.sub("<StackStatus>CREATE_IN_PROGRESS</StackStatus>", answer)
        return COMPLETE_EVENT.sub("", answer)


class Passing(BaseHTTPRequestHandler):
    """One call, passed on."""

    protocol_version = "HTTP/1.1"
    server: SlowService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.pass_on("POST", body)

    def do_GET(self) -> None:
        self.pass_on("GET", None)

    def pass_on(self, method: str, body: bytes | None) -> None:
        self.server.calls.append(time.monotonic())
        time.sleep(self.server.delay)
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON
        }
        request = urllib.request.Request(
            self.server.upstream + self.path, body, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, kind, content = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, kind, content = error.code, error.headers, error.read()
        asked = (body or b"").decode(errors="replace")
        if self.server.seconds:
            if "Action=CreateChangeSet" in asked and status == 200:
                self.server.created = time.monotonic()
            begins = ("Action=ExecuteChangeSet", "Action=CreateStack&")
            if any(one in asked for one in begins) and status == 200:
                self.server.executed = time.monotonic()
        if "xml" in kind.get("Content-Type", "") or content.startswith(b"<"):
            content = self.server.told(asked, content.decode()).encode()
        self.send_response_only(status)  # date and server are those of the answer
        for name, value in kind.items():
            if name.lower() not in NOT_PASSED_ON | {"content-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def slow_service(upstream: str, seconds: float, delay: float = 0.0) -> Iterator[SlowService]:
    """Hold a proxy before ``upstream``: operations of ``seconds``, calls of ``delay`` more."""
    server = SlowService(upstream, seconds, delay)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
