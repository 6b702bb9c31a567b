"""The plain variables that containers have, and those that change what a runtime does.

They load code into the process, replace programs or the hosts that it talks to, or switch off what
it verifies. No requirement asks for one: a review shows each as alarming, plain or secret.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Capability, Service
from bidops_cfn.spec import floors

# What a variable does, and the names that do it. Names count in any letter case: several runtimes
# read both spellings. Sources are the manuals of the runtimes that are named at each line.
EFFECTS = {
    "loads code into the process": (
        r"LD_\w+|DYLD_\w+|GLIBC_TUNABLES|GCONV_PATH|MALLOC_\w+",  # ld.so(8), iconv
        r"NODE_OPTIONS|NODE_PATH|NODE_REPL_\w+|NODE_V8_\w+|NODE_ICU_\w+|NODE_COMPILE_CACHE",
        r"PYTHON\w+|VIRTUAL_ENV|JUPYTER_\w+|IPYTHON\w*",  # python(1)
        r"PERL\w+|RUBY\w+|GEM_\w+|BUNDLE_\w+|LUA_\w+|PHPRC|PHP_INI_\w+|R_PROFILE\w*|TCL\w*",
        r"_?JAVA_\w+|JDK_\w+|CLASSPATH|CATALINA_\w+|MAVEN_\w+|GRADLE_\w+",
        r"DOTNET_\w+|CORECLR_\w+|COR_\w+|COMPLUS_\w+|ASPNETCORE_HOSTINGSTARTUP\w*",
        r"GODEBUG|GOTRACEBACK|ERL_\w+|ELIXIR_\w+|DENO_\w+|BUN_\w+|OPENSSL_\w+|ASAN_OPTIONS",
        r"GUNICORN_CMD_ARGS|UVICORN_\w+|UWSGI_\w+|CELERY_LOADER|DJANGO_SETTINGS_MODULE",
        r"FLASK_\w*(APP|DEBUG|ENV)|WERKZEUG_\w+|QUART_\w*DEBUG|NEXT_(PRIVATE|RUNTIME|MANUAL)\w*",
        r"TS_NODE_\w+|BABEL_\w+|SPRING_\w+|LOG4J\w*|LOGBACK_\w+|(\w+_)?RELOAD|WATCHFILES_\w+",
    ),
    "opens a debugger": (
        r"DEBUGPY_\w+|PYDEVD\w*|PYCHARM_\w+|XDEBUG_\w+|JPDA_\w+|REMOTE_DEBUG\w*|DELVE_\w+",
        r"(NODE_|VSCODE_)?INSPECT\w*|\w+_INSPECTOR\w*|NODE_DEBUG\w*",
    ),
    "writes what it handles into the logs": (r"\w*DEBUG|DEBUG_\w+|RUST_(LOG|BACKTRACE)",),
    "replaces programs and what a shell does": (
        r"PATH|ENV|BASH_\w+|SHELL|SHELLOPTS|IFS|PS[0-4]|PROMPT_COMMAND|CDPATH|GLOBIGNORE|ZDOTDIR",
        r"HOME|TMPDIR|TEMP|TMP|XDG_\w+|EDITOR|VISUAL|PAGER|BROWSER|LESS\w*|MANPAGER",
        r"GIT_\w+|SSH_\w+|NPM_\w+|YARN_\w+|PNPM_\w+|PIP_\w+|UV_\w+|POETRY_\w+|CONDA_\w+",
        r"PUPPETEER_\w+|PLAYWRIGHT_\w+|CHROME_\w+|CARGO_\w+|GOPROXY|GOTOOLCHAIN|UMASK",
    ),
    "replaces credentials or endpoints of AWS": (
        r"(?!AWS_(REGION|RETRY_MODE|MAX_ATTEMPTS)$)AWS_\w+|ECS_\w+|BOTO_\w+|BEDROCK_\w*ENDPOINT\w*",
    ),
    "sends traffic by way of another host": (
        r"\w*_PROXY|\w*PROXY_(URL|HOST|PORT|PASS)\w*|GLOBAL_AGENT_\w+|GRPC_\w+",
        r"RES_OPTIONS|LOCALDOMAIN|HOSTALIASES|OTEL_\w+|LOCPATH|NLSPATH",
        r"PG(HOST\w*|PORT|SERVICE\w*|SSL\w*|OPTIONS|PASSFILE|SYSCONFDIR|REQUIRE\w*|GSS\w*)",
        r"(OPENAI|ANTHROPIC|AZURE_OPENAI|LITELLM|OLLAMA)_\w*(BASE|URL|ENDPOINT|HOST)\w*|HF_\w+",
        r"(LANGCHAIN|LANGSMITH|LANGFUSE|WANDB|MLFLOW|PHOENIX|TRACELOOP|SENTRY|DD|NEW_RELIC)_\w+",
        r"(ELASTIC_APM|JAEGER|ZIPKIN|STATSD|DOCKER|KUBE|KUBERNETES)_\w+|KUBECONFIG",
        r"HUGGINGFACE_\w+|(VAULT|CONSUL|NOMAD|ETCD)_\w+|\w+_EMULATOR_HOST",
    ),
    "changes which peers are trusted": (
        r"NODE_TLS_\w+|NODE_EXTRA_CA_CERTS|NODE_USE_\w+|SSL_\w+|SSLKEYLOGFILE|TLS_\w*VERIFY\w*",
        r"REQUESTS_CA_BUNDLE|CURL_\w+|HTTPX_\w+|WEBSOCKET_CLIENT_CA_BUNDLE|GNUTLS_\w+|KRB5\w*",
        r"\w*(INSECURE|VERIFY_SSL|SSL_VERIFY|SKIP_VERIFY|STRICT_SSL|TRUST_ALL)\w*",
    ),
}


# A framework's mode: any but production shows or loads more than users are meant to have.
MODES = re.compile(r"(NODE|APP|RACK|RAILS|MIX)_ENV|(ASPNETCORE|HOSTING)_ENVIRONMENT", re.IGNORECASE)
PRODUCTION = frozenset({"production", "prod"})


# Which table of the review a variable belongs to beside the list of exposures, by what it does.
ON_TRAFFIC = frozenset({"sends traffic by way of another host", "changes which peers are trusted"})
ON_ACCESS = frozenset({"replaces credentials or endpoints of AWS"})


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (effect, re.compile("|".join(names), re.IGNORECASE)) for effect, names in EFFECTS.items()
    )


def effect_of(name: str, value: str | None = None) -> str:
    """Return what a variable changes about any runtime; empty for nothing known.

    ``value`` is None where it is not known, as of a secret.
    """
    found = (effect for effect, pattern in _patterns() if pattern.fullmatch(name))
    mode = MODES.fullmatch(name) and (value or "").strip().lower() not in PRODUCTION
    return next(found, "puts a framework into another mode than production" if mode else "")


def expected_variables(
    settings: Environment, services: Sequence[Service], service: Service
) -> dict[str, object]:
    """Return what the specification and settings ask for, by the variable's name."""
    values: dict[str, object] = {
        "AWS_REGION": {"Ref": "AWS::Region"},
        "ENVIRONMENT": settings.name,
        **service.environment,
    }
    for callee in (one for one in services if service.name in one.callers):
        url = f"http://{callee.name}.{settings.discovery.namespace}:{callee.port}"
        values[callee.url_variable] = url
    if service.keep_alive_variable:
        seconds = settings.network.load_balancer_idle_seconds + floors.KEEP_ALIVE_MARGIN
        values[service.keep_alive_variable] = seconds * 1000
    if Capability.USE_KNOWLEDGE_BASE in service.capabilities:
        values["KNOWLEDGE_BASE_BUCKET"] = settings.references(Imports.KNOWLEDGE_BASE_BUCKET.value)[
            0
        ].expression
    return {**values, **settings.services[service.name].environment}
