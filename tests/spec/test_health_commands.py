"""A health check that cannot fail is told from one that can."""

from __future__ import annotations

import pytest

from bidops_cfn.spec.health_commands import voided

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
