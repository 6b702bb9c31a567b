"""The WSGI application: moto's services, with those that the sandbox answers itself.

What it cannot answer is an error as AWS words errors, in the protocol of the request and final
(status 4xx), so that a client shows it at once and does not ask again.
"""

from __future__ import annotations

import io
import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from moto.backend_index import backend_url_patterns
from moto.backends import list_of_moto_modules
from moto.core.utils import convert_to_flask_response
from moto.moto_server.werkzeug_app import (
    BackendRequest,
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.wrappers import Response

from bidops_cfn_sandbox.cloudformation.api import CloudFormation
from bidops_cfn_sandbox.engine.answers import write_error
from bidops_cfn_sandbox.engine.engine import THROTTLING
from bidops_cfn_sandbox.services import (
    Bedrock,
    Ecr,
    Ecs,
    Iam,
    ServiceQuotas,
    Sns,
    dispatch_load_balancing,
)

LOCAL_HOSTS = ("127.0.0.1", "localhost")
REST_XML = ("cloudfront", "route53", "s3")  # by the names that they sign with; s3control is s3
INTERNAL = ("moto_api", "instance_metadata")  # moto's own switches: no AWS service
CLIENT_ERROR = 400
FORM = "bidops_cfn.form"  # the body of a form, in the environment of its request
Environ = dict[str, Any]


class Application(DomainDispatcherApplication):
    """Dispatches each request to its service; a request that no AWS client sends is refused.

    Before it, what is due by now happens.
    """

    def __init__(self, create_app: Any, cloudformation: CloudFormation) -> None:
        super().__init__(create_app)
        self._catch_up = cloudformation.catch_up
        self._engine = cloudformation.engine

    def __call__(self, environ: Environ, start_response: Any) -> Any:
        """Answer a request; whatever goes wrong inside is an error of AWS's form."""
        self._catch_up()
        keep_form(environ)
        refusal = foreign(environ)
        if refusal:
            return error(environ, "AccessDenied", refusal, 403)(environ, start_response)
        if asked_for(environ).startswith("cloudformation:") and self._engine.throttles():
            return error(environ, THROTTLING, "Rate exceeded")(environ, start_response)
        try:
            answer = Response.from_app(self.get_application(environ), environ, buffered=True)
        except NotImplementedError:
            answer = not_modelled(environ)
        except Exception:
            logging.getLogger(__name__).debug("a request failed", exc_info=True)
            text = f"The sandbox failed at {asked_for(environ)}; AWS may answer it"
            answer = error(environ, "SandboxFailure", text)
        if answer.status_code >= CLIENT_ERROR and answer.get_data()[:9].lower() == b"<!doctype":
            answer = not_modelled(environ)
        return answer(environ, start_response)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return moto's name of the service at a host; None while no host is known."""
        if host in INTERNAL:
            raise NotImplementedError
        if host is None or host in list_of_moto_modules():
            return host
        for backend, pattern in backend_url_patterns:
            if pattern.match(f"http://{host}"):
                return backend
        raise NotImplementedError


def foreign(environ: Environ) -> str:
    """Return why a request does not come from an AWS client on this machine; empty if it does.

    A page in a browser names its origin, or reaches us under a host name of its own.
    """
    host = urlsplit(f"//{environ.get('HTTP_HOST', LOCAL_HOSTS[0])}").hostname or ""
    if environ.get("HTTP_ORIGIN"):
        return "The sandbox answers no request of a web page"
    if host not in LOCAL_HOSTS and not host.endswith(tuple(f".{name}" for name in LOCAL_HOSTS)):
        return f"The sandbox answers as {' or '.join(LOCAL_HOSTS)} only"
    return ""


def asked_for(environ: Environ) -> str:
    """Return ``ecs:DescribeClusters``, as far as a request tells: service and call, or path."""
    service = signed_for(environ) or "the service"
    fields = parse_qs(environ.get(FORM, b"").decode("utf-8", "replace"))
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    action = target or fields.get("Action", [""])[0]
    return f"{service}:{action}" if action else f"{service}: {environ.get('PATH_INFO', '/')}"


def signed_for(environ: Environ) -> str:
    """Return the service that a request is signed for; empty where it is not signed."""
    credential = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0]
    scope: list[str] = credential.split("/")
    return scope[-2] if len(scope) > 2 else ""


def keep_form(environ: Environ) -> None:
    """Read the body of a form, and leave it to be read again: an error names its action."""
    if is_form(environ):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ[FORM] = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(environ[FORM])


def is_form(environ: Environ) -> bool:
    """Tell whether a request is one of the query protocols, which are answered in XML."""
    content_type: str = environ.get("CONTENT_TYPE", "")
    return content_type.startswith("application/x-www-form-urlencoded")


def not_modelled(environ: Environ) -> Response:
    """Return the error for a call that the sandbox cannot answer, in the code of its protocol."""
    code = "InvalidAction" if is_form(environ) else "UnknownOperationException"
    return error(environ, code, f"The sandbox does not model {asked_for(environ)}")


def error(environ: Environ, code: str, message: str, status: int = CLIENT_ERROR) -> Response:
    """Return an error in the protocol of the request: of EC2, of other XML services, or JSON."""
    protocol = "xml" if is_form(environ) or signed_for(environ) in REST_XML else "json"
    if asked_for(environ).startswith("ec2:"):
        protocol = "ec2"
    content_type, text = write_error(protocol, code, message)
    headers = {"x-amzn-ErrorType": code} if protocol == "json" else {}
    return Response(text, status, headers, content_type=content_type)


def application(cloudformation: CloudFormation) -> Application:
    """Return the application that dispatches a request to its service."""
    ours = {
        "bedrock": Bedrock.dispatch,
        "ecr": Ecr.dispatch,
        "cloudformation": cloudformation.respond,
        "ecs": Ecs.dispatch,
        "elb": dispatch_load_balancing,
        "iam": Iam.dispatch,
        "servicequotas": ServiceQuotas.dispatch,
        "sns": Sns.dispatch,
    }

    def create_app(service: Any) -> Any:
        if service not in ours:
            app = create_backend_app(service)
        else:
            app = Flask(__name__)
            app.request_class = BackendRequest
            view = convert_to_flask_response(ours[service])
            for path in ("/", "/<path:rest>"):  # REST services say by the path what they want
                app.add_url_rule(path, endpoint=service, methods=["GET", "POST"], view_func=view)
        app.config["PROPAGATE_EXCEPTIONS"] = True
        return app

    return Application(create_app, cloudformation)
