"""One change of what a template permits or opens, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bidops_cfn.facts.paths import Path

TEMPLATE = "template"


class Change(StrEnum):
    """Whether more or less is possible than before, or that cannot be told."""

    WIDENED = "widened"
    NARROWED = "narrowed"
    UNKNOWN = "cannot tell"


class FactKind(StrEnum):
    """What kind of fact changed, worst first."""

    FLOW = "flow"
    PERMISSION = "permission"
    POLICY = "policy"
    TRUST = "trust"
    ROLE = "role"
    EXPOSURE = "exposure"
    UNREAD = "unread"


@dataclass(frozen=True)
class FactChange:
    """One fact that only one of two templates has; ``path`` leads into that template."""

    change: Change
    kind: FactKind
    subject: str
    shown: str
    path: Path

    @property
    def widened(self) -> bool:
        """Whether more is possible than before."""
        return self.change is Change.WIDENED

    @property
    def told(self) -> str:
        """The change in one line; its direction only where that is unknown."""
        if self.change is not Change.UNKNOWN:
            return f"{self.subject}: {self.shown}"
        subject = "" if self.subject == TEMPLATE else f"{self.subject} "
        return f"{self.change}: {subject}{self.shown}"
