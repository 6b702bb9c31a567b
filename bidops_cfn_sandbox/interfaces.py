"""Network interfaces that services of AWS make: of endpoints, load balancers and databases."""

from __future__ import annotations

from typing import Any

from bidops_cfn_sandbox.models.ec2_security_group_rule import ec2_of, group_of
from bidops_cfn_sandbox.place import Place


def attach(place: Place, subnet: str, groups: list[str], description: str) -> str:
    """Make an interface as a service does, in a subnet and with groups; return its id."""
    made = ec2_of(place).create_network_interface(subnet, [], description=description)
    serve(place, made, groups)
    return str(made.id)


def serve(place: Place, interface: Any, groups: list[str], kind: str = "interface") -> None:
    """Make moto's ``interface`` one of a service: its groups, its kind, and who manages it."""
    interface._group_set = [group_of(place, group) for group in groups]
    interface.requester_managed = True
    interface.interface_type = kind


def detach(place: Place, description: str) -> None:
    """Delete the interfaces of a description."""
    enis = ec2_of(place).enis
    for id_ in [one.id for one in enis.values() if one.description == description]:
        del enis[id_]
