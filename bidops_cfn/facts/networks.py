"""Address ranges compared as sets: two halves are the whole, and IPv6 is apart from IPv4."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

EVERYWHERE = (ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("::/0"))


@lru_cache(maxsize=4096)
def network(value: object) -> Network | None:
    """Return the range that a text such as ``10.0.0.0/8`` is; None for anything else."""
    try:
        return ipaddress.ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        return None


def networks(values: Iterable[object]) -> tuple[Network | None, ...]:
    """Return each value as a range, None for one that cannot be read."""
    return tuple(network(value) if isinstance(value, str) else None for value in values)


def within(narrow: Iterable[Network | None], wide: Iterable[Network | None]) -> bool:
    """Tell whether all addresses of ``narrow`` are in ``wide``; an unread one is in none."""
    whole = collapsed(wide)
    return all(one is not None and covers(whole, one) for one in narrow)


def covers(whole: Iterable[Network], one: Network) -> bool:
    """Tell whether one of the collapsed ranges ``whole`` has all addresses of ``one``."""
    return any(
        known.version == one.version and known.supernet_of(one)  # type: ignore[arg-type]
        for known in whole
    )


def collapsed(found: Iterable[Network | None]) -> tuple[Network, ...]:
    """Return the fewest ranges with the same addresses."""
    known = [one for one in found if one is not None]
    four = ipaddress.collapse_addresses(
        one for one in known if isinstance(one, ipaddress.IPv4Network)
    )
    six = ipaddress.collapse_addresses(
        one for one in known if isinstance(one, ipaddress.IPv6Network)
    )
    return (*four, *six)
