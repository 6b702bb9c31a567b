"""The server of ``client.py``: has loaded what the tool may use, and forks for each command."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import gc
import importlib
import os
import pkgutil
import selectors
import signal
import socket
import sys
import termios
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path

from botocore import loaders
from moto.core.utils import get_service_model

from bidops_cfn.deploy.boto_client import get_loader
from bidops_cfn.deploy.calls import Call

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("bidops_cfn", "bidops_cfn_sandbox")
ELSEWHERE, FORKED = b"\xff", b"\0"


@dataclass(frozen=True)
class Command:
    """What a client asks for; ``ignored`` are the signals that it was started without."""

    folder: str
    ignored: list[int]
    arguments: list[str]
    variables: dict[str, str]
    streams: list[int]

    def close(self) -> None:
        """Close the streams, which are those of the fork."""
        for stream in self.streams:
            os.close(stream)

    def starts_otherwise(self) -> bool:
        """Tell whether an interpreter that starts with it is not as the server is."""
        if of_interpreter(self.variables) != of_interpreter(dict(os.environ)):
            return True
        copies = [(Path(self.folder, one), REPOSITORY / one) for one in PACKAGES]
        return any(
            copy.exists() and copy != ours and list_files(copy) != list_files(ours)
            for copy, ours in copies
        )


def list_files(package: Path) -> dict[str, tuple[int, float]]:
    """Return size and time of each file that a package is made of."""
    return {
        str(path.relative_to(package)): (path.stat().st_size, path.stat().st_mtime)
        for path in package.rglob("*.*")
        if path.suffix != ".pyc"
    }


def of_interpreter(variables: dict[str, str]) -> dict[str, str]:
    """Return the variables that an interpreter reads when it starts."""
    return {
        name: value
        for name, value in variables.items()
        if name.startswith(("PYTHON", "LC_", "LANG")) and value
    }


def receive(client: socket.socket) -> Command:
    """Return what a client asks for."""
    head, streams, _, _ = socket.recv_fds(client, 4, 3)
    size = int.from_bytes(head, "big")
    text = b""
    while len(text) < size:
        text += client.recv(size - len(text))
    folder, ignored, count, *words = os.fsdecode(text).split("\0")
    variables = dict(word.split("=", 1) for word in words[int(count) :])
    return Command(folder, list(map(ord, ignored)), words[: int(count)], variables, streams)


@functools.cache
def load() -> None:
    """Import all of the tool; what it imports when it runs, libraries do when they are imported."""
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
    for package in PACKAGES:
        path = [str(REPOSITORY / package)]
        for module in pkgutil.walk_packages(path, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    # Models of services are files of botocore's, which each of its sessions and moto's calls read.
    loaders.JSONFileLoader.load_file = functools.cache(loaders.JSONFileLoader.load_file)
    loader = get_loader(None)
    for service in sorted({call.value.service for call in Call}):
        loader.load_service_model(service, "service-2")
        get_service_model(service)
    gc.collect()
    gc.freeze()


class Server:
    """Forks for each client of ``listener``, until stdin is closed."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.selector = selectors.DefaultSelector()
        self.running: dict[socket.socket, int] = {}  # client -> its fork
        self.woken, self.wake = socket.socketpair()
        self.wake.setblocking(False)
        signal.set_wakeup_fd(self.wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for each in (sys.stdin, self.woken, listener):
            self.selector.register(each, selectors.EVENT_READ)

    def serve(self) -> Command:
        """Serve; return in each fork, with its command."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is sys.stdin:
                    os._exit(0)
                elif key.fileobj is self.woken:
                    self.woken.recv(4096)
                    self.end()
                elif key.fileobj is self.listener:
                    client, _ = self.listener.accept()
                    command = receive(client)
                    if self.fork(client, command):
                        return command
                elif key.fileobj in self.running:
                    self.pass_on(key.fileobj)

    def fork(self, client: socket.socket, command: Command) -> bool:
        """Fork, and return True in the fork; let a client alone that needs a start of its own."""
        if command.starts_otherwise():
            client.send(ELSEWHERE)
            client.close()
        else:
            load()
            child = os.fork()
            if not child:
                for each in (self.selector, self.woken, self.wake, self.listener, client):
                    each.close()
                for other in self.running:
                    other.close()
                return True
            client.send(FORKED)
            self.running[client] = child
            self.selector.register(client, selectors.EVENT_READ)
        command.close()
        return False

    def pass_on(self, client: socket.socket) -> None:
        """Give a fork the signals that its client got; with the client it dies."""
        with contextlib.suppress(ConnectionError):
            for number in client.recv(64) or [signal.SIGKILL]:
                os.kill(self.running[client], number)

    def end(self) -> None:
        """Tell the clients of the forks that have ended how they did."""
        for client, child in list(self.running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                del self.running[client]
                self.selector.unregister(client)
                code = os.waitstatus_to_exitcode(status)
                with client, contextlib.suppress(ConnectionError):
                    client.send(code.to_bytes(4, "big", signed=True))


def become(command: Command) -> None:
    """Take over what a process starts with."""
    os.setsid()
    for number, stream in enumerate(command.streams):
        os.dup2(stream, number)
    command.close()
    if os.isatty(0):  # Ctrl-C there reaches the leader of its session
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    sys.stdout.reconfigure(line_buffering=os.isatty(1))  # type: ignore[union-attr]
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number in command.ignored:
        signal.signal(number, signal.SIG_IGN)
    os.chdir(command.folder)
    os.environ.clear()
    os.environ.update(command.variables)
    sys.path[0] = command.folder
    sys.argv = ["bidops-cfn", *command.arguments]


def run() -> None:
    """Run the tool; what the server has loaded is not cleared up at its end: that takes 0.2 s."""
    from bidops_cfn.cli import main

    code: object = 1
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    become(Server(socket.socket(fileno=int(sys.argv[1]))).serve())
    run()
