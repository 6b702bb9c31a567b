"""The rules of the load balancer's group and of its listener: what ours and those of others take.

A standalone egress rule takes the default allow-all away from a group that has nothing else: every
other target of a shared load balancer would be lost, and no change set says so.
https://github.com/aws-cloudformation/cloudformation-languages-discussion/issues/157
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.preflight.context import DeploymentContext, Findings, Unseen
from bidops_cfn.deploy.preflight.groups import (
    ALL,
    OPEN_PORTS,
    covers_port,
    format_ports,
    get_range,
    is_only,
    list_open,
)
from bidops_cfn.deploy.preflight.network import WORLD
from bidops_cfn.deploy.preflight.public_alb import is_listener_of
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.stack import list_stack_resources
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Listener
from bidops_cfn.settings.services import Service

CONFIGS = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig"}
ANY, ONE = "*", "?"


def load_balancer(context: DeploymentContext) -> Preflight:
    """Look at the ingress (FR-030) and at the egress of the load balancer's group."""
    environment = context.environment
    group = context.find_value(Imports.ALB_SECURITY_GROUP.value)
    try:
        rules = context.network.list_rules(group)
    except Fault as fault:
        if not environment.network.load_balancer_rules:
            raise
        told = f"could not be checked, and our egress rule may cut other targets off: {fault}"
        return Preflight("load balancer", Verdict.REFUSED, told, hint=fault.hint)
    number = context.number_assumption(Imports.ALB_SECURITY_GROUP.value)
    ingress = [rule for rule in rules if not rule["IsEgress"]]
    egress = [rule for rule in rules if rule["IsEgress"]]
    written = environment.network.load_balancer_rules
    findings = Findings("load balancer")
    findings.against = [
        f"{group} lets {get_range(rule)} in on {format_ports(rule)}: {number} refuted (FR-030)"
        for rule in list_open(ingress)
    ]
    findings.doubts += [
        f"{group} lets {rule['PrefixListId']} in on {format_ports(rule)}: cannot tell whether that "
        f"is the world ({number})"
        for rule in ingress
        if rule.get("PrefixListId") and not is_only(rule, OPEN_PORTS)
    ]
    hint = "The owner of the load balancer's group corrects its rules."
    if not written:
        findings.doubts += _find_unreached(context, group, egress)
    elif egress and all(one["IpProtocol"] == ALL and get_range(one) in WORLD for one in egress):
        said = "our rule would take it away, and every other target of the load balancer with it"
        findings.against.append(f"{group} has only the default egress, to everywhere: {said}")
        hint = (
            f"Set network.load_balancer_rules = false in {context.settings} (the "
            f"group's egress stays as it is),\nor give the group explicit egress first. {hint}"
        )
    return findings.judge(
        f"{group} is open to the world on 80 and 443 at most ({number} holds as to ports)", hint
    )


def _find_unreached(context: DeploymentContext, group: str, egress: Sequence[Json]) -> list[str]:
    return [
        f"no egress rule of {group} covers {service.port}: the load balancer cannot reach "
        f"{service.name} unless its owner adds one ({number_outlet(context, service)})"
        for service in context.target.services
        if service.public and not any(covers_port(rule, service.port) for rule in egress)
    ]


