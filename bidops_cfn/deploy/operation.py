"""An operation that is followed: which stack and events it is about, and what was seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bidops_cfn.deploy.events import Journal
from bidops_cfn.deploy.evidence import Evidence
from bidops_cfn.deploy.records import Event
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.state import in_progress


@dataclass(slots=True)
class Operation:
    """One operation of a stack.

    ``before`` is the stack as it stood just before; None where no read can show an older end.
    ``cancelled`` says why we called it off, if we did.
    """

    journal: Journal
    before: Stack | None = None
    change_set_id: str = ""
    evidence: Evidence = field(default_factory=Evidence)
    events: list[Event] = field(default_factory=list)
    ended: bool = False
    readable: bool = True
    cancelled: str = ""

    @property
    def name(self) -> str:
        """The stack's name, as it stands in its id."""
        return self.journal.stack_id.split("/")[1]

    @property
    def stack_id(self) -> str:
        """The stack's id."""
        return self.journal.stack_id

    def moved(self, stack: Stack) -> bool:
        """Tell whether ``stack`` was read after the operation began."""
        return (
            self.ended
            or self.before is None
            or stack.status != self.before.status
            or stack.updated != self.before.updated
            or (bool(self.change_set_id) and stack.change_set_id == self.change_set_id)
        )

    def over(self, stack: Stack) -> bool:
        """Tell whether ``stack`` shows that the operation has come to its end."""
        return (
            not in_progress(stack.status)
            and stack.status != "REVIEW_IN_PROGRESS"
            and self.moved(stack)
        )
