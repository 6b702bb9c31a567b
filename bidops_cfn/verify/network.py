"""Live rules of the groups, with those that another stack or person added; places of the tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_network

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.preflight.groups import (
    OPEN_PORTS,
    covers_port,
    format_ports,
    get_range,
    is_only,
)
from bidops_cfn.deploy.preflight.network import find_worldwide, judge_routes
from bidops_cfn.deploy.preflight.vpc import RANGES, SPECIFIED_REGION, ZONES
from bidops_cfn.review.writing import counted
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import DATABASE_PORT, HTTPS_PORT, Service
from bidops_cfn.spec.flows import S3, flows_of
from bidops_cfn.verify.finding import Finding, OnService, Unobserved, judge, leave_open, merge
from bidops_cfn.verify.observed import Observed, describe_no_interface

INGRESS, EGRESS = "ingress", "egress"
WORDS = {INGRESS: "from", EGRESS: "to"}
GROUPS = (
    Imports.ALB_SECURITY_GROUP,
    Imports.ENDPOINT_SECURITY_GROUP,
    Imports.DATABASE_SECURITY_GROUP,
)


def describe_rules(seen: Observed, group: str, direction: str) -> list[str]:
    """Return a group's live rules in the words of ``spec/flows.toml``."""
    names = {seen.environment.network.s3_prefix_list_id: S3}
    names |= {seen.group(one): one.name for one in seen.services}
    for value in GROUPS:
        names |= dict.fromkeys(seen.values(value.value), value.value.key)
    word = WORDS[direction]
    found = []
    for rule in seen.rules(group):
        if rule["IsEgress"] is (direction == EGRESS):
            peer = str(
                rule.get("ReferencedGroupInfo", {}).get("GroupId")
                or rule.get("PrefixListId")
                or get_range(rule)
            )
            one = rule["IpProtocol"] in ("tcp", "6") and rule.get("FromPort") == rule.get("ToPort")
            ports = str(rule.get("FromPort")) if one else format_ports(rule)
            found.append(f"{direction} {ports} {word} {names.get(peer, peer)}")
    return sorted(found)


def look_at_flows(direction: str, requirement: str = "") -> OnService:
    """Return the check of a service's live rules: what ``requirement`` asks for is there.

    Without one, everything that the specification asks for is there, and nothing else.
    """

    def look(seen: Observed, service: Service) -> Finding:
        live = describe_rules(seen, seen.group(service), direction)
        wanted = {
            f"{direction} {one.port} {WORDS[direction]} {one.peer}"
            for one in flows_of(service.name, direction)
            if requirement in ("", one.requirement)
        }
        wrong = [f"{service.name} lacks {one}" for one in sorted(wanted - set(live))]
        if not requirement:
            wrong += [f"{service.name} has {one}" for one in live if one not in wanted]
        told = [one for one in live if not requirement or one in wanted]
        return judge(f"{service.name}: {', '.join(told) or f'no {direction}'}", wrong)

    return look


def look_at_peer(value: Imports, port: int) -> OnService:
    """Return the check that the groups of a contract value let a service in on ``port``."""

    def look(seen: Observed, service: Service) -> Finding:
        groups, wrong, unsure = seen.values(value.value), list[str](), list[str]()
        for group in groups:
            ingress = [one for one in seen.rules(group) if not one["IsEgress"]]
            rules = [one for one in ingress if covers_port(one, port)]
            unknown = list_unknown(rules, group)
            if not any(is_about(seen, service, one) for one in rules):
                wrong += [] if unknown else [f"{group} lets {service.name} not in on {port}"]
                unsure += unknown
        told = f"{', '.join(groups)} {INGRESS} {port} from {service.name}"
        return judge(told, wrong, but="; ".join(unsure))

    return look


