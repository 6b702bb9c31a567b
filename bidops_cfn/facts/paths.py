"""Where something stands in a template: a path of keys and indexes, shown as a JSON pointer."""

from __future__ import annotations

Path = tuple[str | int, ...]


def pointer(path: Path) -> str:
    """Return ``path`` as a JSON pointer (RFC 6901); the whole document is the empty string."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def logical_id(path: Path) -> str:
    """Return the logical id that ``path`` lies in: a resource, parameter, condition or output.

    Empty for what belongs to no logical id, such as the template's metadata.
    """
    sections = ("Resources", "Parameters", "Conditions", "Outputs", "Mappings", "Rules")
    return str(path[1]) if len(path) > 1 and path[0] in sections else ""
