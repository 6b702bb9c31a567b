"""A model as a table of properties: what each is, and where moto keeps it.

``Model.resource_type`` is the machinery that all tables share: it calls moto's backend to create,
writes what updates change as well, tags, and reads the attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from botocore import xform_name
from moto.backends import get_backend
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from bidops_cfn_sandbox.properties import TAGS, Tree
from bidops_cfn_sandbox.resource_type import (
    Made,
    Place,
    Request,
    ResourceFailed,
    ResourceType,
    Settle,
)

# What is made, and the backend that makes or finds it, are moto's objects: it has no types.
Find = Callable[[Any, str], Any]
Write = Callable[[Any, Request, Any], None]
Attribute = Callable[[Any], Any]
T = TypeVar("T")
WHOLE_PARTITION = ("iam", "route53", "s3")


@dataclass(frozen=True, slots=True)
class Row:
    """A property. ``passed`` is the parameter of moto's call that creates, in which it is fixed.

    ``kept`` is the attribute of what is made; an update changes it. A row without either is left to
    the model's functions. ``default`` is what AWS has where a template says nothing, ``form`` turns
    a value into moto's.
    """

    tree: Tree
    passed: str = ""
    kept: str = ""
    default: Any = None
    required: bool = False
    fixed: bool = False
    form: Callable[[Any], Any] = lambda value: value

    def of(self, properties: Mapping[str, Any], name: str) -> Any:
        """Return the value in moto's form."""
        value = properties.get(name, self.default)
        return None if value is None else self.form(value)


def passed(tree: Tree, parameter: str, default: Any = None, **more: Any) -> Row:
    """Return the row of a property that is fixed when the resource is created."""
    return Row(tree, passed=parameter, default=default, fixed=True, **more)


def kept(tree: Tree, attribute: str, default: Any = None, **more: Any) -> Row:
    """Return the row of a property that an update changes."""
    return Row(tree, kept=attribute, default=default, **more)


def each_passed(tree: Tree, *names: str, fixed: bool = True, **more: Any) -> dict[str, Row]:
    """Return the rows of properties whose parameters are their names in snake case."""
    return {name: Row(tree, xform_name(name), fixed=fixed, **more) for name in names}


def backend_of(place: Place, service: str) -> Any:
    """Return moto's backend of a service in ``place``."""
    region = place.partition if service in WHOLE_PARTITION else place.region
    return get_backend(service)[place.account_id][region]


def add_tags(_backend: Any, request: Request, made: Any) -> None:
    """Set the tags of something of EC2."""
    made.add_tags(dict(request.tags))


def tag_by(tagger: str, arn: str = "arn") -> Write:
    """Return what sets tags in the attribute ``tagger`` of a backend, by what has the ARN."""

    def tag(backend: Any, request: Request, made: Any) -> None:
        service, name = getattr(backend, tagger), getattr(made, arn)
        service.delete_all_tags_for_resource(name)
        service.tag_resource(name, request.tag_list)

    return tag


def ours(read: Attribute) -> Any:
    """Return a property of one of moto's objects that moto's own assignments do not change."""
    return property(read, lambda _made, _value: None)


def _read(made: Any, attribute: str | Attribute) -> Any:
    return attribute(made) if callable(attribute) else getattr(made, attribute)


def _guarded(function: Callable[..., T]) -> Callable[..., T]:
    """Turn every refusal of a backend into ResourceFailed, as a resource handler does."""

    @wraps(function)
    def guarded(*args: Any) -> T:
        try:
            return function(*args)
        except ResourceFailed:
            raise
        except (ServiceException, HTTPException) as refusal:
            message = getattr(refusal, "message", None) or refusal.description
            raise ResourceFailed(str(message)) from refusal
        except Exception as error:
            # A handler that breaks fails its resource; the stack still rolls back.
            raise ResourceFailed(f"InternalFailure: {type(error).__name__}: {error}") from error

    return guarded


