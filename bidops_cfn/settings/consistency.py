"""What no single key of the settings can show.

CPU and memory that Fargate does not pair, a base on both capacity providers, two rules of one
priority, secrets in plain text, a health check that cannot fail, a path in memory that hides the
application, a connection that the application closes before the load balancer does, names that
nothing uses. The settings may have other problems, which the shapes of ``environment`` find:
nothing here relies on their shape.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bidops_cfn.settings import names
from bidops_cfn.settings import services as fixed
from bidops_cfn.settings.aws import FARGATE_MEMORY, LEAST_MEMORY, MOST_MEMORY
from bidops_cfn.settings.environment import MEBIBYTES
from bidops_cfn.settings.problem import LARGEST, Problem, array, join, shown, table, walk
from bidops_cfn.settings.services import Capability, Service
from bidops_cfn.settings.tables import KEY_OUTPUTS
from bidops_cfn.spec import floors, secret_texts
from bidops_cfn.spec.health_commands import voided

# The first two are the template's; credentials come from the task role and from nowhere else.
RESERVED = (
    "AWS_REGION",
    "ENVIRONMENT",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)
# Tables of a service whose every value is judged by ``variable_problems`` or by its shape.
LOOKED_INTO = re.compile(r"services\.[^.]+\.(environment|secrets|secrets_manager)\b")
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
CONDITION_VALUES = 5
CONDITION_WILDCARDS = 6
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
MOST_BYTES = 64 * 1024  # of a task definition
MEMORY = range(LEAST_MEMORY, MOST_MEMORY + 1)


def cross_check(values: object, services: Sequence[Service], name: str = "") -> Iterator[Problem]:
    """Yield the problems that no single key can show, of settings that may have others.

    ``name`` is the environment's; without one, what is only prescribed by name is not looked at.
    """
    yield from names.arn_problems(values)
    yield from names.length_problems(name, values, services)
    yield from names.path_problems(values, services)
    yield from table_problems(name, values)
    yield from _priority_problems(values, services)
    for service in services:
        path = f"services.{service.name}"
        settings = table(values, "services", service.name)
        yield from size_problems(name, path, settings)
        yield from health_problems(path, array(settings, "health_command"), service)
        yield from tmpfs_problems(f"{path}.tmpfs", table(settings, "tmpfs"), settings.get("memory"))
        yield from variable_problems(path, settings, reserved(service, services))
        yield from keep_alive_problems(path, settings, service, table(values, "network"))
        if service.public:
            yield from listener_problems(f"{path}.listener", table(settings, "listener"))
        if Capability.INVOKE_BEDROCK in service.capabilities:
            bedrock = table(settings, "bedrock")
            yield from names.profile_problems(
                f"{path}.bedrock", bedrock, table(values).get("region")
            )
    yield from import_problems(values, services)
    yield from names.reference_problems(name, values, services)
    yield from secret_problems(values)


def table_problems(name: str, values: object) -> Iterator[Problem]:
    """Yield keys that do not go with another of their table, or with the environment ``name``.

    ECS allows a base on one provider; no command enters production from outside.
    """
    capacity, stack_set = table(values, "capacity"), table(values, "stackset")
    bases = [capacity.get(key) for key in ("on_demand_base", "spot_base")]
    if all(isinstance(base, int) and base > 0 for base in bases):
        yield Problem(
            "capacity.spot_base",
            f"{shown(bases[1])} beside on_demand_base = {shown(bases[0])}",
            "a base on one of the two providers, 0 on the other",
        )
    if stack_set.get("depends_on") and stack_set.get("auto_deployment") is not True:
        yield Problem(
            "stackset.depends_on",
            "without auto_deployment",
            "auto_deployment = true beside it: AWS orders what it deploys by itself alone",
        )
    group = table(values, "security").get("exec_log_group")
    if name == fixed.PRODUCTION and group is not None:
        yield Problem(
            "security.exec_log_group", f"{shown(group)} in {name}", "no ECS Exec in production"
        )


def _priority_problems(values: object, services: Sequence[Service]) -> Iterator[Problem]:
    priorities = {
        service.name: table(values, "services", service.name, "listener").get("priority")
        for service in services
        if service.public
    }
    counts = Counter(found for found in priorities.values() if isinstance(found, int))
    for name, priority in priorities.items():
        if isinstance(priority, int) and counts[priority] > 1:
            yield Problem(
                f"services.{name}.listener.priority",
                f"{shown(priority)}, which another service has too",
                "a priority of its own for each service",
            )


def size_problems(name: str, path: str, settings: dict[str, Any]) -> Iterator[Problem]:
    """Yield a problem when a size is not the prescribed one, or Fargate does not have it."""
    cpu, memory = settings.get("cpu"), settings.get("memory")
    if name in floors.PRESCRIBED:
        (own_cpu, own_memory), source = floors.PRESCRIBED[name]
        # What no task has is a problem of its shape.
        if type(cpu) is int and cpu in FARGATE_MEMORY and cpu != own_cpu:
            yield Problem(f"{path}.cpu", f"{cpu} in {name}", f"{own_cpu} ({source})")
        if type(memory) is int and memory in MEMORY and memory != own_memory:
            yield Problem(f"{path}.memory", f"{memory} in {name}", f"{own_memory} ({source})")
        return
    if type(cpu) is not int or type(memory) is not int or cpu not in FARGATE_MEMORY:
        return
    paired = FARGATE_MEMORY[cpu]
    if memory not in paired:
        steps = (
            ", ".join(map(str, paired))
            if len(paired) < 5
            else f"{paired[0]} to {paired[-1]} in steps of {paired[1] - paired[0]}"
        )
        yield Problem(
            f"{path}.memory", f"{shown(memory)} with cpu = {cpu}", f"{steps} (Fargate, in MiB)"
        )


def health_problems(path: str, command: list[Any], service: Service) -> Iterator[Problem]:
    """Yield a problem when a health command does not say how it is run, or cannot fail."""
    if command and command[0] not in ("CMD", "CMD-SHELL"):
        yield Problem(f"{path}.health_command[0]", shown(command[0]), '"CMD" or "CMD-SHELL"')
    elif all(isinstance(word, str) for word in command):
        void = voided(command, service.port, service.health_path) if command else ""
        if void:
            yield Problem(
                f"{path}.health_command",
                void,
                f"a command that fails when {service.health_path} on port {service.port} does",
            )


def tmpfs_problems(path: str, mounts: dict[str, Any], memory: object) -> Iterator[Problem]:
    """Yield paths in memory that hide what the image has there, or leave a task no memory."""
    for place in mounts:
        if not floors.is_scratch(place):
            yield Problem(join(path, place), "a path that may hold something", floors.SCRATCH)
    size = sum(one for one in mounts.values() if not any(MEBIBYTES.check(one, "")))
    if type(memory) is int and memory in MEMORY and size >= memory:
        yield Problem(
            path, f"{size} MiB in all, of memory = {memory}", f"less than {memory} in all"
        )


def reserved(service: Service, services: Sequence[Service]) -> frozenset[str]:
    """Return the variables of ``service`` that its settings may not set."""
    urls = (callee.url_variable for callee in services if service.name in callee.callers)
    used = Capability.USE_KNOWLEDGE_BASE in service.capabilities
    bucket = (fixed.KNOWLEDGE_BASE_VARIABLE,) if used else ()
    return frozenset((*RESERVED, *service.environment, *urls, *bucket))


def variable_problems(
    path: str, settings: dict[str, Any], taken: frozenset[str]
) -> Iterator[Problem]:
    """Yield plain variables that look like secrets, too long, ``taken`` and repeated ones."""
    plain = table(settings, "environment").items()
    size = sum(len(f"{name}{value}".encode()) for name, value in plain if isinstance(value, str))
    if size > MOST_BYTES:
        most = f"{MOST_BYTES:,} with all else that a task definition says"
        yield Problem(f"{path}.environment", f"variables of {size:,} bytes", most)
    seen: dict[str, str] = {}
    for kind in ("environment", *names.SECRETS):
        for name, value in table(settings, kind).items():
            where = join(f"{path}.{kind}", name)
            if name in taken:
                yield Problem(where, "a variable that the template or AWS sets", "another name")
            if name in seen:
                yield Problem(where, f"a variable that {seen[name]} has too", "each variable once")
            seen.setdefault(name, kind)
            if kind == "environment" and (looks := suspicion(name, value)):
                yield Problem(where, f"a plain variable {looks}", f"{name} under {path}.secrets")


def suspicion(name: str, value: object) -> str:
    """Return what about a plain variable looks like a secret; nothing where nothing does."""
    if secret_texts.named_like_a_secret(name):
        return "named like a secret"
    found = value if isinstance(value, str) else ""
    holds = secret_texts.secret_in(found) or secret_texts.random_in(found)
    return f"that holds {holds}" if holds else ""


def secret_problems(values: object) -> Iterator[Problem]:
    """Yield every text that holds a secret and that nothing else looks into; never the text."""
    for path, text in walk(values):
        if not isinstance(text, str) or LOOKED_INTO.match(path):
            continue
        tag = path.startswith("tags.")
        holds = secret_texts.secret_in(text) or (secret_texts.random_in(text) if tag else "")
        if holds:
            yield Problem(path, f"a text that holds {holds}", "a text without a secret")


def keep_alive_problems(
    path: str, settings: dict[str, Any], service: Service, network: dict[str, Any]
) -> Iterator[Problem]:
    """Yield a keep-alive that does not outlast the load balancer's: requests fail with 502."""
    name = service.keep_alive_variable
    if not name:
        return
    for kind in names.SECRETS:
        if name in table(settings, kind):
            yield Problem(
                join(f"{path}.{kind}", name),
                "a variable that the template sets",
                f"{name} under {path}.environment",
            )
    idle = network.get("load_balancer_idle_seconds", fixed.LOAD_BALANCER_IDLE_SECONDS)
    value = table(settings, "environment").get(name)
    if value is None or type(idle) is not int or idle > LARGEST:
        return
    if not (isinstance(value, str) and re.fullmatch("[1-9][0-9]{3,9}", value)) or (
        int(value) <= idle * 1000
    ):
        yield Problem(
            join(f"{path}.environment", name),
            shown(value),
            f"milliseconds above {idle * 1000}, for which the load balancer keeps a connection "
            "(network.load_balancer_idle_seconds)",
        )


def listener_problems(path: str, listener: dict[str, Any]) -> Iterator[Problem]:
    """Yield a problem when a listener rule has no condition, or more than one rule may have."""
    values = [*array(listener, "hosts"), *array(listener, "paths")]
    if listener and not values:
        yield Problem(path, "neither hosts nor paths", "at least one of the two")
    wildcards = sum(value.count("*") + value.count("?") for value in values if type(value) is str)
    for count, what, most in (
        (len(values), "hosts and paths", CONDITION_VALUES),
        (wildcards, "wildcards in hosts and paths", CONDITION_WILDCARDS),
    ):
        if count > most:
            yield Problem(path, f"{count} {what}", f"{most} in all (a quota of load balancers)")


def import_problems(values: object, services: Sequence[Service]) -> Iterator[Problem]:
    """Yield names of SecurityStack's exports that belong to no secret and no key of ours."""
    used = {output for _, output, _ in names.named_outputs(values, services)}
    for output in table(values, "imports", "security"):
        if output not in used:
            yield Problem(
                join("imports.security", output),
                "an output that no secret here refers to",
                "an output under secrets, secrets_manager or one of security."
                + ", security.".join(KEY_OUTPUTS),
            )
