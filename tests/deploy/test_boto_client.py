"""The client: botocore's errors as faults, and calls that survive a bad line to a real endpoint."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest
from botocore import exceptions as boto

from bidops_cfn.deploy.boto_client import (
    AT_ONCE,
    BotoClient,
    make_session,
    raise_fault,
    replace_no_xml,
)
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import ask_each
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    Fault,
    NoCredentials,
    NotFound,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.deploy.proxy import Trouble, proxy


@pytest.fixture(autouse=True)
def one_after_the_other() -> None:
    """Threads are what this file is about."""


def client_error(code: str, message: str = "", status: int = 400) -> boto.ClientError:
    answer = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return boto.ClientError(answer, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (client_error("ValidationError", "Stack with id x does not exist"), NotFound),
        (client_error("ChangeSetNotFound"), NotFound),
        (client_error("ImageNotFoundException"), NotFound),
        (client_error("InvalidPrefixListID.NotFound"), NotFound),
        (client_error("ValidationError", "is in UPDATE_IN_PROGRESS state"), Rejected),
        (client_error("AccessDenied"), AccessDenied),
        (client_error("AccessDeniedException"), AccessDenied),
        (client_error("UnauthorizedOperation"), AccessDenied),
        (client_error("Throttling"), Throttled),
        (client_error("RequestLimitExceeded", status=503), Throttled),
        (client_error("ExpiredToken"), ExpiredCredentials),
        (client_error("RequestExpired"), ExpiredCredentials),
        (client_error("InvalidClientTokenId", status=403), NoCredentials),
        (client_error("UnknownOperationException"), Unsupported),
        (client_error("InternalFailure", status=500), Unavailable),
        (client_error("InvalidChangeSetStatus"), Rejected),
        (boto.NoCredentialsError(), NoCredentials),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), NoCredentials),
        (boto.ProfileNotFound(profile="missing"), NoCredentials),
        (boto.UnauthorizedSSOTokenError(), ExpiredCredentials),
        (boto.SSOTokenLoadError(error_msg="x"), ExpiredCredentials),
        (boto.TokenRetrievalError(provider="sso", error_msg="x"), ExpiredCredentials),
        (boto.EndpointConnectionError(endpoint_url="x"), Unavailable),
        (boto.ConnectTimeoutError(endpoint_url="x"), Unavailable),
        (boto.ReadTimeoutError(endpoint_url="x"), Unavailable),
        (boto.ConnectionClosedError(endpoint_url="x"), Unavailable),
        (boto.InvalidRegionError(region_name="x"), Rejected),
    ],
)
def test_each_error_of_botocore_becomes_the_fault_that_it_means(
    error: Exception, fault: type[Fault]
) -> None:
    with pytest.raises(Fault) as caught:
        raise_fault(Call.DESCRIBE_STACKS, error)
    assert type(caught.value) is fault
    assert "cloudformation:DescribeStacks" in str(caught.value)


def test_a_fault_never_shows_a_traceback_of_words_without_a_reason() -> None:
    with pytest.raises(Fault) as caught:
        raise_fault(Call.DESCRIBE_STACKS, client_error("AccessDenied"))
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
        wire = BotoClient("us-east-1")
        assert wire(Call.LIST_EXPORTS)["Exports"]
        with pytest.raises(NotFound):
            wire(Call.DESCRIBE_STACKS, StackName="nothing")
    assert trouble.calls.count("ListExports") == 3
    assert trouble.calls.count("DescribeStacks") == 2


def test_the_template_comes_back_as_the_text_that_was_sent(local: Sandbox) -> None:
    body = BotoClient("us-east-1")(Call.GET_TEMPLATE, StackName="bidopsai-dev-network")[
        "TemplateBody"
    ]
    assert isinstance(body, str)


def test_a_misspelt_parameter_is_our_bug_and_no_fault(local: Sandbox) -> None:
    with pytest.raises(boto.ParamValidationError):
        BotoClient("us-east-1")(Call.DESCRIBE_STACKS, Stack="x")


def test_an_empty_profile_of_the_shell_is_said_to_be_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_PROFILE", raising=False)
    monkeypatch.setenv("AWS_PROFILE", "")
    with pytest.raises(NoCredentials) as raised:
        BotoClient("us-east-1")(Call.GET_CALLER_IDENTITY)
    assert "unset AWS_PROFILE" in raised.value.hint


def test_an_endpoint_that_is_no_address_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(Unavailable, match="Invalid endpoint: nonsense") as raised:
        BotoClient("us-east-1")(Call.GET_CALLER_IDENTITY)
    assert "AWS_ENDPOINT_URL" in raised.value.hint


def test_many_threads_share_one_client_and_call_a_few_at_a_time() -> None:
    made: list[str] = []
    running: list[int] = []
    most: list[int] = []

    class Service:
        def describe_subnets(self) -> dict[str, object]:
            running.append(1)
            most.append(len(running))
            time.sleep(0.01)
            running.pop()
            return {}

    class Client(BotoClient):
        def _make_client(self, call: Call, service: str) -> Service:
            made.append(service)
            time.sleep(0.01)
            return Service()

    client = Client("us-east-1")
    ask_each(lambda _: client(Call.DESCRIBE_SUBNETS), range(40))
    assert made == ["ec2"]
    assert 1 < max(most) <= AT_ONCE


@pytest.mark.parametrize("number", range(1, 0x60))
def test_a_character_that_xml_does_not_have_keeps_no_answer_from_being_read(number: int) -> None:
    for written in (chr(number), f"&#{number};", f"&#x{number:02X};"):
        answer = {"body": f"<Reason>before{written}after</Reason>".encode()}
        if written not in "<&":
            replace_no_xml(answer)
            read = ElementTree.fromstring(answer["body"]).text or ""
            assert read.startswith("before")
            assert read.endswith("after")


def test_what_describes_the_services_is_read_once_in_a_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def reader() -> object:
        return make_session()._session.get_component("data_loader")

    assert reader() is reader()
    mine = reader()
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert reader() is not mine


def test_a_client_has_the_operations_of_our_calls_and_those_that_botocore_calls_itself() -> None:
    clients = {name: make_session("us-east-1").client(name) for name in ("ec2", "s3", "sso", "sts")}
    assert hasattr(clients["ec2"], "describe_subnets")
    assert not hasattr(clients["ec2"], "run_instances")
    assert hasattr(clients["s3"], "head_bucket")  # where a bucket is
    assert hasattr(clients["sso"], "get_role_credentials")
    assert hasattr(clients["sts"], "assume_role")


def test_another_region_is_asked_with_the_same_profile() -> None:
    client = BotoClient("us-east-1", "nowhere-configured")
    assert client.at("us-east-1") is client
    there = client.at("eu-west-1")
    assert there.region == "eu-west-1"
    with pytest.raises(NoCredentials, match="nowhere-configured"):
        there(Call.GET_CALLER_IDENTITY)


HTML = b"<html><body>moved</body></html>"
ANSWERS: list[tuple[int, bytes, str]] = [
    *(
        (200, body, "not what AWS answers")
        for body in (b"", b"<ListExportsResponse/>", HTML, b"[]", b"null", b'{"taskArns": ["arn')
    ),
    *((status, HTML, f"HTTP {status}") for status in (302, 403, 404, 407, 429)),
]


@contextmanager
def gateway(monkeypatch: pytest.MonkeyPatch, status: int, body: bytes) -> Iterator[BotoClient]:
    """Answer every call in AWS's place."""

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        try:
            yield BotoClient("us-east-1")
        finally:
            server.shutdown()


