"""What EC2 says of the imported network: VPC, subnets, routes, endpoints, groups. Asked once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import collapse_addresses, ip_network

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, ask_each, once, paginate
from bidops_cfn.settings.contract import Import, Imports

WORLD = ("0.0.0.0/0", "::/0")
WIDEST = {4: 8, 6: 16}  # version: bits; no holder of addresses has a wider range
PRIVATE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
LIST = "pl-"
# Where a route may lead, as EC2 names it. A gateway's id begins with its kind.
TARGETS = (
    "NatGatewayId",
    "EgressOnlyInternetGatewayId",
    "CarrierGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "LocalGatewayId",
    "CoreNetworkArn",
    "GatewayId",
)
TO_THE_INTERNET = ("nat-", "eigw-", "cagw-", "igw-")
FROM_THE_INTERNET = ("igw-", "cagw-")
DNS = ("enableDnsSupport", "enableDnsHostnames")


@dataclass(frozen=True)
class Network:
    """The network; ``find_values`` returns what is exported for a contract value, and may raise."""

    client: Client
    find_values: Callable[[Import], tuple[str, ...]]

    @property
    def vpc(self) -> str:
        """The VPC's id."""
        return self.find_values(Imports.VPC_ID.value)[0]

    @once
    def subnets(self) -> Mapping[Imports, Sequence[Json]]:
        """The subnets of each tier, in the order of the exports."""
        tiers = (Imports.PRIVATE_APP_SUBNETS, Imports.PRIVATE_AGENT_SUBNETS)
        wanted = {tier: self.find_values(tier.value) for tier in tiers}
        ids = sorted({one for pair in wanted.values() for one in pair})
        found = {
            subnet["SubnetId"]: subnet
            for subnet in paginate(self.client, Call.DESCRIBE_SUBNETS, "Subnets", SubnetIds=ids)
        }
        return {tier: [found[one] for one in pair if one in found] for tier, pair in wanted.items()}

    @property
    def undescribed(self) -> Sequence[str]:
        """What there is to say of each imported subnet that AWS does not describe."""
        found = {its["SubnetId"] for tier in self.subnets.values() for its in tier}
        wanted = (one for tier in self.subnets for one in self.find_values(tier.value))
        return [f"{one}: AWS does not describe it" for one in wanted if one not in found]

    @once
    def route_tables(self) -> Sequence[Json]:
        """Every route table of the VPC."""
        call, key = Call.DESCRIBE_ROUTE_TABLES, "RouteTables"
        return list(paginate(self.client, call, key, **self._in_vpc()))

    @once
    def endpoints(self) -> Sequence[Json]:
        """Every endpoint of the VPC that can be used now."""
        found = paginate(self.client, Call.DESCRIBE_VPC_ENDPOINTS, "VpcEndpoints", **self._in_vpc())
        return [one for one in found if one.get("State", "").lower() == "available"]

    @once
    def dns(self) -> Mapping[str, bool]:
        """Whether the VPC has DNS support and DNS host names, by EC2's names of the attributes."""

        def ask(name: str) -> bool:
            said = self.client(Call.DESCRIBE_VPC_ATTRIBUTE, VpcId=self.vpc, Attribute=name)
            return bool(said[f"{name[0].upper()}{name[1:]}"]["Value"])

        return dict(ask_each(ask, DNS))

    def list_rules(self, group: str) -> list[Json]:
        """Return the live rules of a group, of both directions."""
        filters = [{"Name": "group-id", "Values": [group]}]
        call, key = Call.DESCRIBE_GROUP_RULES, "SecurityGroupRules"
        return list(paginate(self.client, call, key, Filters=filters))

    def list_interfaces(self, groups: Iterable[str]) -> list[Json]:
        """Return the network interfaces that any of the groups is attached to."""
        filters = [{"Name": "group-id", "Values": sorted(groups)}]
        call, key = Call.DESCRIBE_INTERFACES, "NetworkInterfaces"
        return list(paginate(self.client, call, key, Filters=filters))

    def ask_all(self) -> None:
        """Ask every question at the same time; the answers are kept."""
        ask_each(lambda name: getattr(self, name), ("subnets", "route_tables", "endpoints", "dns"))

    def find_route_table(self, subnet: str) -> Json | None:
        """Return the route table of a subnet: its own, or the VPC's main one."""
        main = None
        for table in self.route_tables:
            for association in table.get("Associations", ()):
                if association.get("SubnetId") == subnet:
                    return table
                if association.get("Main"):
                    main = table
        return main

    def _in_vpc(self) -> Json:
        return {"Filters": [{"Name": "vpc-id", "Values": [self.vpc]}]}