def number_outlet(context: DeploymentContext, service: Service) -> str:
    """Return the number of the assumption that the owner's group lets requests out to a service."""
    words = f"lets requests out to {service.name} "
    return context.find_number(words, "the claim about its egress")


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests that a rule answers: hosts and paths, anything where there is no pattern."""

    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    narrower: bool = False

    def contains(self, other: Requests) -> bool:
        """Tell whether every request of ``other`` is one of these, as far as patterns show."""
        return not self.narrower and all(
            not ours or (theirs and all(any(covers(a, b) for a in ours) for b in theirs))
            for ours, theirs in ((self.hosts, other.hosts), (self.paths, other.paths))
        )

    def meets(self, other: Requests) -> bool:
        """Tell whether a request may be one of both."""
        return all(
            not ours or not theirs or any(overlap(a, b) for a in ours for b in theirs)
            for ours, theirs in ((self.hosts, other.hosts), (self.paths, other.paths))
        )


def listener(context: DeploymentContext) -> Preflight:
    """Ask for the rules of the imported listener and compare those of others with ours."""
    public = [service for service in context.target.services if service.public]
    if not public:
        return Preflight("listener", Verdict.SKIPPED, "no service is public")
    arn = context.find_value(Imports.HTTPS_LISTENER_ARN.value)
    own = {logical_ids.listener_rule(service) for service in public}
    resources = list_stack_resources(context.client, context.stack.id) if context.stack else ()
    ours = {one.physical_id for one in resources if one.logical_id in own}
    rules = list(list_rules(context, arn))
    if not rules:
        raise Unseen("AWS describes no rule of the listener, which has a default one")
    others = [
        rule
        for rule in rules
        if rule["RuleArn"] not in ours and not rule.get("IsDefault") and rule["Priority"].isdigit()
    ]
    findings = Findings("listener")
    balancer = context.find_value(Imports.PUBLIC_ALB_ARN.value)
    if not is_listener_of(arn, balancer):
        named = f"{Imports.HTTPS_LISTENER_ARN.value.output} names {arn}"
        findings.against.append(f"{named}, which is no listener of {balancer} (FR-021)")
    priorities = []
    for service in public:
        wanted = context.environment.services[service.name].listener
        if wanted is not None:
            priorities.append(str(wanted.priority))
            _note_conflicts(findings, service.name, wanted, others, new=not ours)
    return findings.judge(
        f"priority {', '.join(priorities)} is free, and "
        + (f"none of {len(others)} other rules meets ours" if others else "there is no other rule"),
        f"Change services.{public[0].name}.listener in {context.settings},\n"
        "or agree with the owner of the listener, or of the other rule.",
    )


def _note_conflicts(
    findings: Findings, name: str, wanted: Listener, others: Sequence[Json], *, new: bool
) -> None:
    mine = Requests(to_lower(wanted.hosts), wanted.paths)
    refused, doubtful = findings.against, findings.doubts
    for rule in others:
        priority, theirs = int(rule["Priority"]), parse_requests(rule)
        what = f"rule {priority} ({_describe_rule(rule)})"
        if priority == wanted.priority:
            refused.append(f"{name}: {what} has its priority already")
        elif priority < wanted.priority and theirs.contains(mine):
            doubtful.append(f"{name}: {what} answers all its requests before it")
        elif priority < wanted.priority and theirs.meets(mine):
            doubtful.append(f"{name}: {what} may answer some of its requests before it")
        elif priority > wanted.priority and mine.contains(theirs) and new:
            refused.append(f"{name}: {what} would get no request any more: ours comes first")
        elif priority > wanted.priority and mine.meets(theirs):
            doubtful.append(f"{name}: {what} loses the requests that are ours too")


def list_rules(context: DeploymentContext, arn: str) -> Iterator[Json]:
    """Yield the rules of a listener."""
    yield from paginate(context.client, Call.DESCRIBE_LISTENER_RULES, "Rules", ListenerArn=arn)


def parse_requests(rule: Json) -> Requests:
    """Return what a rule answers; regular expressions count as anything, which they may be."""
    found: dict[str, tuple[str, ...]] = {}
    narrower = False
    for condition in rule.get("Conditions", ()):
        field = condition.get("Field", "")
        config = condition.get(CONFIGS.get(field, ""), {})
        values = tuple(config.get("Values") or condition.get("Values") or ())
        regular = config.get("RegexValues") or condition.get("RegexValues")
        if field in CONFIGS and values and not regular and field not in found:
            found[field] = values
        else:
            narrower = True
    return Requests(to_lower(found.get("host-header", ())), found.get("path-pattern", ()), narrower)


def _describe_rule(rule: Json) -> str:
    found = parse_requests(rule)
    parts = [*found.hosts, *found.paths, *(["other conditions"] if found.narrower else [])]
    return ", ".join(parts) or "any request"


def to_lower(hosts: Sequence[str]) -> tuple[str, ...]:
    """Return host patterns as they are compared: without regard to case."""
    return tuple(host.lower() for host in hosts)


def covers(wide: str, narrow: str) -> bool:
    """Tell whether everything that ``narrow`` matches is matched by ``wide``."""

    @cache
    def rest(at: int, of: int) -> bool:
        if at == len(wide):
            return of == len(narrow)
        if wide[at] == ANY:
            return rest(at + 1, of) or (of < len(narrow) and rest(at, of + 1))
        if of == len(narrow) or narrow[of] == ANY:
            return False
        return wide[at] in (ONE, narrow[of]) and rest(at + 1, of + 1)

    return rest(0, 0)


def overlap(one: str, other: str) -> bool:
    """Tell whether some text is matched by both patterns."""

    @cache
    def rest(at: int, of: int) -> bool:
        if at == len(one) or of == len(other):
            return set(one[at:]) | set(other[of:]) <= {ANY}
        if ANY in (one[at], other[of]):  # it takes a character of the other's, or ends here
            return rest(at + 1, of) or rest(at, of + 1)
        same = one[at] == other[of] or ONE in (one[at], other[of])
        return same and rest(at + 1, of + 1)

    return rest(0, 0)
