"""How a number of things reads."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return ``1 resource``, ``2 resources``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
