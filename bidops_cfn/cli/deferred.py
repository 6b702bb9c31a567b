"""Modules that libraries import and that a short run never uses: loaded when first looked into.

click and awacs import ``inspect`` for a line each, click ``uuid`` for one type, troposphere
``cfn_flip`` (and with it yaml) for ``Template.to_yaml`` and the whole of SAM for one annotation:
half of what a render would import. ADR 0008 has the figures, and why ``importlib.util.LazyLoader``
does not do here.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from threading import RLock
from types import ModuleType

LOADING = RLock()


class Deferred(ModuleType):
    """A module that becomes the real one when it is asked for something that it does not have."""

    def __getattr__(self, name: str) -> object:
        """Return what stands in for ``name`` now, or load the real module and return its own."""
        before, stand_ins = PROMISES[self.__name__]
        if name in stand_ins and (not before or initializing(before)):
            return stand_ins[name]
        if name == "__path__" and not is_package(self):
            raise AttributeError(name)  # ``from module import name`` asks, and wants no answer
        with LOADING:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
            real = import_module(self.__name__)
            vars(self).update(vars(real))
        return getattr(real, name)


# module -> until when its stand-ins are good, and the stand-ins
PROMISES: dict[str, tuple[str, dict[str, object]]] = {}


def defer(name: str, *, package: bool = False, during: str = "", **stand_ins: object) -> None:
    """Put off the import of the module ``name``, unless it has been imported.

    ``stand_ins`` answer for its attributes of these names without loading it: always, so they must
    do what the real ones do, or only while the library ``during`` is being imported.
    """
    if name in sys.modules:
        return
    PROMISES[name] = during, stand_ins
    module = sys.modules[name] = Deferred(name)
    module.__spec__ = ModuleSpec(name, None, is_package=package)


def initializing(name: str) -> bool:
    """Tell whether the module ``name`` is being imported at this moment."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return getattr(spec, "_initializing", False) is True


def is_package(module: ModuleType) -> bool:
    """Tell whether ``module`` may have submodules."""
    return module.__spec__ is not None and module.__spec__.submodule_search_locations is not None


def defer_unused() -> None:
    """Put off what an ordinary render does not use, whether we or our libraries import it."""
    for name in ("difflib", "hashlib", "ipaddress", "shlex", "shutil", "signal", "textwrap"):
        defer(name)
    defer("gettext", gettext=str, ngettext=untranslated)
    defer("inspect", cleandoc=cleandoc)
    defer("urllib.parse", during="pathlib", quote_from_bytes=quote_from_bytes)
    defer("uuid", during="click", UUID=object)
    defer("cfn_flip", package=True)
    defer("troposphere.serverless", during="troposphere", Globals=object)


def untranslated(one: str, more: str, count: int) -> str:
    """Return the message for ``count`` things, as ``gettext.ngettext`` does without catalogue."""
    return one if count == 1 else more


def quote_from_bytes(path: bytes) -> str:
    """Return ``path`` as it stands in a URL: the real one's work, when it is asked for."""
    import urllib.parse

    return urllib.parse.quote_from_bytes(path)


def cleandoc(doc: str) -> str:
    """Return ``doc`` without indentation and outer blank lines, as ``inspect.cleandoc`` does."""
    lines = doc.expandtabs().split("\n")
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(indents, default=0)
    cleaned = [lines[0].lstrip(), *(line[margin:] for line in lines[1:])]
    while cleaned and not cleaned[-1]:
        cleaned.pop()
    while cleaned and not cleaned[0]:
        cleaned.pop(0)
    return "\n".join(cleaned)
