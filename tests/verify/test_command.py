"""The whole command: denied, throttled, expired, empty, interrupted, and its documents."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from bidops_cfn.cli.operation import ended, make_output
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    Fault,
    NotFound,
    Rejected,
    Throttled,
    Unavailable,
)
from bidops_cfn.deploy.records import Observation, Verification
from bidops_cfn.errors import CannotTell
from bidops_cfn.settings.environment import Environment
from bidops_cfn.verify.survey import junit, list_rows, markdown, verify
from tests.deploy.scripted.run import Ended
from tests.verify.account import Account
from tests.verify.state import make_rule


@pytest.fixture
def account(dev: Environment) -> Account:
    return Account(dev)


def run(account: Account) -> Ended:
    world = account.world
    return world.run(lambda: verify(world.runtime, world.target, timedelta(hours=24)))


def found(account: Account) -> dict[str, Verification]:
    return {one.id: one for one in account.world.output.of("verification")}


def refuse(account: Account, call: Call, kind: type[Fault]) -> None:
    account.world.wire.always[call] = lambda: kind(call, "so it is", "Code")


def test_what_holds_ends_well_and_what_is_open_is_counted(account: Account) -> None:
    ended = run(account)
    assert ended.code == 0, ended
    assert ended.result is not None
    assert ended.result.outcome == "verified"
    counts = Counter(one.outcome for one in found(account).values())
    held, unseen = counts[Observation.HOLDS], counts[Observation.NOT_OBSERVED]
    assert held > 80
    told = f"bidopsai-dev-compute: {held} hold, 0 fail, {unseen} not observed"
    assert ended.result.summary == told


def test_each_answer_is_fetched_once(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # threads are what this is about
    run(account)
    located = (Call.DESCRIBE_STACKS, Call.GET_CALLER_IDENTITY)  # before the rows begin
    calls = ((call, asked) for call, asked in account.world.wire.calls if call not in located)
    made = Counter((call, repr(sorted(asked.items()))) for call, asked in calls)
    assert made.most_common(1)[0][1] == 1


def test_a_failing_row_is_the_exit_code_and_says_what_to_type(account: Account) -> None:
    account.rules["sg-bff"].append(make_rule("sg-bff", "ingress 22 from 0.0.0.0/0"))
    ended = run(account)
    assert ended.code == 1
    assert "! SC-010 No security group open to everywhere: bff lets 0.0.0.0/0 in on tcp 22" in (
        ended.block
    )
    assert ended.last == "See what one asks for: bidops-cfn explain FR-025 --env dev"


@pytest.mark.parametrize("kind", [AccessDenied, Throttled, Unavailable, Rejected])
def test_a_refused_call_leaves_its_rows_open_with_the_reason(
    account: Account, kind: type[Fault]
) -> None:
    refused = {
        Call.DESCRIBE_GROUP_RULES: ("FR-030", "SC-010", "US4-1"),
        Call.DESCRIBE_TASKS: ("SC-002", "SC-008", "SC-009"),
        Call.SIMULATE_PRINCIPAL_POLICY: ("SC-006", "US5-2"),
        Call.GET_METRIC_STATISTICS: ("SC-003",),
    }
    for call in refused:
        refuse(account, call, kind)
    assert run(account).code == 0
    for call, name in ((call, name) for call, names in refused.items() for name in names):
        one = found(account)[name]
        assert one.outcome is Observation.NOT_OBSERVED
        assert f"{kind.summary} {call.text}" in one.reason
        assert call.text in one.calls


def test_lost_credentials_are_no_success(account: Account) -> None:
    refuse(account, Call.DESCRIBE_ALARM_HISTORY, ExpiredCredentials)
    ended = run(account)
    assert ended.code == 7
    assert "cannot tell whether bidopsai-dev-compute is as specified" in ended.said
    assert "the credentials expired at cloudwatch:DescribeAlarmHistory" in ended.said
    assert ended.last == "Run it again: bidops-cfn verify --env dev"
    assert len(found(account)) == len(set(found(account)))


def test_lost_credentials_hide_no_failure(account: Account) -> None:
    refuse(account, Call.DESCRIBE_ALARM_HISTORY, ExpiredCredentials)
    account.cluster["status"] = "FAILED"
    assert run(account).code == 1


def test_where_nothing_is_seen_nothing_is_told(account: Account) -> None:
    for call in Call:
        if call not in (Call.GET_CALLER_IDENTITY, Call.DESCRIBE_STACKS):
            refuse(account, call, AccessDenied)
    ended = run(account)
    assert ended.code == 7
    assert "nothing could be observed" in ended.said
    assert {one.outcome for one in found(account).values()} == {Observation.NOT_OBSERVED}


@pytest.mark.parametrize(
    ("call", "kind", "says"),
    [
        (Call.GET_CALLER_IDENTITY, ExpiredCredentials, "expired"),
        (Call.DESCRIBE_STACKS, AccessDenied, "not permitted"),
        (Call.DESCRIBE_STACKS, Throttled, ""),
        (Call.DESCRIBE_STACKS, NotFound, "dev is not deployed"),
    ],
)
def test_without_the_stack_there_is_no_row(
    account: Account, call: Call, kind: type[Fault], says: str
) -> None:
    refuse(account, call, kind)
    ended = run(account)
    assert ended.code == 3
    assert says in ended.said
    assert not found(account)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_interrupt_ends_it(account: Account, moment: str) -> None:
    account.world.wire.stop = (20, moment)
    with pytest.raises(KeyboardInterrupt):
        run(account)
    assert not account.world.output.of("result")


def test_an_answer_of_another_shape_is_no_verdict(account: Account) -> None:
    account.cluster["settings"] = [{"name": "containerInsights"}]
    del account.target_group["HealthCheckIntervalSeconds"]
    assert run(account).code == 1
    assert found(account)["FR-003"].outcome is Observation.NOT_OBSERVED
    assert "it has no HealthCheckIntervalSeconds" in found(account)["SC-005"].reason


def test_a_document_has_a_row_for_each(account: Account) -> None:
    account.cluster["status"] = "A | <b>status</b>"
    run(account)
    rows = list(found(account).values())
    open_ = sum(one.outcome is Observation.NOT_OBSERVED for one in rows)
    text = markdown(rows)
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(lines) == len(rows) + 2
    assert "<b>" not in text
    assert f"{len(rows) - 2 - open_} ✅ holds, 2 ❌ fails, {open_} ❓ not observed" in text
    suite = ET.fromstring(junit(rows)).find("testsuite")
    assert suite is not None
    counts = tuple(suite.get(name) for name in ("tests", "failures", "skipped"))
    assert counts == (str(len(rows)), "2", str(open_))
    assert len(suite.findall("testcase/failure")) == 2
    assert len(suite.findall("testcase/skipped")) == open_


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize(("form", "first"), [("junit", "<?xml"), ("markdown", "# Verified")])
def test_a_document_stands_on_stdout_however_it_ends(
    account: Account, capsys: pytest.CaptureFixture[str], form: str, first: str, *, lost: bool
) -> None:
    if lost:
        refuse(account, Call.DESCRIBE_ALARM_HISTORY, ExpiredCredentials)
    world, shown = account.world, make_output(form, reading=True)
    runtime = dataclasses.replace(world.runtime, output=shown)
    action = lambda: verify(runtime, world.target, timedelta(hours=24))  # noqa: E731
    if lost:
        with pytest.raises(CannotTell):
            ended(shown, "dev", action)
    else:
        assert ended(shown, "dev", action) == 0
    written = capsys.readouterr()
    assert written.out.startswith(first)
    assert written.out.count("FR-001") == 1
    assert "FR-001" not in written.err


@pytest.mark.parametrize(("terminal", "columns"), [(True, 60), (True, 80), (False, 60)])
def test_rows_are_folded_at_a_terminal_alone(
    account: Account,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    *,
    terminal: bool,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    world, shown = account.world, make_output("text", reading=True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    runtime = dataclasses.replace(world.runtime, output=shown)
    assert ended(shown, "dev", lambda: verify(runtime, world.target, timedelta(hours=24))) == 0
    lines = capsys.readouterr().out.splitlines()
    begun = [line for line in lines if not line.startswith(" ")]
    assert len(begun) == len(list(list_rows(world.target)))
    long = [line for line in lines if len(line) > columns and " " in line.strip()]
    assert bool(long) is not terminal
