"""Sizes of the flow graph, and the boxes that they make."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle, by its left upper corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Measure:
    """Sizes of a layout, in pixels; ``wide`` when ranks are columns."""

    wide: bool
    node_width: float
    node_height: float
    rank_gap: float
    lane_gap: float
    zone_gap: float
    padding: float = 12
    title: float = 26


WIDE = Measure(True, 172, 62, 150, 30, 60)
NARROW = Measure(False, 104, 64, 92, 8, 44, padding=8)
