"""The canonical text of a template: sorted keys, one space of indentation, nothing else.

Written straight from troposphere's objects, each seen once. The library turns them into a dict
first and does so again at every level above, and ``json`` indents in plain Python: together they
take three times as long, which many environments in one run feel (ADR 0008). The text is
``json.dumps(template.to_dict(), indent=1, sort_keys=True)`` to the byte, which tests hold it to.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii
from typing import Any

from troposphere import AWSHelperFn, BaseAWSObject


def text(value: Any, line: str = "\n") -> str:
    """Return ``value``, JSON's kinds or objects of troposphere and awacs, as canonical text.

    ``line`` is a line break and the indentation of what ``value`` stands in. Raises what the
    objects' own validation raises.
    """
    kind = type(value)
    if kind is str:
        return encode_basestring_ascii(value)
    inner = line + " "
    if kind is dict:
        items = [
            f"{inner}{encode_basestring_ascii(key)}: {text(value[key], inner)}"
            for key in sorted(value)
        ]
        return "{" + ",".join(items) + line + "}" if items else "{}"
    if kind is list:
        items = [inner + text(item, inner) for item in value]
        return "[" + ",".join(items) + line + "]" if items else "[]"
    if kind is int or kind is bool:
        return str(value).lower()
    if value is None or isinstance(value, str | int | float):
        return json.dumps(value)
    return text(content(value), line)


def content(value: Any) -> Any:
    """Return what an object consists of, once it is valid: its own way where it has one."""
    to_dict = getattr(type(value), "to_dict", None)
    if to_dict is AWSHelperFn.to_dict:
        return value.data
    if to_dict is BaseAWSObject.to_dict and value.properties:
        if value.do_validation:
            value._validate_props()  # what ``to_dict`` does, one level at a time
            value.validate()
        return value.resource
    if isinstance(value, dict | tuple):
        return dict(value) if isinstance(value, dict) else list(value)
    return value.to_dict() if to_dict else value.JSONrepr()
