"""Preflight: every finding at once, before anything is created, and nothing asked elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call, Need
from bidops_cfn.deploy.preflight.basics import review
from bidops_cfn.deploy.preflight.survey import CHECKS, ready_to_deploy
from bidops_cfn.deploy.records import Verdict
from tests.deploy.preflight.looking import Change
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
    # Whatever the order in which AWS answers, people read the same.
    in_order = ["review", "size", "check", "account", *(one.name for one in CHECKS)]
    assert list(verdicts(world)) == in_order
    idle = {"exports", "scan findings", "signatures", "alarms", "notifications"}
    assert verdicts(world) == {
        name: Verdict.SKIPPED if name in idle else Verdict.OK for name in in_order
    }


def test_every_finding_comes_in_one_report(world: World) -> None:
    world.findings = ("E9001 something is wrong",)
    world.account.images = set()
    world.account.secrets = set()
    world.account.prefix_lists = {}
    del world.exports["bidopsai-dev-network-VpcId"]
    world.images = EVERY_IMAGE
    ended = world.deploy().hold(3)
    assert refused(world) == ["check", "imports", "images", "secrets", "prefix list"]
    names = "check, imports, images, secrets, prefix list"
    assert f"preflight failed: {names} (5 of 26 checks); nothing was created" in ended.said
    assert world.made(Call.CREATE_CHANGE_SET) == []


def test_the_wrong_account_is_refused_and_asked_nothing_more(world: World) -> None:
    world.account.account_id = "999999999999"
    world.deploy().hold(3, "the credentials are of account 999999999999, dev is in 111111111111")
    assert [call for call, _ in world.wire.calls] == [Call.GET_CALLER_IDENTITY]


def export(old: str, new: str) -> Change:
    return lambda world: world.exports.update({new: world.exports.pop(old)})


def standing(**importers: list[str]) -> Change:
    """The stack stands, drops one export and defines another anew."""

    def edit(document: dict[str, Any]) -> None:
        del document["Outputs"]["ClusterArn"]
        document["Outputs"]["NamespaceName"]["Value"] = "other.internal"

    def change(world: World) -> None:
        world.standing()
        world.edit(edit)
        world.images = {}
        for name, stacks in importers.items():
            world.cloudformation.importers[f"bidopsai-dev-compute-{name}"] = stacks

    return change


def kept_and_gone(world: World) -> None:
    world.standing()
    world.images, world.account.images = {}, {"2.0.0"}


def smoke(state: str) -> Change:
    def change(world: World) -> None:
        arn = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:smoke"
        world.settings(rollback_alarms=(arn,), monitoring_minutes=5)
        world.account.alarms |= {"smoke": state} if state else {}

    return change


def give(**values: Any) -> Change:
    """The world, its account or its wire has these values."""

    def change(world: World) -> None:
        for name, value in values.items():
            holder, _, attribute = name.rpartition("__")
            setattr(getattr(world, holder) if holder else world, attribute, value)

    return change


def elsewhere(name: str) -> Change:
    """The prefix list is of another region."""
    return lambda world: world.account.prefix_lists.update(
        {world.environment.network.s3_prefix_list_id: name}
    )


def payment(world: World) -> None:
    """A secret of Secrets Manager is imported, and no secret is there."""
    name = next(name for name in world.exports if name.endswith("ParameterArn"))
    world.exports[name] = PAYMENT
    world.account.secrets = set()


PAYMENT = "arn:aws:secretsmanager:us-east-1:111111111111:secret:payment-AbCdEf"
REPOSITORY = "bidopsai-dev-storage-AppEcrRepositoryUri"
VPC_ID = "bidopsai-dev-network-VpcId"
OTHER = "999999999999"
DAYS = '    "RetentionInDays": '
CASES: list[tuple[Change, list[str], list[str]]] = [
    (give(wire__region="eu-west-1"), ["account"],
     ["the region of shell or profile is eu-west-1, dev is in us-east-1"]),
    (give(account__account_id=OTHER, committed=None), ["review", "account"], []),
    (lambda world: give(committed=world.text.replace(f"{DAYS}7", f"{DAYS}30"))(world), ["review"],
     [f"-{DAYS}30", f"+{DAYS}7", "bidops-cfn render --all && git diff"]),
    (give(committed="{}\n"), ["review"], ["more lines"]),
    (give(committed=None), ["review"],
     ["templates/dev/compute.json is missing", "bidops-cfn render --all"]),
    (give(findings=tuple(f"E{number}" for number in range(40))), ["check"],
     ["40 findings", "bidops-cfn check --env dev"]),
    (export(VPC_ID, f"{VPC_ID}s"), ["imports"], [f"{VPC_ID} (there is {VPC_ID}s)"]),
    (standing(ClusterArn=["monitoring", "audit"]), ["exports"],
     ["bidopsai-dev-compute-ClusterArn: imported by monitoring, audit",
      "Deploy the importing stacks without these imports first."]),
    (standing(NamespaceName=["monitoring"]), ["exports"], []),
    (standing(), [], []),
    (give(account__images={"2.0.0"}), ["images"], ["bidopsai/app:1.4.2 does not exist"]),
    (kept_and_gone, ["images"], ["bidopsai/app:1.4.1 does not exist"]),
    (give(images={}), ["images"], ["--image bff=TAG --image agentcore=TAG"]),
    (lambda world: world.exports.update({REPOSITORY: "docker.io/library/app"}), ["images"],
     ["docker.io/library/app is not the address of an ECR repository"]),
    (give(account__secrets=set()), ["secrets"], ["arn:aws:ssm:us-east-1:111111111111:parameter/"]),
    (payment, ["secrets"], [PAYMENT]),
    (elsewhere("com.amazonaws.eu-west-1.s3"), ["prefix list"],
     ["com.amazonaws.eu-west-1.s3, not com.amazonaws.us-east-1.s3"]),
    (smoke("ALARM"), ["alarms"], ["smoke: is in ALARM"]),
    (smoke(""), ["alarms"], ["smoke: does not exist"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "checks", "says"), CASES)
def test_what_no_deployment_ends_well_with_is_refused(
    world: World, change: Change, checks: list[str], says: list[str]
) -> None:
    world.images = EVERY_IMAGE
    change(world)
    ended = world.deploy()
    assert refused(world) == checks
    assert [words for words in says if words not in ended.said] == []
    assert (ended.code == 3) is bool(checks)
    # No value of a secret is ever read.
    services = {call.value.name for call, _ in world.wire.calls}
    assert not {"GetParameter", "GetParameters", "GetSecretValue"} & services


def test_preflight_only_reads(world: World) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    assert world.run(lambda: ready_to_deploy(world.runtime, world.target)).code == 0
    assert {call.value.need for call, _ in world.wire.calls} == {Need.READ}


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
    world.expect(world.run(lambda: ready_to_deploy(world.runtime, world.target)), code, step)


@pytest.mark.parametrize(
    ("recorded", "said"), [(True, False), (None, False), (False, True)], ids=str
)
def test_a_template_that_git_does_not_hold_is_told_so(
    world: World, recorded: bool | None, said: bool
) -> None:
    found = review(replace(world.target, recorded=lambda: recorded))
    assert found.verdict is Verdict.OK
    assert ("not committed in git" in found.message) is said
