"""What IAM is asked about a deployment in the sandbox: all that happened, and no less."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bidops_cfn.deploy.calls import Call
from judges.policies import deployer_requests, service_requests
from judges.policies.forbidden import list_forbidden
from judges.policies.judge import EXPECTED, bound, complete, judge_rehearsal
from judges.policies.recorder import Recorded, read_call
from judges.policies.rehearsal import Rehearsal, rehearse
from judges.policies.request import Request
from judges.policies.service_requests import Step
from tests.process.command import COMMAND

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{}/aws4_request, SignedHeaders=host"


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("rehearsal")
    yield rehearse(folder, "dev", COMMAND)
    shutil.rmtree(folder)


@pytest.fixture
def ours(rehearsal: Rehearsal) -> list[Request]:
    return deployer_requests.list_requests(
        rehearsal.calls, rehearsal.environment, rehearsal.physical
    )


@pytest.fixture
def theirs(rehearsal: Rehearsal) -> list[Request]:
    return service_requests.list_requests(
        rehearsal.steps, rehearsal.environment, rehearsal.physical
    )


def test_the_rehearsal_goes_as_it_should(rehearsal: Rehearsal) -> None:
    (judgement,) = judge_rehearsal(rehearsal)
    assert judgement.findings == ()
    assert judgement.looked_at > len(EXPECTED)


def test_a_command_that_ends_otherwise_is_found(rehearsal: Rehearsal) -> None:
    (judgement,) = judge_rehearsal(replace(rehearsal, outcomes={"create": 3}))
    assert judgement.findings == ("create: exit code 3",)


def test_a_rehearsal_creates_updates_and_deletes_each_kind_of_resource(
    rehearsal: Rehearsal,
) -> None:
    verbs = {verb: {one.type for one in rehearsal.steps if one.verb == verb} for verb in
             ("CREATE", "UPDATE", "DELETE")}  # fmt: skip
    assert len(verbs["CREATE"]) == 16
    assert verbs["CREATE"] == verbs["DELETE"]
    assert "AWS::ECS::Service" in verbs["UPDATE"]


def test_every_call_of_the_list_is_asked_about(ours: list[Request], rehearsal: Rehearsal) -> None:
    beside = {
        *("cloudformation:DetectStackResourceDrift", "cloudformation:TagResource"),
        *("iam:PassRole", "s3:GetObject"),
    }
    possible = {
        call.text for call in Call if deployer_requests.is_possible(call, rehearsal.environment)
    }
    assert {one.action for one in ours} == possible | beside
    every = deployer_requests.list_requests(
        rehearsal.calls, complete(rehearsal.environment), rehearsal.physical
    )
    assert {one.action for one in every} == {call.text for call in Call} | beside


def test_a_stack_set_is_asked_about_with_its_targets_and_types(rehearsal: Rehearsal) -> None:
    environment = complete(rehearsal.environment)
    found = deployer_requests.list_requests(rehearsal.calls, environment, rehearsal.physical)
    asked = {one.resource for one in found if one.action == "cloudformation:CreateStackInstances"}
    here = "arn:aws:cloudformation:us-east-1:111111111111"
    assert asked == {
        f"{here}:stackset/bidopsai-compute:0",
        f"{here}:stackset-target/bidopsai-compute:0/ou-ab12-34567890",
        "arn:aws:cloudformation:us-east-1::type/resource/AWS-ECS-Service",
    }


def test_no_call_goes_out_that_is_not_in_the_list(rehearsal: Rehearsal) -> None:
    prefix = deployer_requests.PREFIX
    made = {f"{prefix.get(one.service, one.service)}:{one.operation}" for one in rehearsal.calls}
    assert made <= {call.text for call in Call}
    assert {"cloudformation:CreateChangeSet", "ecr:DescribeImages", "ecs:DescribeServices"} <= made


def test_what_a_parameter_names_is_what_is_asked_for(
    ours: list[Request], rehearsal: Rehearsal
) -> None:
    (one,) = (one for one in ours if one.action == "ecr:DescribeImages" and "app" in one.resource)
    assert one.resource == "arn:aws:ecr:us-east-1:111111111111:repository/bidopsai/app"
    passed = [one for one in ours if one.action == "iam:PassRole"]
    assert {one.because for one in passed} >= {"cloudformation:CreateChangeSet"}
    for one in passed:
        assert one.resource == rehearsal.environment.deploy.role_arn
        assert one.context == {"iam:PassedToService": "cloudformation.amazonaws.com"}


def test_a_call_that_is_not_understood_is_no_request(rehearsal: Rehearsal) -> None:
    unknown = Recorded("ecs", "DescribeTaskSets", {"cluster": "one"})
    with pytest.raises(LookupError, match="ecs:DescribeTaskSets"):
        deployer_requests.list_requests([unknown], rehearsal.environment, rehearsal.physical)


def test_a_created_resource_has_no_tag_yet(theirs: list[Request]) -> None:
    tag = "aws:ResourceTag/aws:cloudformation:stack-name"
    by_verb = {verb: [one for one in theirs if one.because.startswith(verb)] for verb in
               ("CREATE", "UPDATE", "DELETE")}  # fmt: skip
    assert not any(tag in one.context for one in by_verb["CREATE"])
    deleted = [one for one in by_verb["DELETE"] if one.action == "ec2:DeleteSecurityGroup"]
    assert deleted
    assert all(one.context[tag] == "bidopsai-dev-compute" for one in deleted)


@pytest.mark.parametrize(
    "action",
    [
        "iam:CreateRole",
        "iam:PassRole",
        "iam:CreateServiceLinkedRole",
        "route53:CreateHostedZone",
        "route53:DeleteHostedZone",
        "ecs:UpdateService",
        "application-autoscaling:PutScalingPolicy",
        "elasticloadbalancing:DeleteRule",
    ],
)
def test_the_service_role_is_asked_about_what_a_stack_does(
    action: str, theirs: list[Request]
) -> None:
    assert any(one.action == action for one in theirs)


def test_a_type_without_a_description_is_no_request(rehearsal: Rehearsal) -> None:
    step = Step("CREATE", "AWS::SNS::Topic", "Topic", "topic")
    with pytest.raises(LookupError, match="AWS::SNS::Topic"):
        service_requests.list_requests([step], rehearsal.environment, rehearsal.physical)


def test_attacks_are_in_the_environment_and_a_boundary_adds_some(rehearsal: Rehearsal) -> None:
    plain = list(list_forbidden(rehearsal.environment, rehearsal.physical))
    bounded = list(list_forbidden(bound(rehearsal.environment), rehearsal.physical))
    assert {one.role for one in plain} == {"reader", "deployer", "cloudformation"}
    assert len(bounded) > len(plain) > 60
    assert not any("{" in str(one) for one in bounded)


@pytest.mark.parametrize(
    ("path", "method", "headers", "body", "call"),
    [
        ("/", "POST", {"X-Amz-Target": "Amazon_ECS.ListTasks"}, b'{"cluster": "a"}',
         Recorded("ecs", "ListTasks", {"cluster": "a"})),
        ("/", "POST", {}, b"Action=DescribeStacks&StackName=a&Version=1",
         Recorded("ecs", "DescribeStacks", {"StackName": "a", "Version": "1"})),
        ("/service/Granite/operation/DescribeAlarms", "POST", {}, b"\xbf\xff",
         Recorded("ecs", "DescribeAlarms", {})),
    ],
)  # fmt: skip
def test_a_call_is_read_in_every_protocol(
    path: str, method: str, headers: dict[str, str], body: bytes, call: Recorded
) -> None:
    assert read_call(path, method, {**headers, "Authorization": SIGNED.format("ecs")}, body) == call


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("/foundation-models", Recorded("bedrock", "ListFoundationModels", {})),
        (
            "/foundation-models/anthropic.claude-v2%3A0",
            Recorded("bedrock", "GetFoundationModel", {"modelIdentifier": "anthropic.claude-v2:0"}),
        ),
        ("/nothing/of/it", Recorded("bedrock", "GET /nothing/of/it", {})),
    ],
)
def test_a_call_without_a_name_is_found_by_its_address(path: str, call: Recorded) -> None:
    headers = {"Authorization": SIGNED.format("bedrock")}
    assert read_call(path, "GET", headers, b"") == call


def test_an_object_is_put_by_its_path() -> None:
    headers = {"Authorization": SIGNED.format("s3")}
    put = read_call("/templates/bidops-cfn/0.json?x-id=PutObject", "PUT", headers, b"{}")
    parameters = {"Bucket": "templates", "Key": "bidops-cfn/0.json"}
    assert put == Recorded("s3", "PutObject", parameters)


def test_a_project_keeps_its_own_service_role(tmp_path: Path) -> None:
    from judges.policies.rehearsal import copy_project

    assert copy_project(tmp_path / "project", "dev").deploy.role_arn is not None
