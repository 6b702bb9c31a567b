"""What the sandbox cannot or will not answer: errors as AWS words them, once, without a trace."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox.server import Sandbox
from tests.sandbox.account import IMAGES, account

UNMODELLED: list[tuple[str, str, dict[str, str], str]] = [
    ("ecs", "get_task_protection", {"cluster": "c"}, "UnknownOperationException"),
    ("cloudwatch", "describe_alarm_contributors", {"AlarmName": "a"}, "UnknownOperationException"),
    ("ec2", "describe_verified_access_groups", {}, "InvalidAction"),
    ("elbv2", "describe_trust_stores", {}, "InvalidAction"),
    ("cloudformation", "detect_stack_drift", {"StackName": "s"}, "InvalidAction"),
    ("route53", "list_cidr_collections", {}, "UnknownOperationException"),
    ("cloudfront", "list_vpc_origins", {}, "UnknownOperationException"),
    ("securitylake", "list_subscribers", {}, "UnknownOperationException"),  # no such backend
]


def test_a_call_that_is_not_modelled_is_an_error_of_awss_form_and_is_not_repeated(
    dev: Environment, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox([dev]) as sandbox, account(sandbox, dev) as held:
        for service, operation, parameters, code in UNMODELLED:
            client = held.client(service)
            with pytest.raises(ClientError) as refused:
                getattr(client, operation)(**parameters)
            error, metadata = (refused.value.response[key] for key in ("Error", "ResponseMetadata"))
            name = client.meta.service_model.signing_name
            assert error["Code"] == code
            assert error["Message"].startswith(f"The sandbox does not model {name}:")
            assert metadata["RetryAttempts"] == 0
    assert capfd.readouterr() == ("", "")


FOREIGN = [
    {"Origin": "https://example.com"},
    {"Origin": "null"},
    {"Host": "attacker.example"},
    {"Host": "127.0.0.1.attacker.example:80"},
]


def test_a_web_page_is_answered_nothing(dev: Environment) -> None:
    with Sandbox([dev]) as sandbox:
        for headers in FOREIGN:
            address = f"{sandbox.endpoint}/?Action=ListStacks"
            request = urllib.request.Request(address, headers=headers)
            with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):
                pass
            body = json.loads(refused.value.read())
            assert refused.value.code == 403
            assert body["__type"] == "AccessDenied"
            assert "Access-Control-Allow-Origin" not in refused.value.headers


def test_motos_own_switches_are_out_of_reach(dev: Environment) -> None:
    with Sandbox([dev]) as sandbox:
        request = urllib.request.Request(f"{sandbox.endpoint}/moto-api/reset", method="POST")
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):
            pass
        refused.value.close()
        with account(sandbox, dev) as held:
            assert held.cloudformation.list_exports()["Exports"]
    assert refused.value.code == 400


def test_production_keeps_its_log_groups(prod: Environment) -> None:
    with Sandbox([prod]) as sandbox, account(sandbox, prod) as held:
        held.deploy(prod.stack_name, template.render(prod), IMAGES, "CREATE")
        ids = held.resources(prod.stack_name)
        held.cloudformation.delete_stack(StackName=prod.stack_name)
        left = held.client("logs").describe_log_groups()["logGroups"]
    assert {group["logGroupName"] for group in left} == {
        ids[f"{one.title}LogGroup"] for one in SERVICES
    }
