"""The listener's other rules: one with our priority, one that answers before us, one behind us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.judgement import judge
from bidops_cfn.deploy.preflight.patterns import covers, overlap
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.stack import list_stack_resources
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.service_settings import Listener

CONFIGS = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig"}


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests that a rule answers: hosts and paths, anything where there is no pattern.

    ``narrower`` says that it looks at more than these.
    """

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
    others = [
        rule
        for rule in list_rules(context, arn)
        if rule["RuleArn"] not in ours and not rule.get("IsDefault") and rule["Priority"].isdigit()
    ]
    against: list[str] = []
    doubts: list[str] = []
    priorities = []
    for service in public:
        wanted = context.target.environment.services[service.name].listener
        if wanted is not None:
            priorities.append(str(wanted.priority))
            refused, doubtful = find_conflicts(service.name, wanted, others, new=not ours)
            against += refused
            doubts += doubtful
    return judge(
        "listener",
        f"priority {', '.join(priorities)} is free, and "
        + (f"none of {len(others)} other rules meets ours" if others else "there is no other rule"),
        against=against,
        doubts=doubts,
        hint=f"Change services.{public[0].name}.listener in "
        f"params/{context.target.environment.name}.toml,\nor agree with the other rule's owner.",
    )


def find_conflicts(
    name: str, wanted: Listener, others: Sequence[Json], *, new: bool
) -> tuple[list[str], list[str]]:
    """Return what the rules of others make impossible or ours would take away, and what may be."""
    mine = Requests(to_lower(wanted.hosts), wanted.paths)
    refused, doubtful = [], []
    for rule in others:
        priority, theirs = int(rule["Priority"]), parse_requests(rule)
        what = f"rule {priority} ({describe_rule(rule)})"
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
    return refused, doubtful


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


def describe_rule(rule: Json) -> str:
    """Return a rule's conditions for people."""
    found = parse_requests(rule)
    parts = [*found.hosts, *found.paths, *(["other conditions"] if found.narrower else [])]
    return ", ".join(parts) or "any request"


def to_lower(hosts: Sequence[str]) -> tuple[str, ...]:
    """Return host patterns as they are compared: without regard to case."""
    return tuple(host.lower() for host in hosts)
