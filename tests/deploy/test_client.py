"""The client: botocore's errors as faults, and calls that survive a bad line to a real endpoint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore import exceptions as boto

from bidops_cfn.deploy import faults
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Boto, configured_region, translate
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.model import Environment
from bidops_cfn.sandbox.server import Sandbox
from tests.deploy.proxy import Trouble, proxy


def client_error(code: str, message: str = "", status: int = 400) -> boto.ClientError:
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return boto.ClientError(answer, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (client_error("ValidationError", "Stack with id x does not exist"), faults.NotFound),
        (client_error("ChangeSetNotFound"), faults.NotFound),
        (client_error("ImageNotFoundException"), faults.NotFound),
        (client_error("InvalidPrefixListID.NotFound"), faults.NotFound),
        (client_error("ValidationError", "is in UPDATE_IN_PROGRESS state"), faults.Rejected),
        (client_error("AccessDenied"), faults.AccessDenied),
        (client_error("AccessDeniedException"), faults.AccessDenied),
        (client_error("UnauthorizedOperation"), faults.AccessDenied),
        (client_error("Throttling"), faults.Throttled),
        (client_error("RequestLimitExceeded", status=503), faults.Throttled),
        (client_error("ExpiredToken"), faults.ExpiredCredentials),
        (client_error("RequestExpired"), faults.ExpiredCredentials),
        (client_error("InvalidClientTokenId", status=403), faults.NoCredentials),
        (client_error("UnknownOperationException"), faults.Unsupported),
        (client_error("InternalFailure", status=500), faults.Unavailable),
        (client_error("InvalidChangeSetStatus"), faults.Rejected),
        (boto.NoCredentialsError(), faults.NoCredentials),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), faults.NoCredentials),
        (boto.ProfileNotFound(profile="nobody"), faults.NoCredentials),
        (boto.UnauthorizedSSOTokenError(), faults.ExpiredCredentials),
        (boto.SSOTokenLoadError(error_msg="x"), faults.ExpiredCredentials),
        (boto.TokenRetrievalError(provider="sso", error_msg="x"), faults.ExpiredCredentials),
        (boto.EndpointConnectionError(endpoint_url="x"), faults.Unavailable),
        (boto.ConnectTimeoutError(endpoint_url="x"), faults.Unavailable),
        (boto.ReadTimeoutError(endpoint_url="x"), faults.Unavailable),
        (boto.ConnectionClosedError(endpoint_url="x"), faults.Unavailable),
        (boto.InvalidRegionError(region_name="x"), faults.Rejected),
    ],
)
def test_each_error_of_botocore_becomes_the_fault_that_it_means(
    error: Exception, fault: type[Fault]
) -> None:
    with pytest.raises(Fault) as caught:
        translate(Call.DESCRIBE_STACKS, error)
    assert type(caught.value) is fault
    assert "cloudformation:DescribeStacks" in str(caught.value)


def test_a_fault_never_shows_a_traceback_of_words_without_a_reason() -> None:
    with pytest.raises(Fault) as caught:
        translate(Call.DESCRIBE_STACKS, client_error("AccessDenied"))
    assert caught.value.why == "AccessDenied"
    assert "Allow cloudformation:DescribeStacks" in caught.value.hint


@pytest.fixture
def local(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox([dev]) as running:
        for name, value in running.variables(dev).items():
            monkeypatch.setenv(name, value)
        yield running


def test_throttled_and_dropped_calls_are_repeated_on_the_line(
    local: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = Trouble(
        throttle={"ListExports": 1}, hang_up={"DescribeStacks": 1}, lose_answer={"ListExports": 1}
    )
    with proxy(local.endpoint, trouble) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        wire = Boto("us-east-1")
        assert wire(Call.LIST_EXPORTS)["Exports"]
        with pytest.raises(faults.NotFound):
            wire(Call.DESCRIBE_STACKS, StackName="nothing")
    assert trouble.calls.count("ListExports") == 3
    assert trouble.calls.count("DescribeStacks") == 2


def test_the_template_comes_back_as_the_text_that_was_sent(local: Sandbox) -> None:
    body = Boto("us-east-1")(Call.GET_TEMPLATE, StackName="bidopsai-dev-network")["TemplateBody"]
    assert isinstance(body, str)


def test_a_misspelt_parameter_is_our_bug_and_no_fault(local: Sandbox) -> None:
    with pytest.raises(boto.ParamValidationError):
        Boto("us-east-1")(Call.DESCRIBE_STACKS, Stack="x")


def test_the_region_of_the_shell_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert configured_region() == "eu-west-1"


def test_an_endpoint_that_is_no_address_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(faults.Unavailable, match="Invalid endpoint: nonsense") as raised:
        Boto("us-east-1")(Call.GET_CALLER_IDENTITY)
    assert "AWS_ENDPOINT_URL" in raised.value.hint
