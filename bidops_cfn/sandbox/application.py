"""The WSGI application: moto's services, with CloudFormation answered by the sandbox."""

from __future__ import annotations

from typing import Any

from flask import Flask
from moto.core.utils import convert_to_flask_response
from moto.moto_server.werkzeug_app import (
    BackendRequest,
    DomainDispatcherApplication,
    create_backend_app,
)

from bidops_cfn.sandbox.cloudformation.api import CloudFormation


def application(cloudformation: CloudFormation) -> Any:
    """Return the application that dispatches a request to its service."""

    def create_app(service: str) -> Any:
        if service != "cloudformation":
            return create_backend_app(service)
        app = Flask(__name__)
        app.request_class = BackendRequest
        view = convert_to_flask_response(cloudformation.respond)
        app.add_url_rule("/", endpoint="cloudformation", methods=["POST"], view_func=view)
        return app

    return DomainDispatcherApplication(create_app)
