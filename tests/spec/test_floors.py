from __future__ import annotations

import pytest

from bidops_cfn.spec.floors import is_scratch


@pytest.mark.parametrize(
    "path",
    ["/tmp", "/tmp/a", "/var/tmp", "/var/cache/nginx", "/app/.next/cache", "/run/app", "/app/tmp"],
)
def test_what_holds_nothing_may_be_covered(path: str) -> None:
    assert is_scratch(path)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/app",
        "/app/",
        "//app",
        "/app/../usr",
        "/app/./tmp",
        "/app/node_modules",
        "/app/.next",
        "/srv",
        "/opt/app",
        "/usr",
        "/usr/lib",
        "/usr/local/tmp",
        "/etc",
        "/etc/ssl",
        "/lib",
        "/proc",
        "/sys",
        "/dev/tmp",
        "/root/.cache",
        "/home",
        "/var",
        "/run",
        "/run/secrets",
        "/run/secrets/tmp",
        "/var/run/secrets",
        "/var/run/secrets/kubernetes.io",
        "app/tmp",
    ],
)
def test_what_holds_the_application_or_the_system_may_not(path: str) -> None:
    assert not is_scratch(path)
