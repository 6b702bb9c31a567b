"""Everything that the facts say about a template: a ``Reading`` of each of its combinations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from bidops_cfn.facts import services as ecs
from bidops_cfn.facts.attention import unlisted
from bidops_cfn.facts.combinations import Combination, combinations
from bidops_cfn.facts.document import Document, Path, Resource
from bidops_cfn.facts.expansions import expansions, why_unknown
from bidops_cfn.facts.flows import Flow, PeerKind, SecurityGroup, attachments, security_groups
from bidops_cfn.facts.imports import ImportUse, import_uses
from bidops_cfn.facts.roles import POLICIES, ROLE, Role, roles
from bidops_cfn.facts.services import EcsService, TaskDefinition
from bidops_cfn.facts.statements import Statement, policies_in
from bidops_cfn.settings.services import SERVICES, Service


def _statements(resource: Resource) -> Sequence[Statement]:
    return [statement for policy in policies_in(resource) for statement in policy]


def _unlisted(resource: Resource) -> Sequence[Path]:
    return [*unlisted(resource)]


@dataclass(frozen=True)
class Reading:
    """The facts of one combination of conditions.

    Mappings are by logical id, groups by id as canonical JSON.
    """

    combination: Combination
    specified: Sequence[Service] = SERVICES

    @property
    def document(self) -> Document:
        """The template of this combination."""
        return self.combination.document

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """Every IAM role with all that is attached to it."""
        return roles(self.document)

    @cached_property
    def resource_statements(self) -> Sequence[tuple[Resource, Statement]]:
        """Every statement of a policy that a resource has, other than a role's."""
        return [
            (resource, statement)
            for resource in self.document.resources.values()
            if resource.type not in (ROLE, *POLICIES)
            for statement in self.document.once(_statements, resource)
        ]

    @cached_property
    def unlisted(self) -> Mapping[str, Sequence[Path]]:
        """The properties of each resource of a known type that nothing looks into."""
        once, found = self.document.once, self.document.resources
        return {name: once(_unlisted, one) for name, one in found.items()}

    @cached_property
    def import_uses(self) -> Sequence[ImportUse]:
        """Every use of an import or a stack output."""
        return [*import_uses(self.document)]

    @cached_property
    def groups(self) -> Mapping[str, SecurityGroup]:
        """Every security group that the template declares or adds rules to."""
        return security_groups(self.document)

    @cached_property
    def task_definitions(self) -> Mapping[str, TaskDefinition]:
        """Every task definition."""
        return ecs.task_definitions(self.document)

    @cached_property
    def services(self) -> Mapping[str, EcsService]:
        """Every ECS service."""
        return ecs.services(self.document)

    @cached_property
    def meant_services(self) -> Mapping[str, str]:
        """The ECS service's logical id for each specified service's name, where there is one."""
        return ecs.assign(
            (ecs.service_traits(service, one, self.task(one)), service.name, logical_id)
            for service in self.specified
            for logical_id, one in self.services.items()
        )

    @cached_property
    def service_names(self) -> Mapping[str, str]:
        """What each ECS service goes by: the specified service's name where it is meant."""
        names = {logical_id: name for name, logical_id in self.meant_services.items()}
        return {one: names.get(one, one) for one in self.services}

    @cached_property
    def meant_task_definitions(self) -> Mapping[str, str]:
        """The task definition's logical id for each specified service's name."""
        return ecs.assign(
            (ecs.task_traits(service, task), service.name, logical_id)
            for service in self.specified
            for logical_id, task in self.task_definitions.items()
        )

    def task(self, service: EcsService) -> TaskDefinition | None:
        """Return what an ECS service runs, where the template has it."""
        return self.task_definitions.get(service.task_definition or "")

    def service(self, name: str) -> EcsService | None:
        """Return the ECS service that runs the specified service ``name``."""
        return self.services.get(self.meant_services.get(name, ""))

    def running(self, service: Service) -> tuple[EcsService, ...]:
        """Return every ECS service that runs what is meant for ``service``, the meant one first.

        Beside that one these are the ones with the same task definition or task role, and any that
        is more like ``service`` than a stranger. Those that are meant for another service count by
        role and task definition alone.
        """
        meant = self.meant_services.get(service.name)
        task = self.task_definitions.get(self.meant_task_definitions.get(service.name, ""))
        role = task.task_role if task else None

        def runs(one: EcsService) -> bool:
            own = self.task(one)
            if own is None:
                return one.logical_id == meant
            same = own is task or (role is not None and own.task_role == role)
            another = one.logical_id in self.meant_services.values()
            like = not another and ecs.task_traits(service, own) >= ecs.FEWEST_TRAITS
            return one.logical_id == meant or same or like

        found = [one for one in self.services.values() if runs(one)]
        return tuple(sorted(found, key=lambda one: one.logical_id != meant))

    @cached_property
    def attachments(self) -> Mapping[str, tuple[str, ...]]:
        """What attaches each security group, by the group's id; services by their name."""
        imported = (group for service in self.services.values() for group in service.groups)
        peers = (
            flow.peer.value
            for group in self.groups.values()
            for flow in group.flows
            if flow.peer.kind is PeerKind.GROUP
        )
        groups = dict.fromkeys((*self.groups, *imported, *peers))
        return attachments(self.document, groups, self.service_names)

    def flows(self, service: EcsService) -> tuple[Flow, ...] | None:
        """Return every flow of a service's tasks; None when a group's rules are unknown.

        A service without a group gets the default group of the VPC, which is not known here.
        """
        groups = [self.groups.get(one) for one in service.groups]
        owned = [one.flows for one in groups if one and one.resource]
        return tuple(chain(*owned)) if groups and len(owned) == len(groups) else None

    def origin(self, path: Path) -> Path:
        """Return where ``path`` stands in the template."""
        return self.combination.origin(path)


@dataclass(frozen=True)
class Facts:
    """All readings of a template, and the template in canonical form.

    ``template`` is None where it is beyond measure. ``excess`` says why not all readings are there,
    ``expanded`` what CloudFormation would still make of the template; both are empty for most.
    """

    template: object
    readings: tuple[Reading, ...]
    excess: str = ""
    expanded: str = ""

    @property
    def incomplete(self) -> str:
        """Why the readings do not tell everything, empty if they do."""
        return self.excess or self.expanded

    @property
    def specified(self) -> Sequence[Service]:
        """The services that the template is expected to run."""
        return self.readings[0].specified if self.readings else SERVICES


def read(
    template: object,
    specified: Sequence[Service] = SERVICES,
    given: Mapping[str, object] | None = None,
) -> Facts:
    """Read ``template``, which may be anything that JSON can hold; never raises.

    ``specified`` are the services that the template is expected to run, ``given`` values of some
    parameters, by name.
    """
    found = combinations(template, given)
    readings = tuple(Reading(combination, specified) for combination in found.all)
    expanded = "" if found.incomplete else why_unknown(expansions(template))
    return Facts(found.template, readings, found.incomplete, expanded)
