"""``Client`` with boto3, the only module that imports it; its errors become ``faults``.

``AWS_PROFILE``, ``AWS_REGION``, ``AWS_ENDPOINT_URL`` and the rest of the standard chain work as
everywhere. Calls that failed on the way are repeated a few times with growing pauses.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from functools import cache
from threading import BoundedSemaphore, Lock
from typing import Any, NoReturn

import boto3
from botocore import exceptions as boto
from botocore import xform_name
from botocore.config import Config
from botocore.handlers import json_decode_template_body
from botocore.loaders import Loader, create_loader
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError
from botocore.session import Session

from bidops_cfn import __version__
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Answer, Json
from bidops_cfn.deploy.faults import (
    STRANGE_ANSWER,
    AccessDenied,
    ClockSkewed,
    ExpiredCredentials,
    Fault,
    NoCredentials,
    NotFound,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)

CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "adaptive", "total_max_attempts": 4},
    user_agent_extra=f"bidops-cfn/{__version__}",
)

CALLED_BY_BOTOCORE = ("s3", "sts")  # to find a bucket's region, and to assume a role
AT_ONCE = 8  # calls; more would only wait in line at the other end
OK, SERVER_ERROR = 200, 500
PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+)?html\b", re.IGNORECASE)
# Characters that XML does not have, bare or as references; a log line in a reason may bring them.
NO_XML = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]));"
)
# AWS words it as "Signature expired: ... is now earlier than ..." or "Signature not yet current".
SKEWED = re.compile(r"signature (expired|not yet current)", re.IGNORECASE)
# AWS's error codes, and botocore's errors, by what they mean.
CODES: dict[type[Fault], str] = {
    ExpiredCredentials: "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired",
    ClockSkewed: "RequestTimeTooSkewed RequestInTheFuture",
    NoCredentials: "AuthFailure IncompleteSignature InvalidAccessKeyId InvalidClientTokenId "
    "InvalidSignatureException MissingAuthenticationToken SignatureDoesNotMatch "
    "UnrecognizedClientException",
    AccessDenied: "AccessDenied AccessDeniedException OptInRequired UnauthorizedException "
    "UnauthorizedOperation",
    Throttled: "Throttling ThrottlingException ThrottledException RequestLimitExceeded "
    "RequestThrottled SlowDown TooManyRequestsException",
    Unsupported: "InvalidAction NotImplemented UnknownOperation UnknownOperationException "
    "UnsupportedOperation",
    NotFound: "NoSuchEntity NoSuchResourceException",
}
KINDS: dict[str, type[Fault]] = {
    code: kind for kind, codes in CODES.items() for code in codes.split()
}
BOTO: dict[type[Fault], tuple[type[Exception], ...]] = {
    ExpiredCredentials: (
        boto.UnauthorizedSSOTokenError,
        boto.SSOTokenLoadError,
        boto.TokenRetrievalError,
        boto.LoginError,
    ),
    NoCredentials: (
        boto.ProfileNotFound,
        boto.ConfigParseError,
        boto.InvalidConfigError,
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.CredentialRetrievalError,
        boto.NoAuthTokenError,
    ),
    Unavailable: (boto.HTTPClientError, boto.ConnectionError),
}


@cache
def get_loader(data_path: str | None) -> Loader:
    """Return what reads the services' descriptions, large files, once and for our calls alone.

    A client makes a method for each operation, and EC2 has seven hundred.
    """
    loader = create_loader(data_path)
    load = loader.load_service_model

    def load_ours(service: str, type_: str, api_version: str | None = None) -> Json:
        model: Json = load(service, type_, api_version)
        ours = {one.value.name for one in Call if one.value.service == service}
        if type_ != "service-2" or not ours or service in CALLED_BY_BOTOCORE:
            return model
        all_ = model["operations"].items()
        return model | {"operations": {name: one for name, one in all_ if name in ours}}

    loader.load_service_model = load_ours
    return loader


class BotoClient:
    """Calls in ``region``, with one boto3 client per service, created when it is first used."""

    def __init__(self, region: str, profile: str | None = None) -> None:
        self.region = region
        self._profile = profile
        self._making = Lock()
        self._slots = BoundedSemaphore(AT_ONCE)
        self._session: boto3.Session | None = None
        self._clients: dict[str, Any] = {}

    def at(self, region: str) -> BotoClient:
        """Return a client of the same credentials in another region."""
        return self if region == self.region else BotoClient(region, self._profile)

    def __call__(self, call: Call, /, **parameters: object) -> Json:
        """Make one call; raises a ``Fault``."""
        operation = call.value
        try:
            client = self._client(call)
            method = getattr(client, xform_name(operation.name))
            with self._slots:
                answer = Answer(call, method(**parameters))
        except boto.ParamValidationError:
            raise  # a request of ours that AWS's own model refuses is a bug, not a fault
        except (boto.BotoCoreError, boto.ClientError, boto.HTTPClientError) as error:
            raise_fault(call, error, _find_profile(self._profile))
        except (ResponseParserError, *STRANGE_ANSWER) as error:  # botocore's parser raises them too
            raise Unavailable(call, "the answer is not what AWS answers") from error
        return answer

    def _client(self, call: Call) -> Any:
        service = call.value.service
        with self._making:  # a session is not made for threads
            if service not in self._clients:
                self._clients[service] = self._make_client(call, service)
        return self._clients[service]

    def _make_client(self, call: Call, service: str) -> Any:
        if self._session is None:
            self._session = make_session(self.region, self._profile)
        try:
            client = self._session.client(service, config=CONFIG)
        except boto.BotoCoreError:
            raise
        except ValueError as error:  # botocore's word for an AWS_ENDPOINT_URL that is no URL
            raise Unavailable(call, str(error)) from error
        client.meta.events.register("before-parse", refuse_page)
        client.meta.events.register("before-parse", require_json)
        if service == "cloudformation":
            # The text as it was sent, not parsed: it is hashed.
            client.meta.events.unregister(
                "after-call.cloudformation.GetTemplate", json_decode_template_body
            )
            client.meta.events.register("before-parse.cloudformation", replace_no_xml)
        return client


def make_session(region: str | None = None, profile: str | None = None) -> boto3.Session:
    """Return a session in ``region``, or where the shell or the profile says."""
    session = Session(profile=profile)
    session.register_component("data_loader", get_loader(session.get_config_variable("data_path")))
    return boto3.Session(botocore_session=session, region_name=region)


def replace_no_xml(response_dict: dict[str, Any], **_: object) -> None:
    """Replace in an answer what would keep all of it from being read."""
    response_dict["body"] = NO_XML.sub("\N{REPLACEMENT CHARACTER}".encode(), response_dict["body"])


def refuse_page(response_dict: dict[str, Any], **_: object) -> None:
    """Raise ``ValueError`` for a gateway's HTML, where botocore takes any XML for an answer."""
    if response_dict["status_code"] == OK and PAGE.match(response_dict["body"]):
        raise ValueError("the answer is a page of HTML")


