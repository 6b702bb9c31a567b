"""A threaded HTTP server on 127.0.0.1 that leaves no thread and no socket behind."""

from __future__ import annotations

import contextlib
import logging
import socket
from threading import Lock, Thread
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from bidops_cfn.errors import UsageError

HOST = "127.0.0.1"
POLL_SECONDS = 0.02


class QuietHandler(MotoRequestHandler):
    """A request handler that prints nothing: requests are not news."""

    def log(self, type_: str, message: str, *args: Any) -> None:
        """Send werkzeug's lines to a logger, which a caller can read."""
        logging.getLogger(__name__).debug(message, *args)


class Connections(ThreadedWSGIServer):
    """werkzeug's server, which also knows its open connections, to end them when it stops."""

    daemon_threads = False

    def __init__(self, application: Any, listening: socket.socket) -> None:
        super().__init__(HOST, 0, application, QuietHandler, fd=listening.fileno())
        self._open: set[Any] = set()
        self._lock = Lock()

    def get_request(self) -> Any:
        """Accept a connection, without waiting for full packets."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has been served."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that are still open, so that their threads can end."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the client has gone already
                    connection.shutdown(socket.SHUT_RDWR)


class HttpServer:
    """``application`` served on ``port`` (0: any free one) from its construction until ``stop``.

    Raise UsageError when the port is taken.
    """

    def __init__(self, application: Any, port: int) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listening.bind((HOST, port))
                listening.listen()
            except OSError as error:
                raise UsageError(
                    f"cannot serve on {HOST}:{port}",
                    (error.strerror or str(error)).lower(),
                    hint="Take another port with --port N, or leave it out for any free one.",
                ) from error
            self._server = Connections(application, listening)
        self._thread = Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), name="sandbox"
        )
        self._thread.start()

    @property
    def endpoint(self) -> str:
        """The URL that clients use."""
        return f"http://{HOST}:{self._server.port}"

    def stop(self) -> None:
        """Stop serving; return when every thread has ended and every socket is closed."""
        self._server.shutdown()
        self._server.hang_up()
        self._thread.join()
