"""Each row good, bad and not observed: one change of the account, one changed row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from bidops_cfn.cli.surroundings import assumptions
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Observation, Verification
from bidops_cfn.deploy.stack import find_stack
from bidops_cfn.review.requirements import requirements
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.spec.permissions import RESOURCES
from bidops_cfn.verify.assumptions import ASSUMED
from bidops_cfn.verify.observed import LOCATING, KeptAnswers, Observed
from bidops_cfn.verify.roles import list_patterns
from bidops_cfn.verify.survey import Row, list_rows, look_at_row, verify
from bidops_cfn.verify.table import TABLE
from tests.conftest import NAMES, REPOSITORY
from tests.settings_files import with_service, with_table
from tests.verify.account import Account
from tests.verify.cases import (
    CASES,
    LAMBDA,
    UNKNOWN,
    Change,
    attach,
    container,
    embedded,
)
from tests.verify.state import Json

HOLDS, FAILS, UNSEEN = Observation.HOLDS, Observation.FAILS, Observation.NOT_OBSERVED
# Of everything as specified: what no call shows, only a drill measures, or takes long; of the
# assumptions by their words, since their numbers change with the services.
OPEN = {"FR-042", "FR-043", "SC-003", "SC-005", "SC-008", "US5-3"}
UNTOLD = ("asks another service to do", "answers DNS", "% cheaper")


@pytest.fixture
def account(dev: Environment) -> Account:
    return Account(dev)


def run(account: Account) -> dict[str, Verification]:
    world = account.world
    world.run(lambda: verify(world.runtime, world.target, timedelta(hours=24)))
    return {one.id: one for one in world.output.of("verification")}


def look(account: Account, name: str) -> Verification:
    """What one row finds, without the others; an assumption's is named by some of its words."""
    rows = [one for one in list_rows(account.world.target) if name == one.id or name in one.title]
    (found,) = look_at(account, rows)
    return found


def look_at(account: Account, rows: Sequence[Row]) -> list[Verification]:
    seen = observe(account)
    return [look_at_row(one, seen, []) for one in rows]


def observe(account: Account) -> Observed:
    world = account.world
    stack = find_stack(world.wire, "bidopsai-dev-compute")
    assert stack is not None
    context = DeploymentContext(KeptAnswers(world.wire), world.target, world.clock)
    return Observed(context, stack, account.ago(86400), account.now)


