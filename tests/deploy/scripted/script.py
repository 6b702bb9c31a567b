"""What the next operation shall do on the sandbox's engine: well, badly, slowly, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from bidops_cfn_sandbox.engine.engine import Engine

SERVICE = "AWS::ECS::Service"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
CLUSTER_TYPE = "AWS::ECS::Cluster"


@dataclass
class Script:
    """The next operation succeeds after ``seconds`` unless told otherwise; all of it are services'.

    ``undoing`` is whether what runs is a rollback.
    """

    seconds: float = 15.0
    fails: str = ""  # logical id of the resource that fails half way
    fails_because: str = "Resource handler returned message: it broke"
    fails_as: dict[str, str] = field(default_factory=dict)  # more of the failing event: its hook
    refused: dict[str, str] = field(default_factory=dict)  # of the event that begins the undoing,
    # where no resource fails: its ResourceStatusReason, its DetailedStatus
    rollback_deletes: bool = False  # RollbackStack finds no stable state to go back to
    undo_fails: bool = False
    never_ends: bool = False
    hesitates: float = 0.0  # seconds until a rollback turns to each resource
    short_of_tasks: str = ""  # logical id of the service that never gets all its tasks
    on_update: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    undoing: bool = False


@dataclass
class ScriptedEngine(Engine):
    """An engine on which deletions take what the script says; ``made`` counts by logical id."""

    script: Script = field(default_factory=Script)
    made: Counter[str] = field(default_factory=Counter)

    def seconds(self, type_: str) -> float:
        script = self.script
        if type_ == TASK_DEFINITION:
            return 1.0
        if type_ not in (SERVICE, CLUSTER_TYPE):
            return 0.0
        whole = script.seconds / (2 if script.undoing else 1)
        return inf if script.never_ends else whole * (0.8 if type_ == SERVICE else 0.2)