@pytest.mark.parametrize("call", [Call.LIST_EXPORTS, Call.LIST_TASKS])
@pytest.mark.parametrize(("status", "body", "why"), ANSWERS)
def test_an_answer_of_another_form_is_no_answer_and_no_refusal_of_aws(
    monkeypatch: pytest.MonkeyPatch, call: Call, status: int, body: bytes, why: str
) -> None:
    """What a gateway answers in AWS's place; botocore's parser fails in its own ways, or not."""
    with gateway(monkeypatch, status, body) as client, pytest.raises(Unavailable, match=why):
        client(call)


PAGE = b'<?xml version="1.0"?>\n<!DOCTYPE html>\n<html lang="en"><body>moved</body></html>'
NO_RESULT: dict[Call, dict[str, str]] = {
    Call.DESCRIBE_SUBNETS: {},
    Call.DELETE_STACK: {"StackName": "one"},
    Call.GET_BUCKET_VERSIONING: {"Bucket": "bucket"},
}


@pytest.mark.parametrize("call", NO_RESULT)
@pytest.mark.parametrize("page", [HTML, PAGE, b"\n<HTML></HTML>"])
def test_a_page_is_no_empty_answer_and_no_success(
    monkeypatch: pytest.MonkeyPatch, call: Call, page: bytes
) -> None:
    """Where botocore looks for no element that has to be there, any XML would do."""
    with gateway(monkeypatch, 200, page) as client, pytest.raises(Unavailable, match="not what"):
        client(call, **NO_RESULT[call])
