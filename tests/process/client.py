"""A command that ``server.py`` runs: the process that a test starts, and that stands for it.

It imports no more than it must, since it starts anew for every command.
"""

import os
import signal
import sys
from _socket import AF_UNIX, SCM_RIGHTS, SOL_SOCKET, socket

ELSEWHERE = b"\xff"


def main(address: str, *arguments: str) -> None:
    """Let the server run the tool with ``arguments``, and end as it does."""
    try:
        folder = os.getcwd()  # noqa: PTH109 - pathlib takes longer to import than all of this
        for number in (0, 1, 2):
            os.fstat(number)
        server = socket(AF_UNIX)
        server.connect(address)
    except OSError:  # what is gone or closed cannot be passed on, and without pytest none serves
        start(arguments)
    signals = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
    ignored = [number for number in signals if signal.getsignal(number) == signal.SIG_IGN]
    variables = [f"{name}={value}" for name, value in os.environ.items()]
    words = [folder, "".join(map(chr, ignored)), str(len(arguments)), *arguments, *variables]
    text = os.fsencode("\0".join(words))
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    server.sendmsg([len(text).to_bytes(4, "big")], [(SOL_SOCKET, SCM_RIGHTS, streams)])
    server.sendall(text)
    if server.recv(1) == ELSEWHERE:
        start(arguments)
    for number in {*signals}.difference(ignored):
        signal.signal(number, lambda got, _: server.send(bytes([got])))
    code = int.from_bytes(server.recv(4), "big", signed=True)
    if code < 0:  # it was ended by a signal, and so are we
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def start(arguments: tuple[str, ...]) -> None:
    """Become the tool, started as a user starts it."""
    os.execv(sys.executable, [sys.executable, "-m", "bidops_cfn", *arguments])


main(*sys.argv[1:])
