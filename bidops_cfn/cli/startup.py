"""Modules that the command line imports for what it seldom does (ADR 0008)."""

from __future__ import annotations

from bidops_cfn.cli.deferred import defer


def defer_unused() -> None:
    """Put off what an ordinary render does not use, whether we or our libraries import it."""
    for name in ("difflib", "ipaddress", "signal", "textwrap"):
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
