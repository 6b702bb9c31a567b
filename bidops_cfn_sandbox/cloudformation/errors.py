"""What CloudFormation answers when it refuses a request."""

from __future__ import annotations


class CloudFormationError(Exception):
    """An error answer: ``code`` as the API names it, and the message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ValidationError(CloudFormationError):
    """The request, its template or the stack's state does not allow the call."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationError", message)


def stack_missing(name: str) -> ValidationError:
    """Return the answer for a stack that does not exist."""
    return ValidationError(f"Stack with id {name} does not exist")