def test_every_kind_of_resource_is_known(dev: Environment) -> None:
    account = Account(with_table(dev, "security", secrets_key_output="Key", exec_log_group="/exec"))
    account.exports["bidopsai-dev-security-Key"] = "arn:aws:kms:us-east-1:111111111111:key/1"
    seen = observe(account)
    empty = {on for on in RESOURCES if not any(list_patterns(seen, one, on) for one in SERVICES)}
    assert empty == {
        "mounted secrets", "security agent", "configuration key", "knowledge base key",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_assumption_of_the_reviews_is_known_once(name: str) -> None:
    texts = assumptions(REPOSITORY / "templates" / name / "REVIEW.md").values()
    assert texts
    for text in texts:
        assert sum(bool(pattern.search(text)) for pattern in ASSUMED) == 1, text


def test_as_specified_everything_has_one_row_and_holds_where_a_call_shows_it(
    account: Account,
) -> None:
    assert list(TABLE) == list(requirements())
    found = run(account)
    assert list(found) == [*requirements(), *account.world.assumptions]
    assert len(account.world.output.of("verification")) == len(found)
    other = {one.id: one.reason for one in found.values() if one.outcome is not HOLDS}
    told = account.world.assumptions.items()
    untold = {name for name, text in told if any(words in text for words in (*UNTOLD, "a policy"))}
    assert set(other) == OPEN | untold, other
    for one in found.values():
        assert bool(one.reason) is (one.outcome is not HOLDS), one
        assert one.outcome is not HOLDS or (one.measured and one.calls), one


def test_every_row_has_a_bad_case_but_what_nothing_can_refute(account: Account) -> None:
    covered = {name for ids, *_ in CASES for name in ids.split(", ")}
    assert TABLE.keys() - covered == {"FR-042", "FR-043"}
    texts = account.world.assumptions.values()
    refuted = [text for text in texts if any(name in text for name in covered)]
    rest = [one for one in ASSUMED if not any(map(one.search, refuted))]
    assert [text for text in texts if any(one.search(text) for one in rest)] == [
        text for text in texts if any(words in text for words in UNTOLD)
    ]


@pytest.mark.parametrize(("ids", "bad", "says"), [(ids, bad, says) for ids, bad, _, says in CASES])
def test_rows_fail(account: Account, ids: str, bad: Change, says: str) -> None:
    bad(account)
    for name in ids.split(", "):
        one = look(account, name)
        assert one.outcome is FAILS, one
        assert says in one.reason, one
        assert one.measured
        assert one.calls


@pytest.mark.parametrize(("ids", "unseen"), [(ids, unseen) for ids, _, unseen, _ in CASES])
def test_rows_are_not_observed_where_the_answer_is_empty(
    account: Account, ids: str, unseen: Change
) -> None:
    unseen(account)
    for name in ids.split(", "):
        one = look(account, name)
        assert one.outcome is UNSEEN, one
        assert one.reason


@pytest.mark.parametrize(("ids", "change", "says"), UNKNOWN)
def test_what_an_answer_does_not_tell_is_open(
    account: Account, ids: str, change: Change, says: str
) -> None:
    change(account)
    for name in ids.split(", "):
        one = look(account, name)
        assert one.outcome is UNSEEN, one
        assert says in one.reason


@pytest.mark.parametrize("answer", ["inactive", "missing"])
def test_a_service_that_was_deleted_fails_where_its_tasks_are_counted(
    account: Account, answer: str
) -> None:
    if answer == "inactive":
        account.services["bff"]["status"] = "INACTIVE"
    else:
        gone = {"services": [], "failures": [{"arn": "bff", "reason": "MISSING"}]}
        account.answers["DescribeServices"] = gone
    for name, outcome in (("FR-019", FAILS), ("US3-3", FAILS), ("FR-006", UNSEEN)):
        one = look(account, name)
        assert one.outcome is outcome, one
        assert "deleted outside CloudFormation" in one.reason


def test_an_availability_holds_of_as_many_minutes_as_its_percentage_takes(account: Account) -> None:
    account.rollouts["bff"]["startedAt"] = account.rollouts["bff"]["finishedAt"] - timedelta(
        minutes=1000
    )
    account.healthy = [2.0] * 999
    few = look(account, "SC-003")
    assert (few.outcome, few.value) == (UNSEEN, 100)
    assert few.reason == "1000 minutes of rollouts, 999 with data"
    account.healthy.append(1.0)
    assert look(account, "SC-003").outcome is HOLDS


def test_a_registration_that_is_not_remembered_leaves_discovery_open(account: Account) -> None:
    del account.registered["agentcore"]["agentcore8"]
    one = look(account, "SC-011")
    assert one.outcome is UNSEEN
    assert "agentcore: 2 tasks" in one.measured
    assert one.reason == "Cloud Map remembers no registration of 1 more, started in that time"


def test_an_empty_account_holds_nothing(account: Account) -> None:
    keep = {"GetCallerIdentity", "DescribeStacks", "ListStackResources", "ListExports"}
    account.answers = {call.value.name: {} for call in Call if call.value.name not in keep}
    seen = [one.title for one in run(account).values() if one.outcome is not UNSEEN]
    # S3 answers nothing of a bucket that never kept versions.
    assert [one.partition(":")[0] for one in seen] == ["writing an object can replace it"]


def test_groups_and_subnets_of_a_further_service_are_looked_at(account: Account) -> None:
    words = "no other stack attaches BffSecurityGroup and AgentCoreSecurityGroup to anything"
    subnets = "NetworkStack's `PrivateAppSubnetIds`: in two zones; no route from the internet"
    account.world.assumptions = {"A1": words, "A2": subnets}
    assert {look(account, name).outcome for name in ("A1", "A2")} == {HOLDS}
    attach("sg-agentcore", **LAMBDA)(account)
    gateway = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}
    account.network.tables["app"]["Routes"].append(gateway)
    assert "eni-other has it" in look(account, "A1").reason
    assert "subnet-app-a routes 0.0.0.0/0 to igw-1: a public subnet" in look(account, "A2").reason


FREE = {"Effect": "Allow", "Action": ["kms:Decrypt"]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda one: [{**one, "Condition": {}}], "may kms:Decrypt on KEY without condition"),
        (lambda one: [one, {**FREE, "Resource": one["Resource"]}], "on KEY without condition"),
        (lambda one: [{**FREE, "Resource": one["Resource"]}, one], "on KEY without condition"),
        (lambda one: [{**one, "Condition": {"StringLike": {"kms:ViaService": "*"}}}],
         "may kms:Decrypt on KEY under another condition"),
        (lambda one: [one, {**one, "Effect": "Deny"}], "has a statement that denies"),
    ],
)  # fmt: skip
def test_a_reviewed_permission_has_its_condition(
    dev: Environment, change: Callable[[Json], list[Json]], says: str
) -> None:
    account = Account(with_table(dev, "security", secrets_key_output="Key"))
    assert look(account, "FR-009").outcome is HOLDS
    held = account.roles[account.ids["BffExecutionRole"]]["inline"]["permissions"]["Statement"]
    (index,) = (number for number, one in enumerate(held) if "kms:Decrypt" in one["Action"])
    (key,) = held[index]["Resource"]
    held[index : index + 1] = change(held[index])
    one = look(account, "FR-009")
    assert one.outcome is FAILS
    assert says.replace("KEY", key) in one.reason


