"""``stackset``: good, failed, denied, throttled, expired, empty, interrupted, and what is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Throttled, Unavailable
from bidops_cfn.deploy.stack_set import deploy_stack_set
from bidops_cfn.deploy.template import prepare_body
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from tests.deploy.inside import run
from tests.deploy.scripted.clock import RealClock
from tests.deploy.scripted.http_server import served
from tests.deploy.scripted.run import Ended, Person
from tests.deploy.scripted.stack_sets import ScriptedStackSets
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE, as_options, as_parameters
from tests.settings_files import with_table

UNITS = ("ou-ab12-11111111", "ou-ab12-22222222")
ACCOUNTS = ("444444444444", "555555555555", "666666666666")
CHANGING = {Call.CREATE_STACK_SET, Call.UPDATE_STACK_SET, Call.CREATE_STACK_INSTANCES}


class Sets:
    """A world whose settings name two units with three accounts."""

    def __init__(self, dev: Environment, **settings: Any) -> None:
        given = {"organizational_units": UNITS, **settings}
        self.world = World(with_table(dev, "stackset", **given))
        self.world.images = dict(EVERY_IMAGE)
        self.sets = ScriptedStackSets(self.world.wire, self.world.clock)
        self.sets.accounts = {UNITS[0]: list(ACCOUNTS[:2]), UNITS[1]: [ACCOUNTS[2]]}

    def __call__(self, minutes: float = 30.0, *, yes: bool = True) -> Ended:
        world = self.world
        return world.run(lambda: deploy_stack_set(world.runtime, world.target, minutes, yes=yes))

    @property
    def changing(self) -> list[Call]:
        return [call for call, _ in self.world.wire.calls if call in CHANGING]


@pytest.fixture
def sets(dev: Environment) -> Sets:
    return Sets(dev)


def test_every_account_of_the_units_gets_a_stack(sets: Sets) -> None:
    sets().hold(0, "has 3 stacks, all as committed")
    (made,) = sets.world.made(Call.CREATE_STACK_SET)
    assert made["PermissionModel"] == "SERVICE_MANAGED"
    assert made["AutoDeployment"] == {"Enabled": False}
    assert made["TemplateBody"] == prepare_body(sets.world.text)
    values = {one["ParameterKey"]: one["ParameterValue"] for one in made["Parameters"]}
    counts = {f"{one.title}DesiredCount": "0" for one in SERVICES}  # whatever runs there stays
    assert values == {**as_parameters(EVERY_IMAGE), **counts}
    (instances,) = sets.world.made(Call.CREATE_STACK_INSTANCES)
    assert instances["DeploymentTargets"] == {"OrganizationalUnitIds": list(UNITS)}
    assert instances["Regions"] == ["us-east-1"]
    assert instances["OperationPreferences"] == {
        "FailureToleranceCount": 0,
        "MaxConcurrentCount": 1,
    }
    assert all(f"account='{one}'" in sets.world.screen for one in ACCOUNTS)


def test_a_second_time_nothing_is_to_be_done(sets: Sets) -> None:
    sets()
    before = list(sets.changing)
    ended = sets().hold(0, "is what is committed")
    assert ended.done.outcome == "no changes"
    assert sets.changing == before


@pytest.mark.parametrize("what", ["template", "tags", "image", "outdated", "unit"])
def test_what_is_not_as_committed_is_updated(dev: Environment, what: str) -> None:
    sets = Sets(dev, organizational_units=UNITS[:1]) if what == "unit" else Sets(dev)
    sets()
    assert sets.sets.found is not None
    if what == "template":
        sets.sets.found["TemplateBody"] = '{"Resources": {}}'
    if what == "tags":
        sets.sets.found["Tags"] = []
    if what == "image":
        sets.world.images["bff"] = ":1.5.0"
    if what == "outdated":
        sets.sets.fail[ACCOUNTS[0]] = "left"
    if what == "unit":
        sets.world.environment = with_table(dev, "stackset", organizational_units=UNITS)
    before = len(sets.changing)
    sets()
    added = sets.changing[before:]
    more = [Call.CREATE_STACK_INSTANCES] if what == "unit" else []
    assert added == [Call.UPDATE_STACK_SET, *more]
    assert sets.sets.found["TemplateBody"] == prepare_body(sets.world.text)


def test_only_the_accounts_that_settings_name(dev: Environment) -> None:
    sets = Sets(dev, accounts=(ACCOUNTS[1],))
    sets().hold(0, "has 1 stacks")
    assert sets.sets.instances == {ACCOUNTS[1]}


def test_an_account_that_settings_name_later_gets_its_stack_too(dev: Environment) -> None:
    sets = Sets(dev, accounts=ACCOUNTS[:1])
    sets()
    given = {"organizational_units": UNITS, "accounts": ACCOUNTS[:2]}
    sets.world.environment = with_table(dev, "stackset", **given)
    sets().hold(0, "has 2 stacks, all as committed")
    assert sets.sets.instances == set(ACCOUNTS[:2])
    targets = sets.world.made(Call.CREATE_STACK_INSTANCES)[-1]["DeploymentTargets"]
    assert targets["Accounts"] == [ACCOUNTS[1]]


def test_an_account_that_no_unit_has_is_no_success(dev: Environment) -> None:
    sets = Sets(dev, accounts=(ACCOUNTS[0], "777777777777"))
    for _ in range(2):
        sets().hold(1, "has no stack in 777777777777")


def test_accounts_that_join_later_wait_for_other_stack_sets(dev: Environment) -> None:
    other = "arn:aws:cloudformation:us-east-1:111111111111:stackset/network:0a"
    sets = Sets(dev, auto_deployment=True, depends_on=(other,), delegated=True)
    sets().hold(0, "all as committed")
    (made,) = sets.world.made(Call.CREATE_STACK_SET)
    assert made["AutoDeployment"] == {
        "Enabled": True,
        "RetainStacksOnAccountRemoval": True,
        "DependsOn": [other],
    }
    assert made["CallAs"] == "DELEGATED_ADMIN"


def test_a_stack_that_fails_is_named_with_its_reason_and_stops_the_rest(sets: Sets) -> None:
    sets.sets.fail[ACCOUNTS[0]] = "ResourceLogicalId:BffService, breaker"
    ended = sets().hold(1, f"{ACCOUNTS[0]} us-east-1: FAILED ResourceLogicalId:BffService")
    assert "the operation is FAILED" in ended.block
    assert f"{ACCOUNTS[2]} us-east-1: CANCELLED" in ended.block
    assert "bidops-cfn stackset --env dev --image" in ended.last


def test_a_failure_that_is_tolerated_is_no_success(dev: Environment) -> None:
    sets = Sets(dev, failure_tolerance=1)
    sets.sets.fail[ACCOUNTS[0]] = "breaker"
    ended = sets().hold(1, "1 of 3 stacks")
    assert "the operation is SUCCEEDED" in ended.block


def test_units_without_accounts_are_no_success(sets: Sets) -> None:
    sets.sets.accounts.clear()
    for _ in range(2):
        sets().hold(1, "no account of its organizational units was deployed to")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda w: w.images.pop("bff"), "no image is named for bff"),
        (lambda w: setattr(w, "committed", "{}"), "review"),
        (lambda w: setattr(w, "findings", ("E9004 X: wrong",)), "check"),
        (lambda w: setattr(w.account, "account_id", "999999999999"), "999999999999"),
        (
            lambda w: setattr(
                w, "environment", with_table(w.environment, "stackset", organizational_units=())
            ),
            "names no organizational unit",
        ),
    ],
    ids=["image", "stale", "finding", "account", "units"],
)
def test_the_guards_of_a_deployment_hold_here_too(sets: Sets, spoil: Any, said: str) -> None:
    spoil(sets.world)
    sets().hold(3, said)
    assert sets.changing == []


def test_it_is_called_from_the_account_that_administers(dev: Environment) -> None:
    sets = Sets(dev, administrator="999999999999")
    sets().hold(3, "dev is in 999999999999")
    assert sets.changing == []


def test_a_stack_set_with_roles_of_its_own_is_left_alone(sets: Sets) -> None:
    sets()
    assert sets.sets.found is not None
    sets.sets.found["PermissionModel"] = "SELF_MANAGED"
    sets().hold(3, "is not service-managed")


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 8)])
def test_the_question_names_units_and_tolerance(sets: Sets, answer: str, code: int) -> None:
    sets.world.person = Person(answer)
    assert sets(yes=False).code == code
    (question,) = sets.world.person.questions
    assert all(unit in question for unit in UNITS)
    assert bool(sets.changing) == (code == 0)


def test_without_a_terminal_and_without_yes_nothing_is_asked_of_aws(sets: Sets) -> None:
    assert sets(yes=False).code == 8
    assert sets.world.wire.calls == []


def test_another_operation_is_busy(sets: Sets) -> None:
    sets.sets.busy = True
    sets().hold(6, "is in another operation")


@pytest.mark.parametrize(
    "call", [Call.DESCRIBE_STACK_SET, Call.CREATE_STACK_SET, Call.CREATE_STACK_INSTANCES]
)
def test_a_permission_that_is_missing_is_named(sets: Sets, call: Call) -> None:
    sets.world.deny(call)
    sets().hold(3, f"Allow {call.text}")


@pytest.mark.parametrize(
    "call", [Call.DESCRIBE_STACK_SET_OPERATION, Call.LIST_STACK_SET_OPERATION_RESULTS]
)
@pytest.mark.parametrize("kind", [AccessDenied, ExpiredCredentials])
def test_an_operation_that_may_not_be_read_is_left_running(
    sets: Sets, call: Call, kind: type[Any]
) -> None:
    sets.world.wire.refuse(kind, call)
    ended = sets().hold(7, "still runs")
    assert "describe-stack-set-operation --stack-set-name bidopsai-compute" in ended.block
    assert "stop-stack-set-operation" in ended.block


@pytest.mark.parametrize("kind", [Throttled, Unavailable])
def test_polls_that_fail_for_a_while_are_one_warning(sets: Sets, kind: type[Any]) -> None:
    call = Call.DESCRIBE_STACK_SET_OPERATION
    sets.world.wire.before[call] = [kind(call, "wait"), kind(call, "wait")]
    sets().hold(0, "all as committed")
    assert sets.world.noticed.count("cannot be read now") == 1


def test_an_aws_that_stays_silent_is_no_verdict(sets: Sets) -> None:
    call = Call.DESCRIBE_STACK_SET_OPERATION
    sets.world.wire.refuse(Throttled, call, why="wait")
    sets().hold(7, "cannot tell how the operation")


@pytest.mark.parametrize("call", [Call.CREATE_STACK_SET, Call.CREATE_STACK_INSTANCES])
@pytest.mark.parametrize("arrives", [True, False])
def test_an_answer_that_was_lost_is_asked_after(sets: Sets, call: Call, arrives: bool) -> None:
    sets.world.lose(call, arrives=arrives)
    ended = sets()
    if arrives:
        ended.hold(0, "all as committed")
    assert ended.code == (0 if arrives else 7 if call is Call.CREATE_STACK_SET else 3)
    assert len(sets.world.made(call)) == 1


def test_a_time_limit_leaves_it_running(sets: Sets) -> None:
    sets.sets.seconds = 3600
    sets(1).hold(7, "it took longer than 1 minutes")


def test_an_operation_goes_on_when_the_output_is_not_read_any_more(sets: Sets) -> None:
    sets.world.clock.after(7, lambda: setattr(sets.world.output, "deaf", True))
    sets().hold(7, "still runs: the output is not read any more")


def test_ctrl_c_at_a_request_leaves_open_whether_its_operation_runs(sets: Sets) -> None:
    sets.world.wire.before[Call.CREATE_STACK_INSTANCES] = [KeyboardInterrupt()]
    sets().hold(7, "cannot tell how the operation on", "interrupted")
    assert sets.sets.operations == {}


@pytest.mark.parametrize("number", range(1, 16))
def test_ctrl_c_anywhere_never_says_that_nothing_runs_when_it_does(
    dev: Environment, number: int
) -> None:
    sets = Sets(dev)
    sets.world.wire.stop = (number, "after")
    try:
        code = sets().code
    except KeyboardInterrupt:
        code = 130
    # 0: the wire stopped a call that came after the end.
    assert code in {7 if sets.sets.operations else 130, 0}


def test_the_process_tells_accounts_and_the_sandbox_refuses(
    dev: Environment, unchanged: Path
) -> None:
    settings = unchanged / "params/dev.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(f'{before}\n[stackset]\norganizational_units = ["{UNITS[0]}"]\n', "utf-8")
    try:
        world = World(dev, clock=RealClock())
        sets = ScriptedStackSets(world.wire, world.clock)
        sets.accounts, sets.seconds = {UNITS[0]: list(ACCOUNTS[:1])}, 2
        with served(world) as server:
            ran = run(
                server, unchanged, "stackset", "--env", "dev", *as_options(EVERY_IMAGE), "--yes"
            )
            assert ran.returncode == 0, ran.stderr
            assert f"{ACCOUNTS[0]} us-east-1  SUCCEEDED" in ran.stderr
            refused = run(server, unchanged, "stackset", "--env", "dev", "--sandbox")
        assert refused.returncode == 2
        assert "the sandbox has no stack sets" in refused.stderr
    finally:
        settings.write_text(before, encoding="utf-8")


def test_a_tag_without_its_digest_is_refused_where_settings_ask_for_digests(
    dev: Environment,
) -> None:
    sets = Sets(dev)
    sets.world.settings(pin_digest=True)
    digest = f"sha256:{'a' * 64}"
    sets.world.images = dict.fromkeys(EVERY_IMAGE, f"@{digest}")
    sets.world.images |= {"bff": f":1.4.2@{digest}", "agentcore": ":2.0.0"}
    ended = sets().hold(3, "deploy.pin_digest is on, and agentcore 2.0.0 has no digest beside it")
    assert "and bff 1.4.2" not in ended.block
    assert sets.changing == []
    sets.world.images["agentcore"] = f"@{digest}"
    assert sets().code == 0