def require_json(
    response_dict: dict[str, Any], operation_model: OperationModel, **_: object
) -> None:
    """Raise ``ValueError`` for JSON that is none, which botocore takes for an empty answer."""
    speaks_json = operation_model.service_model.resolved_protocol in ("json", "rest-json")
    if speaks_json and operation_model.output_shape and response_dict["status_code"] == OK:
        json.loads(response_dict["body"])


def _find_profile(profile: str | None) -> str:
    """Return the profile whose credentials are used, empty where they are the shell's keys."""
    if profile or os.environ.get("AWS_ACCESS_KEY_ID"):
        return profile or ""
    return os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE") or ""


def find_configured_region(profile: str | None = None) -> str | None:
    """Return the region that the shell or the profile asks for, or None when neither does.

    boto3 does not read ``AWS_REGION``; the AWS CLI and all other SDKs prefer it (boto3#3620).
    """
    named = os.environ.get("AWS_REGION")
    if named:
        return named
    try:
        region: str | None = make_session(profile=profile).region_name
    except boto.BotoCoreError as error:
        raise_fault(Call.GET_CALLER_IDENTITY, error, _find_profile(profile))
    return region


def _advise_profile(name: str) -> str:
    """Return what to do about a profile that there is not."""
    if not name:
        return "AWS_PROFILE is empty. Name a profile, or: unset AWS_PROFILE AWS_DEFAULT_PROFILE"
    environment, equals, _ = name.partition("=")
    if equals:
        return f"{environment} is no environment of this command: --profile NAME, or ENV=NAME."
    made = shlex.join(["aws", "configure", "sso", "--profile", name])
    return f"Name another profile, or make this one ({made})."


def raise_fault(call: Call, error: Exception, profile: str = "") -> NoReturn:
    """Raise the fault that a botocore error means; ``profile`` is what to sign in with."""
    if isinstance(error, boto.ClientError):
        raise translate_error_answer(call, error, profile) from error
    kind = next((kind for kind, types in BOTO.items() if isinstance(error, types)), Rejected)
    fault = kind(call, str(error), profile=profile)
    if isinstance(error, boto.ProfileNotFound):
        fault.hint = _advise_profile(error.kwargs["profile"])
    if isinstance(error, boto.ConfigParseError | boto.InvalidConfigError):
        file = os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config"
        fault.hint = f"Fix {file}, and run the command again."
    raise fault from error


def translate_error_answer(call: Call, error: boto.ClientError, profile: str = "") -> Fault:
    """Return the fault that an error answer of AWS means, judged by its code and HTTP status."""
    code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message", "") or code
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if SKEWED.search(message):
        return ClockSkewed(call, message, code)
    if code in KINDS:
        return KINDS[code](call, message, code, profile)
    if "NotFound" in code or (code == "ValidationError" and "does not exist" in message):
        return NotFound(call, message, code)
    if status >= SERVER_ERROR:
        return Unavailable(call, message, code)
    if code in ("", str(status)):  # AWS's own errors have a code; botocore makes one of the status
        return Unavailable(call, f"HTTP {status} is no error of AWS's, but of something before it")
    return Rejected(call, message, code)