def test_a_key_is_used_through_the_service_that_keeps_the_secrets(dev: Environment) -> None:
    managed = with_service(dev, "bff", secrets={}, secrets_manager={"TOKEN": "TokenSecretArn"})
    account = Account(with_table(managed, "security", secrets_key_output="Key"))
    look(account, "SC-006")
    (asked,) = (
        one
        for one in account.world.wire.made(Call.SIMULATE_PRINCIPAL_POLICY)
        if "kms:Decrypt" in one["ActionNames"] and "BffExecutionRole" in one["PolicySourceArn"]
    )
    (entry,) = asked["ContextEntries"]
    assert entry["ContextKeyValues"] == ["secretsmanager.us-east-1.amazonaws.com"]


def empty(answer: Any, wanted: str, path: str = "") -> Any:
    """Return an answer with the lists at a path emptied."""
    if isinstance(answer, list):
        return [] if path == wanted else [empty(one, wanted, f"{path}[]") for one in answer]
    if isinstance(answer, dict):
        return {key: empty(one, wanted, f"{path}.{key}") for key, one in answer.items()}
    return answer


def list_paths(answer: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each list in an answer that holds something."""
    if isinstance(answer, list):
        yield from [path] * bool(answer)
        for one in answer:
            yield from list_paths(one, f"{path}[]")
    elif isinstance(answer, dict):
        for key, one in answer.items():
            yield from list_paths(one, f"{path}.{key}")


def intercept(account: Account, edit: Callable[[Call, Any], Any]) -> Account:
    """Let every answer of the account pass through ``edit``."""
    handlers = account.world.wire.handlers
    for call, handler in list(handlers.items()):
        handlers[call] = lambda call=call, handler=handler, **asked: edit(call, handler(**asked))
    return account


def test_no_row_holds_on_a_list_without_anything(dev: Environment) -> None:
    """Empty each list that AWS answers, one after the other: what a row tells of it cannot hold."""
    lists: set[tuple[Call, str]] = set()
    emptied: tuple[Call, str] | None = None

    def edit(call: Call, answer: Any) -> Any:
        lists.update((call, path) for path in list_paths(answer))
        return empty(answer, emptied[1]) if emptied and emptied[0] is call else answer

    account = intercept(Account(dev), edit)
    rows = list(list_rows(account.world.target))
    whole = list(zip(rows, look_at(account, rows), strict=True))
    assert len(lists) > 50
    vacuous = set()
    for emptied in lists - {(Call.DESCRIBE_STACKS, ".Stacks")}:
        call, path = emptied
        told = [each for each in whole if call.text in each[1].calls or call in LOCATING]
        found = look_at(account, [row for row, _ in told])
        for one, (_, before) in zip(found, told, strict=True):
            of_it = path.count(".") == 1 and "[]" not in path and call.text in one.calls
            if one.outcome is HOLDS and (of_it or one.measured != before.measured):
                vacuous.add((f"{call.text}{path}", one.title))
    assert vacuous == set()  # a row that may hold on nothing belongs here, with the reason


def test_tasks_that_do_not_run_have_no_place(account: Account) -> None:
    account.network.interfaces.clear()
    for name, service in (
        ("FR-031", "bff"),
        ("FR-032", "agentcore"),
        ("AgentSubnetIds", "agentcore"),
    ):
        one = look(account, name)
        assert one.outcome is UNSEEN
        assert one.reason == f"cannot tell: no network interface of {service} to look at"


def test_no_secret_is_told(account: Account) -> None:
    embedded(account)
    told = "\n".join(map(repr, run(account).values()))
    assert not re.search("AKIA[A-Z]", told)


@pytest.mark.parametrize(
    ("image", "asked"),
    [
        (":1.0.0", {"imageTag": "1.0.0"}),
        ("@sha256:0a", {"imageDigest": "sha256:0a"}),
        (":1.0.0@sha256:0a", {"imageDigest": "sha256:0a"}),
    ],
)
def test_the_push_of_the_image_that_runs_is_asked_for(
    account: Account, image: str, asked: dict[str, str]
) -> None:
    container(image=f"111111111111.dkr.ecr.us-east-1.amazonaws.com/bidopsai/app{image}")(account)
    assert look(account, "SC-001").value == 500
    made = account.world.wire.made(Call.DESCRIBE_IMAGES)
    assert made[0] == {
        "registryId": "111111111111", "repositoryName": "bidopsai/app", "imageIds": [asked],
    }  # fmt: skip
