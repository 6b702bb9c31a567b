"""cfn-lint, without what it loads and computes in vain: a quarter of its time (ADR 0008).

Nothing here changes what it finds; ``tests/check/test_cfn_lint.py`` holds it to the original.
"""

# ruff: noqa: E402 - cfn-lint loads what is put off here
from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


class Package(ModuleType):
    """A package whose ``__init__`` runs when it is asked for a name that is not in its home.

    ``homes`` are the modules that have some of its names.
    """

    homes: dict[str, str]

    def __getattr__(self, name: str) -> object:
        """Return ``name`` from its home, or the submodule, or what the whole package has."""
        if name in self.homes:
            with suppress(ImportError):  # of another version, it may have moved
                home = import_module(self.homes[name], self.__name__)
                if hasattr(home, name):
                    return getattr(home, name)
        elif not name.startswith("_") and find_spec(f"{self.__name__}.{name}"):
            return import_module(f"{self.__name__}.{name}")
        self.__class__ = ModuleType  # type: ignore[assignment] # it has no slots
        self.__spec__.loader.exec_module(self)  # type: ignore[union-attr] # it was found
        return getattr(self, name)


def put_off(name: str, **homes: str) -> None:
    """Put off the ``__init__`` of the package ``name``, unless it has been imported."""
    try:
        spec = None if name in sys.modules else find_spec(name)
    except ModuleNotFoundError:  # its parent is no package
        return
    if spec is None:
        return
    package = sys.modules[name] = Package(name)
    package.homes = homes
    package.__spec__, package.__path__ = spec, spec.submodule_search_locations or []
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, package)


# 260 modules, for the class of a graph and the search for a cycle in it.
put_off(
    "networkx",
    MultiDiGraph=".classes.multidigraph",
    NetworkXError=".exception",
    NetworkXNoCycle=".exception",
    _clear_cache=".utils.misc",
    _dispatchable=".utils.backends",
    edge_dfs=".algorithms.traversal.edgedfs",
    find_cycle=".algorithms.cycles",
)
put_off("networkx.algorithms")
put_off("networkx.algorithms.traversal")

from cfnlint.config import _DEFAULT_RULESDIR as STOCK_RULES
from cfnlint.context import context
from cfnlint.decode import decode_str
from cfnlint.decode.cfn_yaml import CfnFullLoader, NodeConstructor
from cfnlint.jsonschema import _filter, validators
from cfnlint.rules import Match, Rules
from cfnlint.rules.jsonschema import CfnLintJsonSchema
from cfnlint.schema.resolver import _resolver
from cfnlint.template import Template

__all__ = [
    "STOCK_RULES", "CfnFullLoader", "Match", "NodeConstructor", "Rules", "Template", "decode_str",
]  # fmt: skip


class Later:
    """The schema of a rule, read when it is looked at: most are of types that no template has."""

    def __get__(self, rule: Any, _: object) -> Any:
        """Return the schema, read now if it has not been."""
        schema = vars(rule)["_schema"]
        if isinstance(schema, partial):
            schema = vars(rule)["_schema"] = schema()
        return schema

    def __set__(self, rule: Any, schema: object) -> None:
        """Keep a schema, or how it is read."""
        vars(rule)["_schema"] = schema


of_schemas: Any = sys.modules[CfnLintJsonSchema.__module__]
of_schemas.load_resource = partial(partial, of_schemas.load_resource)
CfnLintJsonSchema._schema = Later()

# The fields of a class never change; they are asked for thirty thousand times.
for module in (context, _filter, validators):
    module.fields = cache(dataclasses.fields)

# A schema is searched for its ids at each reference into it.
search = _resolver._search_schema
seen: dict[tuple[int, object], tuple[object, list[object]]] = {}


def search_once(schema: object, matcher: object) -> Iterator[object]:
    """Yield what ``search`` finds; schemas do not change, and stay as long as what was found."""
    key = id(schema), matcher
    if key not in seen:
        seen[key] = schema, [*search(schema, matcher)]
    yield from seen[key][1]


_resolver._search_schema = search_once
_resolver._match_keyword = cache(_resolver._match_keyword)


def derive_no_predicates(module: str) -> None:
    """Let sympy's ``module`` derive nothing of predicates such as Q.real, where it is as known.

    cfn-lint's conditions are symbols, and have none.
    """
    with suppress(ImportError):
        predicates: Any = import_module(module)
        if hasattr(predicates, "get_composite_predicates"):
            predicates.get_composite_predicates = dict


derive_no_predicates("sympy.assumptions.facts")

# Stands in a validator until it gets its own template.
nothing = Template(None, {})
validators.Template = lambda *_: nothing
