"""What about an environment's settings needs an eye, beyond what is refused.

A concern is no mistake: a reason may exist, and the security team reads it. Each goes by the key of
the settings file; no requirement asks for what it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from operator import attrgetter

from bidops_cfn.settings.contract import Stack
from bidops_cfn.settings.environment import Environment, Listener, ServiceSettings
from bidops_cfn.settings.references import StackOutput
from bidops_cfn.settings.services import PRODUCTION
from bidops_cfn.spec.doubts import doubt_of_agent, doubt_of_prefix_list
from bidops_cfn.spec.health_commands import command_concern
from bidops_cfn.spec.variables import effect_of

# No name of the internet ends like this (RFC 6762 keeps .local, which is refused).
PRIVATE = ".internal"
Concerns = Iterator[tuple[str, str]]
# What production lacks where the setting says nothing or no.
IN_PRODUCTION = (
    ("deploy.termination_protection", "one command deletes production"),
    ("deploy.confirm_name", "production is deployed by typing y"),
    ("deploy.pin_digest", "a tag that moves changes what production runs"),
    ("deploy.scan_findings", "no finding of a scan keeps an image from production"),
    ("alarms.topic_arn", "an alarm of production notifies no person"),
    ("logs.retain", "the logs of production go with the stack"),
)
# What any environment has where the setting says something or yes.
SWITCHES = (
    (
        "security.exec_log_group",
        "admits commands into tasks, with all that their roles may do",
    ),
    (
        "alarms.events_topic_arn",
        "EventBridge tells it of deployments and interruptions, which no requirement asks for",
    ),
    (
        "network.load_balancer_rules",
        "takes EC2's default allow-all away from a load balancer's group without other egress",
    ),
    (
        "scaling.high_resolution_metrics",
        "three datapoints are one minute, not the three of FR-038 and FR-039",
    ),
)


def concerns(environment: Environment) -> dict[str, str]:
    """Return what needs an eye, by the key of the setting."""
    found = {
        **dict(_of_the_stack(environment)),
        **dict(_of_the_region(environment)),
        **dict(_of_names(environment)),
        **dict(one for one in SWITCHES if attrgetter(one[0])(environment)),
        **dict(_of_other_accounts(environment)),
    }
    for name, settings in environment.services.items():
        found.update(
            (f"services.{name}.{key}", text)
            for key, text in _of_a_service(environment.name, name, settings)
        )
    return found


def doubts(environment: Environment) -> dict[str, str]:
    """Return why a requirement may be missed although the template has what enables it.

    Not a mistake of the settings: two requirements contradict each other, and either way is one.
    """
    if environment.scaling.high_resolution_metrics:
        return {}
    return {
        "SC-004": "with metrics of 60 s AWS measured 363 s from load to trigger, not 300 s",
    }


def concerns_together(environments: Sequence[Environment]) -> Iterator[str]:
    """Yield what needs an eye about environments beside each other: an account with production."""
    for production in (one for one in environments if one.name == PRODUCTION):
        for other in environments:
            if other is not production and other.account_id == production.account_id:
                yield (
                    f"{other.name} is in the account of {PRODUCTION}, {other.account_id}: its "
                    f"administrators, quotas and mistakes are those of {PRODUCTION}"
                )


def _of_the_stack(environment: Environment) -> Concerns:
    if environment.name == PRODUCTION:
        yield from (one for one in IN_PRODUCTION if not attrgetter(one[0])(environment))
    boundary = environment.security.permissions_boundary_arn or ""
    if re.match(r"arn:[a-z-]+:iam::aws:", boundary):
        yield "security.permissions_boundary_arn", "a policy that AWS keeps and changes"
    if "{environment}" not in environment.imports.pattern:
        yield "imports.pattern", "the names of the exports name no environment"


def _of_the_region(environment: Environment) -> Concerns:
    for key, doubt in (
        ("network.s3_prefix_list_id", doubt_of_prefix_list(environment)),
        ("security.guardduty_repository_arn", doubt_of_agent(environment)),
    ):
        if doubt:
            yield key, doubt


def _of_names(environment: Environment) -> Concerns:
    for key, text in (
        ("stack_name", environment.stack_name),
        ("discovery.namespace", environment.discovery.namespace),
    ):
        if not re.search(rf"(?<![a-z0-9]){re.escape(environment.name)}(?![a-z0-9])", text):
            yield key, f"does not name the environment {environment.name}"
    stack = re.split(r"[^a-z0-9]+", environment.stack_name.lower())
    others = [one.value for one in Stack if one.value in stack]
    if others:
        yield (
            "stack_name",
            f"is called like the {others[0]} stack, which a deployment would replace",
        )
    if not environment.discovery.namespace.endswith(PRIVATE):
        yield "discovery.namespace", "answers in the VPC for a name that the internet has"


def _of_other_accounts(environment: Environment) -> Concerns:
    stackset = environment.stackset
    if any(unit.startswith("r-") for unit in stackset.organizational_units):
        yield "stackset.organizational_units", "every account of the organization gets the stack"
    if stackset.auto_deployment:
        yield "stackset.auto_deployment", "accounts that join later get the stack by themselves"
    for key, references in environment.imports.exceptions.items():
        roles = [one.role_arn for one in references if isinstance(one, StackOutput)]
        accounts = {*re.findall(r":iam::(\d+):", " ".join(roles))} - {environment.account_id}
        if accounts:
            yield f"imports.{key}", f"account {', '.join(sorted(accounts))} decides the value"


def _of_a_service(environment: str, name: str, settings: ServiceSettings) -> Concerns:
    steps = settings.configuration_path.split("/")
    if environment not in steps or name not in steps:
        yield "configuration_path", f"does not name {name} in {environment}"
    about = command_concern(settings.health_command)
    if about:
        yield "health_command", about
    for kind in ("environment", "secrets", "secrets_manager"):
        for variable, value in getattr(settings, kind).items():
            effect = effect_of(variable, value if kind == "environment" else None)
            if effect:
                yield f"{kind}.{variable}", effect
    if settings.listener and takes_all(settings.listener):
        what = "hosts" if settings.listener.hosts else "paths"
        yield f"listener.{what}", "takes requests that are not for this service alone"


def takes_all(listener: Listener) -> bool:
    """Tell whether a rule answers hosts of others: no host, or a wildcard for a whole domain."""
    if not listener.hosts:
        return any(set(path) <= set("/*?") for path in listener.paths)
    return any(set("*?") & set(".".join(host.split(".")[-2:])) for host in listener.hosts)
