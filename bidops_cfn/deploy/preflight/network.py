"""What EC2 says of the imported network: VPC, subnets, routes, endpoints, groups. Asked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, paginate
from bidops_cfn.deploy.preflight.together import ask_each, once
from bidops_cfn.settings.contract import Import, Imports

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

    @once
    def route_tables(self) -> Sequence[Json]:
        """Every route table of the VPC."""
        return list(
            paginate(self.client, Call.DESCRIBE_ROUTE_TABLES, "RouteTables", **self._in_vpc())
        )

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

        return dict(zip(DNS, ask_each(ask, DNS), strict=True))

    def ask_all(self) -> None:
        """Ask every question at the same time; the answers are kept."""
        questions: tuple[Callable[[], object], ...] = (
            lambda: self.subnets,
            lambda: self.route_tables,
            lambda: self.endpoints,
            lambda: self.dns,
        )
        ask_each(lambda question: question(), questions)

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