def is_about(seen: Observed, service: Service, rule: Json) -> bool:
    """Tell whether a rule's other end is the service's group, or a range around its subnets."""
    group, around = rule.get("ReferencedGroupInfo", {}).get("GroupId"), get_range(rule)
    if group or not around:
        return bool(group == seen.group(service))
    subnets = [ip_network(one["CidrBlock"]) for one in seen.subnets(service.subnets)]
    outer = ip_network(around, strict=False)
    return all(one.version == outer.version and one.subnet_of(outer) for one in subnets)  # type: ignore[arg-type] # of the same version


def list_unknown(rules: Iterable[Json], to: str, way: str = "in to") -> list[str]:
    """Return of which rules it is not known whom they let in: prefix lists are not looked into."""
    strange = (one for one in rules if not get_range(one) and not one.get("ReferencedGroupInfo"))
    names = {one.get("PrefixListId", "a rule without other end") for one in strange}
    return [f"cannot tell what {one} lets {way} {to}" for one in sorted(names)]


look_at_endpoint_side = look_at_peer(Imports.ENDPOINT_SECURITY_GROUP, HTTPS_PORT)
look_at_database_side = look_at_peer(Imports.DATABASE_SECURITY_GROUP, DATABASE_PORT)


def look_at_openness(seen: Observed, service: Service) -> Finding:
    """Check that no address range reaches a task (FR-030, SC-010)."""
    rules = seen.rules(seen.group(service))
    inbound = [one for one in rules if not one["IsEgress"]]
    ranges = [one for one in inbound if get_range(one)]
    unknown = list_unknown(inbound, service.name)
    told = f"{service.name}: {len(rules)} rules, {len(ranges)} with an address range inbound"
    wrong = [f"{service.name} lets {get_range(one)} in on {format_ports(one)}" for one in ranges]
    return judge(told, wrong, but="; ".join(unknown))


def look_at_vpc_groups(seen: Observed) -> Finding:
    """Check that the load balancer's group alone is open, on 80 and 443 (US4-5)."""
    vpc = seen.value(Imports.VPC_ID.value)
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    groups = list(paginate(seen.client, Call.DESCRIBE_GROUPS, "SecurityGroups", Filters=filters))
    if not groups:
        raise Unobserved(f"EC2 shows no group of {vpc}")
    allowed = seen.values(Imports.ALB_SECURITY_GROUP.value)
    wrong, lists = list[str](), list[str]()
    for group in groups:
        name, rules = group["GroupId"], group["IpPermissions"]
        judged = [one for one in rules if not (name in allowed and is_only(one, OPEN_PORTS))]
        ranges = [(rule, where) for rule in judged for where in _list_ranges(rule)]
        world = find_worldwide(where for _, where in ranges)
        wrong += [
            f"{name} lets {where} in on {format_ports(rule)}"
            for rule, where in ranges
            if where in world
        ]
        prefixes = [one["PrefixListId"] for rule in judged for one in rule.get("PrefixListIds", ())]
        lists += [f"cannot tell what {one} lets in to {name}" for one in prefixes]
    told = f"{len(groups)} groups of {vpc}"
    if lists and not wrong:
        return leave_open(told, "; ".join(lists))
    return judge(told, wrong, len(groups), "groups")


def _list_ranges(rule: Json) -> Iterator[str]:
    yield from (one["CidrIp"] for one in rule.get("IpRanges", ()))
    yield from (one["CidrIpv6"] for one in rule.get("Ipv6Ranges", ()))


def look_at_addresses(seen: Observed, service: Service) -> Finding:
    """Check that no task has a public address (US4-3)."""
    given = seen.placement(service)["assignPublicIp"]
    if given != "DISABLED":
        return judge(
            f"assignPublicIp {given}", [f"{service.name} gives its tasks public addresses"]
        )
    interfaces = seen.task_interfaces(service)
    public = [
        f"{one['NetworkInterfaceId']} has {address}"
        for one in interfaces
        for address in (
            one.get("Association", {}).get("PublicIp"),
            *(each.get("Ipv6Address") for each in one.get("Ipv6Addresses", ())),
        )
        if address
    ]
    told = f"{counted(len(interfaces), 'interface')}, {len(public)} with a public address"
    return judge(f"{service.name}: {told}", public)


