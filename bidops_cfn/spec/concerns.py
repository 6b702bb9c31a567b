"""What about an environment's settings needs an eye, beyond what is refused.

A concern is no mistake: a reason may exist, and the security team reads it. Each goes by the key of
the settings file; no requirement asks for what it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bidops_cfn.model import Environment, Listener, ServiceSettings
from bidops_cfn.spec.variables import effect_of

PRODUCTION = "prod"
LOOPBACK = re.compile(r"(localhost|127(\.\d+){3}|\[?::1\]?|0\.0\.0\.0)(:(\d+|\$\{?\w+\}?)?)?")
# Where a command says whom it talks to: URLs, the shell's own sockets, bare addresses.
HOSTS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://(?:[^/\s'\"@]*@)?|/dev/(?:tcp|udp)/)([^/\s'\"`)]+)"
    r"|(?<![\w.])(\d+\.\d+\.\d+\.\d+)(?![\w.])",
    re.IGNORECASE,
)
READS_VARIABLES = re.compile(
    r"\$\{?[A-Za-z_]|\b(printenv|environ|getenv|process\.env)\b|\benv\b|\bENV\b"
)
# Which port to ask is no secret.
OWN_PORT = re.compile(
    r"(\$\{?|process\.env\.|environ(\.get)?[\[(]['\"]|getenv\(['\"])(PORT|HOSTNAME)\b"
)
TALKERS = re.compile(r"(?<![\w./-])(nc|ncat|netcat|telnet|ssh|scp|socat|ftp|tftp|nslookup|dig)\s")

Concerns = Iterator[tuple[str, str]]


def concerns(environment: Environment) -> dict[str, str]:
    """Return what needs an eye, by the key of the setting."""
    found = {**dict(_of_the_stack(environment)), **dict(_of_switches(environment))}
    for name, settings in environment.services.items():
        found.update(
            (f"services.{name}.{key}", text)
            for key, text in _of_a_service(environment.name, name, settings)
        )
    return found


def _of_the_stack(environment: Environment) -> Concerns:
    deploy = environment.deploy
    if environment.name == PRODUCTION:
        if not deploy.termination_protection:
            yield "deploy.termination_protection", "one command deletes production"
        if not deploy.confirm_name:
            yield "deploy.confirm_name", "production is deployed by typing y"
        if environment.alarms.topic_arn is None:
            yield "alarms.topic_arn", "an alarm of production notifies no person"
        if not environment.logs.retain:
            yield "logs.retain", "the logs of production go with the stack"
    for key, text in (
        ("stack_name", environment.stack_name),
        ("discovery.namespace", environment.namespace),
    ):
        if not re.search(rf"(?<![a-z0-9]){re.escape(environment.name)}(?![a-z0-9])", text):
            yield key, f"does not name the environment {environment.name}"
    boundary = environment.permissions_boundary_arn or ""
    if re.match(r"arn:[a-z-]+:iam::aws:", boundary):
        yield "security.permissions_boundary_arn", "a policy that AWS keeps and changes"
    if "{environment}" not in environment.import_names.pattern:
        yield "imports.pattern", "the names of the exports name no environment"


def _of_switches(environment: Environment) -> Concerns:
    if environment.peer_rules.load_balancer:
        yield (
            "network.load_balancer_rules",
            "takes EC2's default allow-all away from a load balancer's group without other egress",
        )
    if environment.high_resolution_metrics:
        yield (
            "scaling.high_resolution_metrics",
            "three datapoints are one minute, not the three of FR-038 and FR-039",
        )


def _of_a_service(environment: str, name: str, settings: ServiceSettings) -> Concerns:
    steps = settings.configuration_path.split("/")
    if environment not in steps or name not in steps:
        yield "configuration_path", f"does not name {name} in {environment}"
    about = command_concern(settings.health_command)
    if about:
        yield "health_command", about
    for kind in ("environment", "secrets", "secrets_manager"):
        for variable in getattr(settings, kind):
            effect = effect_of(variable)
            if effect:
                yield f"{kind}.{variable}", effect
    if settings.listener and takes_all(settings.listener):
        what = "hosts" if settings.listener.hosts else "paths"
        yield f"listener.{what}", "takes requests that are not for this service alone"


def takes_all(listener: Listener) -> bool:
    """Tell whether a rule answers hosts of anybody: no host, or a wildcard for a whole domain."""
    if not listener.hosts:
        return any(set(path) <= set("/*?") for path in listener.paths)
    return any(set("*?") & set(".".join(host.split(".")[-2:])) for host in listener.hosts)


def command_concern(command: Sequence[str]) -> str:
    """Return what a command in a container does beyond asking the container itself."""
    text = " ".join(command[1:])
    hosts = [url or address for url, address in HOSTS.findall(text)]
    others = sorted({host for host in hosts if not LOOPBACK.fullmatch(host)})
    if others:
        return f"talks to {', '.join(others)}"
    talker = TALKERS.search(text)
    if talker and not any(map(LOOPBACK.match, text.split())):
        return f"runs {talker.group(1)}, which talks to any host"
    if READS_VARIABLES.search(OWN_PORT.sub("", text)):
        return "reads variables, where the secrets are"
    return ""
