"""The WSGI application: moto's services, with those that the sandbox answers itself."""

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
from bidops_cfn.sandbox.prefix_lists import Ec2


def application(cloudformation: CloudFormation) -> Any:
    """Return the application that dispatches a request to its service."""
    ours = {"cloudformation": cloudformation.respond, "ec2": Ec2.dispatch}

    def create_app(service: str) -> Any:
        if service not in ours:
            return create_backend_app(service)
        app = Flask(__name__)
        app.request_class = BackendRequest
        view = convert_to_flask_response(ours[service])
        app.add_url_rule("/", endpoint=service, methods=["GET", "POST"], view_func=view)
        return app

    return DomainDispatcherApplication(create_app)