def look_at_routes(seen: Observed, tier: Imports) -> Finding:
    """Check that the agent's subnets have no way to the internet, others none from it (US4-3)."""
    number = "US4-3" if tier is Imports.PRIVATE_AGENT_SUBNETS else ""
    told, wrong, unsure = [], list[str](), list[str]()
    for subnet in seen.subnets(tier):
        table = seen.context.network.find_route_table(subnet["SubnetId"])
        if table is None:
            raise Unobserved(f"EC2 shows no route table of {subnet['SubnetId']}")
        refuted, unknown = judge_routes(subnet["SubnetId"], table, number)
        wrong += refuted
        unsure += unknown
        told.append(f"{subnet['SubnetId']} {len(table.get('Routes', ()))} routes")
    if unsure and not wrong:
        raise Unobserved("; ".join(unsure))
    return judge(", ".join(told), wrong)


def look_at_place(seen: Observed, service: Service) -> Finding:
    """Check that tasks stand in their tier's subnets, of the specified ranges (FR-031)."""
    subnets = {one["SubnetId"]: one["CidrBlock"] for one in seen.subnets(service.subnets)}
    wanted = RANGES[service.subnets]
    used = seen.placement(service)["subnets"]
    interfaces = seen.context.network.list_interfaces([seen.group(service)])
    strange = {*used, *(one["SubnetId"] for one in interfaces)} - subnets.keys()
    wrong = [f"a task stands in {one}" for one in sorted(strange)]
    if sorted(subnets.values()) != sorted(wanted):
        wrong.append(
            f"the subnets are {' and '.join(sorted(subnets.values()))}, not {' and '.join(wanted)}"
        )
    ranges = ", ".join(subnets.values())
    if not interfaces and not wrong:
        return leave_open(f"{service.name}: subnets {ranges}", describe_no_interface(service))
    return judge(f"{service.name}: {counted(len(interfaces), 'interface')} in {ranges}", wrong)


def look_at_subnet_zones(seen: Observed, service: Service) -> Finding:
    """Check that the subnets of a service lie in two zones (FR-023)."""
    used = seen.placement(service)["subnets"]
    known = {one["SubnetId"]: one["AvailabilityZone"] for one in seen.subnets(service.subnets)}
    zones = sorted({known[one] for one in used if one in known})
    return judge(f"{service.name} in {', '.join(zones)}", _find_zone_faults(seen, service, zones))


def _find_zone_faults(seen: Observed, service: Service, zones: Sequence[str]) -> list[str]:
    wrong = [] if len(zones) > 1 else [f"{service.name} stands in one zone"]
    if seen.environment.region == SPECIFIED_REGION:
        wrong += [
            f"{zone} is none of {' and '.join(sorted(ZONES))}"
            for zone in zones
            if zone not in ZONES
        ]
    return wrong


def look_at_zones(seen: Observed, service: Service) -> Finding:
    """Check that tasks run in two zones (SC-009, US3-3)."""
    zones = [str(one.get("availabilityZone", "")) for one in seen.running(service)]
    if not all(zones):
        raise Unobserved(f"ECS names no zone of the tasks of {service.name}")
    counts = {zone: zones.count(zone) for zone in sorted(set(zones))}
    told = ", ".join(f"{count} in {zone}" for zone, count in counts.items())
    wrong = _find_zone_faults(seen, service, list(counts))
    return judge(f"{service.name}: {told}", wrong, len(counts), "zones")


def look_at_reach(seen: Observed, service: Service) -> Finding:
    """Check that the agent has no internet: rules, addresses and routes together (US4-3)."""
    looks: Sequence[OnService] = (look_at_flows(EGRESS), look_at_addresses)
    return merge([*(one(seen, service) for one in looks), look_at_routes(seen, service.subnets)])
