"""What every AWS that is played here answers in the same form: members that are there, errors."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

from moto.core.exceptions import ServiceException

Answer = dict[str, Any]
JSON_TYPE, XML_TYPE = "application/x-amz-json-1.1", "text/xml"


class AwsError(ServiceException):
    """What a service answers when it refuses a request: ``code`` as the API has it, ``message``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)


class ValidationError(AwsError):
    """The request, its template or the stack's state does not allow the call."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationError", message)


def write_error(protocol: str, code: str, message: str) -> tuple[str, str]:
    """Return content type and text of an error in a protocol: ``json``, ``ec2``, or other XML."""
    if protocol == "json":
        return JSON_TYPE, json.dumps({"__type": code, "message": message})
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if protocol == "ec2":
        return XML_TYPE, f"<Response><Errors><Error>{inner}</Error></Errors></Response>"
    return (
        XML_TYPE,
        f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error></ErrorResponse>",
    )


def present(**members: Any) -> Answer:
    """Return an answer without the members that are None."""
    return {name: value for name, value in members.items() if value is not None}
