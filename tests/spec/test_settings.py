"""What settings may say: scratch paths, variables, and what needs an eye."""

from __future__ import annotations

import pytest

from bidops_cfn.settings.environment import Listener
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.spec.concerns import takes_all
from bidops_cfn.spec.floors import is_scratch
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
