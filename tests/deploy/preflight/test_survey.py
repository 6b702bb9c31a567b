"""Preflight: every finding at once, before anything is created, and nothing asked elsewhere."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call, Need
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    Fault,
    NoCredentials,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from bidops_cfn.deploy.preflight.basics import review
from bidops_cfn.deploy.preflight.survey import CHECKS, Kind, ready_to_deploy
from bidops_cfn.deploy.records import Verdict
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE


def verdicts(world: World) -> dict[str, Verdict]:
    return {one.check: one.verdict for one in world.output.of("preflight")}


def refused(world: World) -> list[str]:
    return [check for check, verdict in verdicts(world).items() if verdict is Verdict.REFUSED]


def test_everything_in_order_is_reported_check_by_check(world: World) -> None:
    world.images = EVERY_IMAGE
    ended = world.run(lambda: ready_to_deploy(world.runtime, world.target))
    world.expect(ended, 0, "bidops-cfn deploy --env dev")
    assert verdicts(world) == {
        "review": Verdict.OK,
        "size": Verdict.OK,
        "check": Verdict.OK,
        "account": Verdict.OK,
        "imports": Verdict.OK,
        "exports": Verdict.SKIPPED,
        "images": Verdict.OK,
        "platform": Verdict.OK,
        "scan findings": Verdict.SKIPPED,
        "signatures": Verdict.SKIPPED,
        "secrets": Verdict.OK,
        "secrets key": Verdict.OK,
        "roles": Verdict.OK,
        "quotas": Verdict.OK,
        "models": Verdict.OK,
        "prefix list": Verdict.OK,
        "subnets": Verdict.OK,
        "endpoints": Verdict.OK,
        "groups": Verdict.OK,
        "load balancer": Verdict.OK,
        "listener": Verdict.OK,
        "alarms": Verdict.SKIPPED,
        "notifications": Verdict.SKIPPED,
        "hooks": Verdict.OK,
    }
    # Whatever the order in which AWS answers, people read the same.
    assert list(verdicts(world)) == [
        "review",
        "size",
        "check",
        "account",
        *(c.name for c in CHECKS),
    ]


def test_every_finding_comes_in_one_report(world: World) -> None:
    world.findings = ("E9001 something is wrong",)
    world.account.images = set()
    world.account.secrets = set()
    world.account.prefix_lists = {}
    del world.exports["bidopsai-dev-network-VpcId"]
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert ended.code == 3
    assert refused(world) == ["check", "imports", "images", "secrets", "prefix list"]
    names = "check, imports, images, secrets, prefix list"
    assert f"preflight failed: {names} (5 of 24 checks); nothing was created" in ended.said
    assert world.made(Call.CREATE_CHANGE_SET) == []


def test_the_wrong_account_is_refused_and_asked_nothing_more(world: World) -> None:
    world.account.account_id = "999999999999"
    ended = world.deploy()
    assert ended.code == 3
    assert "the credentials are of account 999999999999, dev is in 111111111111" in ended.said
    assert [call for call, _ in world.wire.calls] == [Call.GET_CALLER_IDENTITY]


def test_the_wrong_region_is_refused(world: World) -> None:
    world.wire.region = "eu-west-1"
    ended = world.deploy()
    assert ended.code == 3
    assert "the region of shell or profile is eu-west-1, dev is in us-east-1" in ended.said


def test_the_repository_is_judged_even_in_the_wrong_account(world: World) -> None:
    world.account.account_id = "999999999999"
    world.committed = None
    world.deploy()
    assert refused(world) == ["review", "account"]


def test_a_template_that_nobody_reviewed_is_refused_with_the_difference(world: World) -> None:
    world.committed = world.text.replace('"RetentionInDays": 7', '"RetentionInDays": 30')
    world.images = EVERY_IMAGE
    ended = world.deploy()
    world.expect(ended, 3, "bidops-cfn render --all && git diff")
    assert '-    "RetentionInDays": 30' in ended.said
    assert '+    "RetentionInDays": 7' in ended.said


def test_a_long_difference_is_cut(world: World) -> None:
    world.committed = "{}\n"
    world.images = EVERY_IMAGE
    assert "more lines" in world.deploy().said


def test_a_template_that_is_not_committed_is_refused(world: World) -> None:
    world.committed = None
    world.images = EVERY_IMAGE
    ended = world.deploy()
    world.expect(ended, 3, "bidops-cfn render --all")
    assert "templates/dev/compute.json is missing" in ended.said


def test_findings_of_check_are_refused(world: World) -> None:
    world.findings = tuple(f"E{number}" for number in range(40))
    world.images = EVERY_IMAGE
    ended = world.deploy()
    world.expect(ended, 3, "bidops-cfn check --env dev")
    assert "40 findings" in ended.said


def test_a_missing_export_is_named_with_one_that_is_almost_it(world: World) -> None:
    world.exports["bidopsai-dev-network-VPCID"] = world.exports.pop("bidopsai-dev-network-VpcId")
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert ended.code == 3
    assert (
        "bidopsai-dev-network-VpcId (there is bidopsai-dev-network-V" in ended.said
        or "bidopsai-dev-network-VpcId (there is" in ended.said
    )


def test_an_export_that_disappears_and_somebody_imports_is_refused(world: World) -> None:
    world.standing()

    def drop(document: dict[str, Any]) -> None:
        del document["Outputs"]["ClusterArn"]

    world.edit(drop)
    world.cloudformation.importers["bidopsai-dev-compute-ClusterArn"] = ["monitoring", "audit"]
    ended = world.deploy()
    world.expect(ended, 3, "Deploy the importing stacks without these imports first.")
    assert "bidopsai-dev-compute-ClusterArn: imported by monitoring, audit" in ended.said


def test_an_export_that_disappears_and_nobody_imports_is_fine(world: World) -> None:
    world.standing()

    def drop(document: dict[str, Any]) -> None:
        del document["Outputs"]["ClusterArn"]

    world.edit(drop)
    world.deploy()
    assert refused(world) == []


def test_an_export_with_another_value_and_somebody_importing_is_refused(world: World) -> None:
    world.standing()

    def alter(document: dict[str, Any]) -> None:
        document["Outputs"]["NamespaceName"]["Value"] = "other.internal"

    world.edit(alter)
    world.cloudformation.importers["bidopsai-dev-compute-NamespaceName"] = ["monitoring"]
    world.deploy()
    assert refused(world) == ["exports"]


def test_an_image_that_does_not_exist_is_refused(world: World) -> None:
    world.account.images = {"2.0.0"}
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert refused(world) == ["images"]
    assert "bidopsai/app:1.4.2 does not exist" in ended.said


def test_the_image_that_is_kept_has_to_exist_too(world: World) -> None:
    world.standing()
    world.account.images = {"2.0.0"}
    ended = world.deploy()
    assert refused(world) == ["images"]
    assert "bidopsai/app:1.4.1 does not exist" in ended.said


def test_a_creation_without_images_names_the_options(world: World) -> None:
    world.expect(world.deploy(), 3, "--image bff=TAG --image agentcore=TAG")


def test_a_repository_that_is_not_one_of_ecr_is_refused(world: World) -> None:
    world.exports["bidopsai-dev-storage-AppEcrRepositoryUri"] = "docker.io/library/app"
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert refused(world) == ["images"]
    assert "docker.io/library/app is not the address of an ECR repository" in ended.said


def test_a_missing_secret_is_refused_and_no_value_is_ever_read(world: World) -> None:
    world.account.secrets = set()
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert refused(world) == ["secrets"]
    assert "arn:aws:ssm:us-east-1:111111111111:parameter/" in ended.said
    services = {call.value.name for call, _ in world.wire.calls}
    assert not {"GetParameter", "GetParameters", "GetSecretValue"} & services


def test_a_secret_of_secrets_manager_has_to_exist(world: World) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:payment-AbCdEf"
    name = next(name for name in world.exports if name.endswith("ParameterArn"))
    world.exports[name] = arn
    world.account.secrets = set()
    world.images = EVERY_IMAGE
    assert arn in world.deploy().said


def test_the_prefix_list_of_another_region_is_refused(world: World) -> None:
    world.account.prefix_lists = {
        world.environment.network.s3_prefix_list_id: "com.amazonaws.eu-west-1.s3"
    }
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert refused(world) == ["prefix list"]
    assert "com.amazonaws.eu-west-1.s3, not com.amazonaws.us-east-1.s3" in ended.said


@pytest.mark.parametrize(("state", "said"), [("ALARM", "is in ALARM"), ("", "does not exist")])
def test_a_rollback_alarm_in_alarm_or_missing_is_refused(
    world: World, state: str, said: str
) -> None:
    world.settings(
        rollback_alarms=("arn:aws:cloudwatch:us-east-1:111111111111:alarm:smoke",),
        monitoring_minutes=5,
    )
    if state:
        world.account.alarms["smoke"] = state
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert refused(world) == ["alarms"]
    assert f"smoke: {said}" in ended.said


# The calls of the checks that only advise; those that dev has no question for are not asked.
NEW = {
    Call.BATCH_GET_IMAGE,
    Call.DESCRIBE_GROUP_RULES,
    Call.DESCRIBE_INTERFACES,
    Call.DESCRIBE_LISTENER_RULES,
    Call.DESCRIBE_ROUTE_TABLES,
    Call.DESCRIBE_SUBNETS,
    Call.DESCRIBE_TYPE,
    Call.DESCRIBE_TYPE_CONFIGURATIONS,
    Call.DESCRIBE_VPC_ATTRIBUTE,
    Call.DESCRIBE_VPC_ENDPOINTS,
    Call.GET_METRIC_STATISTICS,
    Call.GET_MODEL_AVAILABILITY,
    Call.GET_ROLE,
    Call.GET_SERVICE_QUOTA,
    Call.GET_TOPIC_ATTRIBUTES,
    Call.LIST_TYPES,
    Call.GET_SIGNING_CONFIGURATION,
}
NOT_ASKED = {"notifications", "secrets key", "scan findings"}


def test_what_is_ready_with_doubts_says_how_many(world: World) -> None:
    world.images = EVERY_IMAGE
    world.network.roles = set()
    world.network.used = {}
    denied(world, Call.LIST_TYPES)
    ended = world.run(lambda: ready_to_deploy(world.runtime, world.target))
    assert ended.result is not None
    assert ended.result.summary == "dev can be deployed, with 1 warning and 1 not checked"


def test_preflight_only_reads(world: World) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    assert world.run(lambda: ready_to_deploy(world.runtime, world.target)).code == 0
    assert {call.value.need for call, _ in world.wire.calls} == {Need.READ}


def test_rollback_alarms_that_may_not_be_looked_at_are_not_checked(world: World) -> None:
    world.settings(rollback_alarms=("arn:aws:cloudwatch:us-east-1:111111111111:alarm:smoke",))
    denied(world, Call.DESCRIBE_ALARMS)
    world.images = EVERY_IMAGE
    assert world.deploy().code == 0
    assert verdicts(world)["alarms"] is Verdict.NOT_CHECKED


def denied(world: World, call: Call) -> None:
    world.wire.always[call] = lambda: AccessDenied(call, "User is not authorized", "AccessDenied")


DENIED = {
    "imports": Call.LIST_EXPORTS,
    "images": Call.DESCRIBE_IMAGES,
    "platform": Call.BATCH_GET_IMAGE,
    "secrets": Call.DESCRIBE_PARAMETERS,
    "secrets key": Call.DESCRIBE_PARAMETERS,
    "roles": Call.GET_ROLE,
    "quotas": Call.GET_SERVICE_QUOTA,
    "models": Call.GET_MODEL_AVAILABILITY,
    "prefix list": Call.DESCRIBE_PREFIX_LISTS,
    "subnets": Call.DESCRIBE_ROUTE_TABLES,
    "endpoints": Call.DESCRIBE_VPC_ENDPOINTS,
    "groups": Call.DESCRIBE_INTERFACES,
    "listener": Call.DESCRIBE_LISTENER_RULES,
    "hooks": Call.LIST_TYPES,
}


@pytest.mark.parametrize("check", DENIED)
def test_a_check_that_may_not_look_says_so_and_stops_nothing(world: World, check: str) -> None:
    denied(world, DENIED[check])
    world.images = EVERY_IMAGE
    ended = world.run(lambda: ready_to_deploy(world.runtime, world.target))
    assert (ended.code, refused(world)) == (0, [])
    (finding,) = (one for one in world.output.of("preflight") if one.check == check)
    assert finding.verdict is Verdict.NOT_CHECKED
    assert f"not permitted: {DENIED[check].text}" in finding.message
    assert "bidops-cfn policy prints all that it needs" in finding.hint


@pytest.mark.parametrize("fault", [AccessDenied, Rejected, Throttled, Unavailable, Unsupported])
def test_an_aws_that_answers_none_of_the_new_questions_stops_nothing(
    world: World, fault: type[Fault]
) -> None:
    for call in NEW:
        world.wire.always[call] = partial(fault, call, "no")
    world.images = EVERY_IMAGE
    assert world.deploy().code == 0
    unseen = {one for one, verdict in verdicts(world).items() if verdict is Verdict.NOT_CHECKED}
    assert unseen == {one.name for one in CHECKS if one.kind is Kind.ADVICE} - NOT_ASKED


def test_an_aws_that_answers_nothing_is_not_taken_for_a_bad_network(world: World) -> None:
    world.wire.handlers |= {call: lambda **_: {} for call in NEW}
    world.images = EVERY_IMAGE
    assert world.deploy().code == 0


def test_a_guard_that_protects_others_refuses_when_it_may_not_look(world: World) -> None:
    world.standing()
    world.edit(lambda document: document["Outputs"].pop("ClusterArn"))
    denied(world, Call.LIST_IMPORTS)
    assert world.deploy().code == 3
    assert refused(world) == ["exports"]


@pytest.mark.parametrize("fault", [Throttled, Unavailable])
def test_what_passes_by_itself_is_waited_for_where_it_is_needed(
    world: World, fault: type[Fault]
) -> None:
    for call in (Call.DESCRIBE_IMAGES, Call.LIST_TYPES):
        world.wire.always[call] = partial(fault, call, "later")
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert refused(world) == ["images"]
    assert verdicts(world)["hooks"] is Verdict.NOT_CHECKED
    assert "could not be checked" in ended.said


def test_what_depends_on_a_missing_export_is_not_checked(world: World) -> None:
    del world.exports["bidopsai-dev-network-VpcId"]
    world.images = EVERY_IMAGE
    world.deploy()
    assert refused(world) == ["imports"]
    assert verdicts(world)["subnets"] is Verdict.NOT_CHECKED


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        (NoCredentials, "Set AWS_PROFILE"),
        (ExpiredCredentials, "Sign in again"),
        (Unavailable, "AWS_ENDPOINT_URL"),
        (Throttled, "Wait a minute"),
    ],
)
def test_an_aws_that_cannot_be_asked_at_all_is_one_clear_refusal(
    world: World, fault: type[Any], hint: str
) -> None:
    world.wire.always[Call.GET_CALLER_IDENTITY] = lambda: fault(Call.GET_CALLER_IDENTITY, "no")
    ended = world.deploy()
    assert ended.code == 3
    assert hint in ended.said


@pytest.mark.parametrize("fault", [AccessDenied, Throttled, Unavailable])
def test_only_does_not_exist_means_that_there_is_no_stack(world: World, fault: type[Any]) -> None:
    world.wire.always[Call.DESCRIBE_STACKS] = lambda: fault(Call.DESCRIBE_STACKS, "no")
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert ended.code == 3
    assert world.made(Call.CREATE_CHANGE_SET) == []


@pytest.mark.parametrize(
    ("status", "code", "step"),
    [
        ("UPDATE_IN_PROGRESS", 6, "deploy --env dev --queue"),
        ("ROLLBACK_COMPLETE", 5, "deploy --env dev --recreate"),
        ("UPDATE_ROLLBACK_FAILED", 5, "rollback --env dev"),
        ("DELETE_FAILED", 5, "destroy --env dev"),
    ],
)
def test_a_stack_that_cannot_be_deployed_to_is_not_called_ready(
    world: World, status: str, code: int, step: str
) -> None:
    world.standing(status)
    ended = world.run(lambda: ready_to_deploy(world.runtime, world.target))
    world.expect(ended, code, step)


@pytest.mark.parametrize(
    ("recorded", "said"), [(True, False), (None, False), (False, True)], ids=str
)
def test_a_template_that_git_does_not_hold_is_told_so(
    world: World, recorded: bool | None, said: bool
) -> None:
    found = review(replace(world.target, recorded=lambda: recorded))
    assert found.verdict is Verdict.OK
    assert ("not committed in git" in found.message) is said


@pytest.mark.parametrize(
    ("call", "answer", "check", "verdict"),
    [
        (Call.DESCRIBE_INTERFACES, "NetworkInterfaces", "groups", Verdict.NOT_CHECKED),
        (Call.DESCRIBE_PREFIX_LISTS, "PrefixLists", "prefix list", Verdict.REFUSED),
    ],
)
def test_an_answer_that_makes_no_sense_is_no_traceback(
    world: World, call: Call, answer: str, check: str, verdict: Verdict
) -> None:
    group = {"Groups": [{"GroupId": "sg-alb"}], "InterfaceType": "lambda"}
    world.wire.handlers[call] = lambda **_: {answer: [group if check == "groups" else {}]}
    world.images = EVERY_IMAGE
    world.deploy()
    (found,) = (one for one in world.output.of("preflight") if one.check == check)
    assert found.verdict is verdict
    assert "the answer is not what AWS answers: it has no " in found.message
