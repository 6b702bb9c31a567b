"""What every AWS that is played here answers in the same form: errors, and events of a stack."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from moto.core.exceptions import ServiceException

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


def make_event(
    stack: Any,
    id_: str,
    at: datetime,
    resource: tuple[str, str, str],
    status: str,
    **more: str | None,
) -> dict[str, Any]:
    """Return an event of DescribeStackEvents about a resource: logical id, physical id and type.

    ``stack`` has ``id`` and ``name``. Of ``more``, what is empty is left out.
    """
    logical_id, physical_id, type_ = resource
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "EventId": id_,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id,
        "ResourceType": type_,
        "ResourceStatus": status,
        "Timestamp": at,
        **{key: value for key, value in more.items() if value},
    }
