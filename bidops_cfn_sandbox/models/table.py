"""A model as a table of properties: what each is, and where moto keeps it.

``Model.resource_type`` is the machinery that all tables share: it calls moto's backend to create,
writes what updates change as well, tags, and reads the attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from moto.backends import get_backend
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from bidops_cfn_sandbox.properties import Tree
from bidops_cfn_sandbox.resource_type import (
    Made,
    Place,
    Request,
    ResourceFailed,
    ResourceType,
    Settle,
)

Find = Callable[[Any, str], Any]
# What is made, and what makes or finds it, are moto's objects: it has no types.
Attribute = Callable[[Any], Any]
P = ParamSpec("P")
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


def backend_of(place: Place, service: str) -> Any:
    """Return moto's backend of a service in ``place``."""
    region = place.partition if service in WHOLE_PARTITION else place.region
    return get_backend(service)[place.account_id][region]


def ours(read: Attribute) -> Any:
    """Return a property of one of moto's objects that moto's own assignments do not change."""
    return property(read, lambda _made, _value: None)


def _read(made: Any, attribute: str | Attribute) -> Any:
    return attribute(made) if callable(attribute) else getattr(made, attribute)


def _guarded(function: Callable[P, T]) -> Callable[P, T]:
    """Turn every refusal of a backend into ResourceFailed, as a resource handler does."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
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

    ``create`` and ``delete`` name methods of the backend, or are functions of request (and physical
    id). ``find`` returns what was made, by backend and physical id, which is its attribute ``id``;
    a model that ``puts`` makes the call that creates once more instead. ``refuse`` raises
    ResourceFailed for what the service would not do, ``write`` does what no row says, on every
    write; ``tag`` sets the tags, ``settle`` is what it takes until it is created or updated. A
    model without ``updates`` replaces its resource for every change. ``named`` is the property of a
    fixed name, of at most ``length`` characters, which what replaces it may have ``again``;
    ``more`` are parameters that every creation passes.
    """

    name: str
    service: str
    rows: Mapping[str, Row]
    create: str | Callable[[Request], Any]
    delete: str | Callable[[Request, str], Any]
    find: Find = lambda _backend, _id: None
    attributes: Mapping[str, str | Attribute] = field(default_factory=dict)
    id: str | Attribute = "id"
    refuse: Callable[[Request, str | None], None] = lambda _request, _id: None
    write: Callable[[Request, Any], None] = lambda _request, _made: None
    tag: Callable[[Request, Any], None] = lambda _request, _made: None
    settle: Settle | None = None
    updates: bool = True
    puts: bool = False
    named: str = ""
    again: bool = False
    length: int = 255
    more: Mapping[str, Any] = field(default_factory=dict)

    def resource_type(self) -> ResourceType:
        """Return the type that CloudFormation works with."""
        return ResourceType(
            self.name,
            {name: row.tree for name, row in self.rows.items()},
            _guarded(self._create),
            _guarded(self._delete),
            _guarded(self._update) if self.updates else None,
            required=frozenset(name for name, row in self.rows.items() if row.required),
            create_only=frozenset(name for name, row in self.rows.items() if row.fixed),
            attributes=frozenset(self.attributes),
            named="" if self.again else self.named,
            settle=self.settle,
        )

    def _create(self, request: Request) -> Made:
        self.refuse(request, None)
        made = self._call(request) if isinstance(self.create, str) else self.create(request)
        try:
            return self._written(request, made)
        except Exception:
            self._delete(request, _read(made, self.id))
            raise

    def _call(self, request: Request, physical_id: str = "") -> Any:
        properties = dict(request.properties)
        if physical_id and self.named:
            properties[self.named] = physical_id
        elif self.named:
            properties.setdefault(self.named, request.name(self.length))
        values = {
            row.passed: row.of(properties, name) for name, row in self.rows.items() if row.passed
        }
        given = {name: value for name, value in values.items() if value is not None}
        create = getattr(backend_of(request.place, self.service), str(self.create))
        return create(**{**self.more, **given})

    def _update(self, request: Request, physical_id: str) -> Made:
        self.refuse(request, physical_id)
        if self.puts:
            return self._written(request, self._call(request, physical_id))
        backend = backend_of(request.place, self.service)
        return self._written(request, self.find(backend, physical_id))

    def _written(self, request: Request, made: Any) -> Made:
        for name, row in self.rows.items():
            if row.kept:
                setattr(made, row.kept, row.of(request.properties, name))
        self.write(request, made)
        self.tag(request, made)
        found = {name: _read(made, read) for name, read in self.attributes.items()}
        return Made(_read(made, self.id), found)

    def _delete(self, request: Request, physical_id: str) -> None:
        if isinstance(self.delete, str):
            getattr(backend_of(request.place, self.service), self.delete)(physical_id)
        else:
            self.delete(request, physical_id)
