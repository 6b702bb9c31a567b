"""The sandbox's resource types, as a script makes, changes and deletes resources of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import inf

from bidops_cfn_sandbox.engine.clock import Process
from bidops_cfn_sandbox.engine.service import EcsService
from bidops_cfn_sandbox.models.registry import TYPES
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType
from tests.deploy.scripted.ecs import CLUSTER, ScriptedEcs
from tests.deploy.scripted.network import export_value
from tests.deploy.scripted.script import CLUSTER_TYPE, SERVICE, TASK_DEFINITION, ScriptedEngine


class Named(dict[str, str]):
    """A value for every name: what resources have, and what other stacks put out."""

    def __missing__(self, name: str) -> str:
        return export_value(name)

    def __contains__(self, name: object) -> bool:
        return True


@dataclass
class Maker:
    """What makes the resources."""

    engine: ScriptedEngine
    ecs: ScriptedEcs

    def types(self) -> dict[str, ResourceType]:
        return {
            name: replace(
                kind,
                create=partial(self.create, name),
                update=kind.update and partial(self.update, name),
                delete=partial(self.delete, name),
                settle=partial(self.settle, name),
            )
            for name, kind in TYPES.items()
        }

    def create(self, type_: str, request: Request) -> Made:
        name = request.logical_id
        self.engine.made[name] += 1
        arn = f"arn:aws:ecs:{request.place.region}:{request.place.account_id}"
        physical_id = {
            SERVICE: f"{arn}:service/compute/{name}",
            TASK_DEFINITION: f"{arn}:task-definition/{name}:{self.engine.made[name]}",
            CLUSTER_TYPE: "compute",
        }.get(type_, f"{name.lower()}-{self.engine.made[name]}")
        if type_ == CLUSTER_TYPE:
            self.ecs.no_cluster = False
        elif type_ == SERVICE:
            new = EcsService(self.engine.clock, physical_id, 1, "", cluster_arn=CLUSTER)
            self.ecs.services.setdefault(physical_id, new)
        return self.update(type_, request, physical_id)

    def update(self, type_: str, request: Request, physical_id: str) -> Made:
        script = self.engine.script
        if script.undoing and script.undo_fails and request.logical_id == "BffService":
            raise ResourceFailed("Service was not ACTIVE.")
        service = self.ecs.services.get(physical_id)  # None: deleted by others, which nobody heals
        if service is not None:
            service.desired = int(request.properties.get("DesiredCount", service.desired))
            if service.task_definition != request.properties["TaskDefinition"]:
                service.deploy(request.properties["TaskDefinition"])
        return Made(physical_id, Named())

    def delete(self, type_: str, request: Request, physical_id: str) -> None:
        if type_ == SERVICE and self.engine.script.undo_fails:
            raise ResourceFailed("it is in use")
        if type_ == CLUSTER_TYPE:
            self.ecs.no_cluster = True

    def settle(self, type_: str, request: Request, physical_id: str) -> Process[None]:
        script = self.engine.script
        service = self.ecs.services.get(physical_id)
        if script.undoing:
            yield script.seconds / 2 if type_ == SERVICE else 0
            if service is not None and service.deployments[0]["rolloutState"] == "IN_PROGRESS":
                service.complete()
        elif request.logical_id == script.fails:
            yield script.seconds / 2
            raise ResourceFailed(script.fails_because)
        elif service is not None:
            cleanup = 1 if service.proven else 0  # of what an update replaces
            yield inf if script.never_ends else script.seconds - cleanup
            if request.logical_id != script.short_of_tasks:
                service.complete()