@dataclass(frozen=True)
class Model:
    """A resource type of ``service``: its rows, and what moto calls the rest.

    ``create`` and ``delete`` name methods of the backend, or are functions of backend and request
    (and physical id), as the others are. ``find`` returns what was made, by backend and physical
    id, which is its attribute ``id``; a model that ``puts`` makes the call that creates once more
    instead. ``refuse`` raises ResourceFailed for what the service would not do, ``write`` does what
    no row says, on every write; ``tag`` sets tags, which a model without it does not have;
    ``settle`` is what it takes until it is created or updated. A model without ``updates`` replaces
    its resource for every change. ``named`` is the property of a fixed name, of at most ``length``
    characters, which what replaces it may have ``again``; ``more`` are parameters that every
    creation passes.
    """

    name: str
    service: str
    rows: Mapping[str, Row]
    create: str | Callable[[Any, Request], Any]
    delete: str | Callable[[Any, Request, str], Any]
    find: Find = lambda _backend, _id: None
    attributes: Mapping[str, str | Attribute] = field(default_factory=dict)
    id: str | Attribute = "id"
    refuse: Callable[[Any, Request, str | None], None] = lambda _backend, _request, _id: None
    write: Write = lambda _backend, _request, _made: None
    tag: Write | None = None
    settle: Settle | None = None
    updates: bool = True
    puts: bool = False
    named: str = ""
    again: bool = False
    length: int = 255
    more: Mapping[str, Any] = field(default_factory=dict)

    def resource_type(self) -> ResourceType:
        """Return the type that CloudFormation works with."""
        tags = {} if self.tag is None else {"Tags": TAGS}
        return ResourceType(
            self.name,
            {name: row.tree for name, row in self.rows.items()} | tags,
            _guarded(self._create),
            _guarded(self._delete),
            _guarded(self._update) if self.updates else None,
            required=frozenset(name for name, row in self.rows.items() if row.required),
            create_only=frozenset(name for name, row in self.rows.items() if row.fixed),
            attributes=frozenset(self.attributes),
            named="" if self.again else self.named,
            settle=self.settle,
        )

    def _backend(self, request: Request) -> Any:
        return backend_of(request.place, self.service)

    def _create(self, request: Request) -> Made:
        backend = self._backend(request)
        self.refuse(backend, request, None)
        if isinstance(self.create, str):
            made = self._call(request)
        else:
            made = self.create(backend, request)
        try:
            return self._written(request, made)
        except Exception:
            self._delete(request, _read(made, self.id))
            raise

    def _call(self, request: Request, physical_id: str = "") -> Any:
        properties = dict(request.properties)
        if self.named:
            properties[self.named] = (
                physical_id or properties.get(self.named) or request.name(self.length)
            )
        values = {
            row.passed: row.of(properties, name) for name, row in self.rows.items() if row.passed
        }
        given = {name: value for name, value in values.items() if value is not None}
        create = getattr(self._backend(request), str(self.create))
        return create(**{**self.more, **given})

    def _update(self, request: Request, physical_id: str) -> Made:
        backend = self._backend(request)
        self.refuse(backend, request, physical_id)
        made = self._call(request, physical_id) if self.puts else self.find(backend, physical_id)
        return self._written(request, made)

    def _written(self, request: Request, made: Any) -> Made:
        for name, row in self.rows.items():
            if row.kept:
                setattr(made, row.kept, row.of(request.properties, name))
        self.write(self._backend(request), request, made)
        if self.tag is not None:
            self.tag(self._backend(request), request, made)
        found = {name: _read(made, read) for name, read in self.attributes.items()}
        return Made(_read(made, self.id), found)

    def _delete(self, request: Request, physical_id: str) -> None:
        backend = self._backend(request)
        if isinstance(self.delete, str):
            getattr(backend, self.delete)(physical_id)
        else:
            self.delete(backend, request, physical_id)