def judge_routes(what: str, table: Json, number: str) -> tuple[list[str], list[str]]:
    """Return what the route table of ``what`` refutes of the contract, and what it leaves open.

    ``number`` is the assumption that its services have no internet; empty where they may have it.
    """
    refuted, unknown = [], []
    if not table.get("Routes"):  # there is a local one at the least
        unknown.append(f"{what}: cannot tell where it leads, EC2 shows no route of it")
    for route in table.get("Routes", ()):
        to = next((route[name] for name in TARGETS if route.get(name)), "")
        where = next((route[name] for name in DESTINATIONS if route.get(name)), "")
        if route.get("State") == "blackhole" or not leads_outside(where, to):
            continue
        said = f"{what} routes {where} to {to}"
        if not number:
            if to.startswith(FROM_THE_INTERNET):
                refuted.append(f"{said}: a public subnet, not a private one (FR-031)")
        elif to.startswith(TO_THE_INTERNET) and not where.startswith(LIST):
            refuted.append(f"{said}: {number} refuted, its services have a way out (US4-3)")
        else:
            unknown.append(f"{said}: cannot tell whether that is the internet ({number})")
    return refuted, unknown


def leads_outside(where: str, to: str) -> bool:
    """Tell whether a destination may lie outside of private networks.

    Prefix lists may hold anything, but for those of gateway endpoints, which AWS keeps.
    """
    if where.startswith(LIST):
        return not to.startswith("vpce-")
    try:
        network = ip_network(where)
    except ValueError:
        return True
    return not any(
        network.subnet_of(one)  # type: ignore[arg-type] # of the same version
        for one in PRIVATE
        if one.version == network.version
    )


def find_worldwide(ranges: Iterable[str]) -> set[str]:
    """Return the ranges that are the world, or together with others a part of it.

    0.0.0.0/0 is also 0.0.0.0/1 and 128.0.0.0/1, and ::/0 is 2000::/3 where it matters. A private
    range is none, however wide.
    """
    read = {text: ip_network(text, strict=False) for text in ranges if leads_outside(text, "")}
    wide = [
        whole
        for version, bits in WIDEST.items()
        for whole in collapse_addresses(one for one in read.values() if one.version == version)  # type: ignore[type-var] # of one version
        if whole.prefixlen < bits
    ]
    return {
        text
        for text, one in read.items()
        if any(one.version == whole.version and one.subnet_of(whole) for whole in wide)  # type: ignore[arg-type] # of the same version
    }


def has_default_route(table: Json) -> bool:
    """Tell whether a route table has a default route that leads somewhere."""
    return any(
        route.get("DestinationCidrBlock") in WORLD and route.get("State") != "blackhole"
        for route in table.get("Routes", ())
    )


def is_unbounded(document: str | None) -> bool:
    """Tell whether an endpoint policy is EC2's own, which allows everything; False if unknown."""
    return any(
        statement.get("Effect") == "Allow"
        and statement.get("Action") in ("*", ["*"])
        and statement.get("Resource") in ("*", ["*"])
        and not statement.get("Condition")
        for statement in _list_statements(document) or ()
    )


def is_closed(document: str | None) -> bool:
    """Tell whether an endpoint policy allows nothing; False if unknown."""
    statements = _list_statements(document)
    return statements is not None and all(one.get("Effect") != "Allow" for one in statements)


def _list_statements(document: str | None) -> list[Json] | None:
    """Return a policy's statements; None where it cannot be read."""
    try:
        statements = json.loads(document or "")["Statement"]
    except (ValueError, KeyError, TypeError):
        return None
    several = statements if isinstance(statements, list) else [statements]
    return several if all(isinstance(one, dict) for one in several) else None
