"""How a call to AWS can fail, as types: what failed decides what may be concluded.

Only ``NotFound`` means that something does not exist; a refusal or a throttled call never does.
``Unavailable`` and ``Throttled`` may pass (``TRANSIENT``), and say nothing about whether the call
took effect.
"""

from __future__ import annotations

import re
import shlex

from bidops_cfn.deploy.calls import Call
from bidops_cfn.errors import BidopsCfnError

# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
DENIED = re.compile(r"not authorized to perform:? ([a-z][a-z0-9-]*:[A-Za-z]+)")


# What reading an answer raises that is not as AWS answers: a member that is missing, another type.
STRANGE_ANSWER = (AttributeError, LookupError, TypeError, ValueError)


def describe_strange(error: Exception) -> str:
    """Return what to say of one of ``STRANGE_ANSWER``."""
    return f"AWS answered what is not understood ({type(error).__name__}: {error})"


class Fault(BidopsCfnError):
    """AWS refused a call, or could not be asked; ``code`` is AWS's own error code.

    ``remedy`` is what to do about it, ``again`` what follows from that for the command that failed;
    ``permission`` is the IAM action that was asked for, ``login`` what begins a session again, of
    the ``profile`` where one was chosen.
    """

    exit_code = 3
    summary = "AWS rejected the call"
    remedy = ""
    again = ""

    def __init__(self, call: Call, why: str, code: str = "", profile: str = "") -> None:
        # A call may need more than its own action: creating a change set takes iam:PassRole.
        denied = DENIED.search(why)
        self.permission = denied.group(1) if denied else call.text
        self.login = "aws sso login" + (f" --profile {shlex.quote(profile)}" if profile else "")
        hint = self._fill(self.remedy + self.again)
        super().__init__(f"{self.summary} {call.text}", why, hint=hint)
        self.call = call
        self.code = code

    def before(self, step: str) -> str:
        """Return the hint that has ``step`` after what is to be done about the fault."""
        remedy = self._fill(self.remedy)
        return f"{remedy}.\n{step}" if remedy else step

    def _fill(self, text: str) -> str:
        return text.format(permission=self.permission, login=self.login)


class Rejected(Fault):
    """AWS understood the call and said no, for a reason in ``why``."""


class NotFound(Fault):
    """What the call asks for does not exist."""

    summary = "not found by"


class AccessDenied(Fault):
    """The caller lacks a permission."""

    summary = "not permitted:"
    remedy = "Allow {permission} to the role that deploys"
    again = "; bidops-cfn policy prints all that it needs (docs/deploy-permissions.md)."


class Throttled(Fault):
    """Too many calls; passes by itself."""

    summary = "AWS throttled"
    remedy = "Wait a minute"
    again = ", and run the command again; it is safe to repeat."


class Unavailable(Fault):
    """The endpoint cannot be reached, did not answer, or answered with a server error."""

    summary = "no answer from AWS to"
    remedy = "Check the network and AWS_ENDPOINT_URL"
    again = "; then run the command again, it is safe to repeat."


class Unsupported(Fault):
    """The endpoint does not know the operation."""

    summary = "the endpoint does not know"


class NoCredentials(Fault):
    """There are no usable credentials."""

    summary = "no valid credentials for"
    remedy = "Set AWS_PROFILE, or sign in ({login})"
    again = ", and run the command again."


class ClockSkewed(Fault):
    """AWS refuses the signature, since the time in it is minutes away from AWS's."""

    summary = "the clock of this machine is wrong, so AWS rejected"
    remedy = "Set the clock of this machine (sudo timedatectl set-ntp true, or as it does that)"
    again = ", and run the command again."


class ExpiredCredentials(Fault):
    """The credentials were good and are not any more."""

    summary = "the credentials expired at"
    remedy = "Sign in again ({login})"
    again = ", and run the command again."


TRANSIENT = (Throttled, Unavailable)
# What leaves out the one thing that was asked for, while the rest can still be read.
UNANSWERED = (AccessDenied, NotFound, Rejected, Unsupported, *TRANSIENT)
