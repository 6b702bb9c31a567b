"""How people read a deployment: at 80 and 200 columns, with and without colour, moving or not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bidops_cfn.cli import text
from bidops_cfn.cli.change_text import table
from bidops_cfn.cli.lines import Lines
from bidops_cfn.cli.live import Live
from bidops_cfn.cli.operation import ended
from bidops_cfn.cli.plain import Plain, lively
from bidops_cfn.cli.terminal import show_error
from bidops_cfn.cli.text import Line
from bidops_cfn.deploy.events import STACK_TYPE
from bidops_cfn.deploy.records import (
    ChangeRow,
    Event,
    Group,
    Notice,
    Outputs,
    Preflight,
    PropertyChange,
    Result,
    Verdict,
)
from bidops_cfn.deploy.state_records import ServiceProgress, StoppedTask
from bidops_cfn.errors import CheckFailed, Interrupted

NIGHT = datetime(2026, 3, 1, 23, 30, 7, tzinfo=UTC)
REMOVED = ChangeRow(
    Group.REMOVAL, "Remove", "BffService", "AWS::ECS::Service", guarded=True, policy_action="Delete"
)
REVISED = ChangeRow(
    Group.OTHER,
    "Modify",
    "BffTaskDefinition",
    "AWS::ECS::TaskDefinition",
    replacement="True",
    properties=(
        PropertyChange(
            "Properties.ContainerDefinitions.0.Image",
            "registry/app:1.4.1",
            "registry/app:1.4.2",
            "Always",
            "BffImage",
        ),
    ),
)
WIDENED = ChangeRow(
    Group.IAM,
    "Modify",
    "BffTaskRole",
    "AWS::IAM::Role",
    properties=(PropertyChange("Properties.Policies", "x " * 900, "y"),),
    widened=("BffTaskRole: s3:DeleteObject on *",),
    narrowed=("BffTaskRole: s3:GetObject on bucket",),
)
ADDED = [
    ChangeRow(Group.OTHER, "Add", name, "AWS::CloudWatch::Alarm")
    for name in ("BffCpuAlarm", "BffMemoryAlarm", "BffTaskDeficitAlarm", "BffUnhealthyAlarm")
]
ROLLED_OUT = ChangeRow(
    Group.OTHER,
    "Modify",
    "BffService",
    "AWS::ECS::Service",
    image="1.4.1 -> 1.4.2",
    properties=(
        PropertyChange("Properties.TaskDefinition", cause="BffTaskDefinition"),
        PropertyChange("Properties.Tags", "a", "{{changeSet:KNOWN_AFTER_APPLY}}"),
    ),
)
ROWS = [REMOVED, WIDENED, *ADDED, REVISED]
EVENTS = [
    Event("1", NIGHT, "compute", "AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS"),
    Event("2", NIGHT, "BffTaskRole", "AWS::IAM::Role", "UPDATE_IN_PROGRESS"),
    Event("3", NIGHT, "BffTaskRole", "AWS::IAM::Role", "UPDATE_COMPLETE"),
    Event("4", NIGHT, "BffLogGroup", "AWS::Logs::LogGroup", "UPDATE_COMPLETE"),
    Event("5", NIGHT, "BffService", "AWS::ECS::Service", "UPDATE_FAILED", "it broke " * 20),
]


def lines(found: object) -> list[str]:
    return [line.text for line in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [80, 200])
def test_the_change_table_fits_and_says_the_dangerous_first(width: int) -> None:
    shown = lines(table(ROWS, width))
    assert all(len(line) <= width for line in shown)
    order = [shown.index(f"  {title}") for title in ("Removals and replacements", "IAM", "Other")]
    assert order == sorted(order)
    joined = "\n".join(shown)
    assert "Changes: 1 removed, 1 modified, 4 added, 1 in a new revision" in joined
    assert "    - BffService  AWS::ECS::Service  removed" in shown
    assert "needs --allow-replacement BffService" in joined
    assert "~ BffTaskDefinition  AWS::ECS::TaskDefinition  new revision" in joined
    assert "ContainerDefinitions.0.Image  (from BffImage)" in joined
    assert "          - registry/app:1.4.1" in shown
    assert "          + registry/app:1.4.2" in shown
    assert "widened by BffTaskRole: BffTaskRole: s3:DeleteObject on *" in joined
    assert "more lines" in joined


def test_a_routine_rollout_looks_routine() -> None:
    shown = list(table([ROLLED_OUT, REVISED], 100))
    assert lines(shown) == [
        "",
        "Changes: 1 modified, 1 in a new revision",
        "  Other",
        "    ~ BffService: image 1.4.1 -> 1.4.2 (rolling deployment, new task definition revision)",
        "        Tags",
        "          - a",
        "          + (known after apply)",
        "    ~ BffTaskDefinition  AWS::ECS::TaskDefinition  new revision",
        "        ContainerDefinitions.0.Image  (from BffImage)",
        "          - registry/app:1.4.1",
        "          + registry/app:1.4.2",
    ]
    assert [line.style for line in shown[5:7]] == ["red", "green"]


def test_outputs_stand_behind_the_verdict_and_the_next_step_is_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Plain() as shown:
        shown.emit(Outputs({"ClusterName": "compute"}))
        shown.emit(Result("deployed", 0, "it is complete", next="bidops-cfn watch --env dev"))
    said = capsys.readouterr().err
    order = [said.index(one) for one in ("Deployed: ", "ClusterName", "bidops-cfn watch")]
    assert order == sorted(order)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_an_output_that_is_too_long_for_its_column_stands_below_its_name(width: int) -> None:
    arn = "arn:aws:ecs:us-east-1:111111111111:cluster/" + "c" * 25
    shown = lines(text.outputs(Outputs({"ClusterArn": arn, "Id": "ns-1"}), width))
    beside = [f"  ClusterArn  {arn}"]
    assert shown == [
        "",
        "Outputs",
        *(beside if width >= 82 else ["  ClusterArn", f"    {arn}"]),
        "  Id          ns-1",
    ]


def test_names_keep_their_column_at_60_columns_too() -> None:
    shown = lines(text.events(EVENTS[1:3] * 3, 60))
    column = shown[0].index("Bff")
    assert len(shown) > 1
    assert {len(line) - len(line.lstrip()) for line in shown[1:]} == {column}


def test_a_word_that_is_too_long_for_its_column_begins_further_left() -> None:
    digest = "sha256:" + "a" * 64
    record = Preflight("images", Verdict.OK, "one", details=(f"bff 1.0.0 is {digest}",))
    shown = lines(text.preflight(record, 80))
    assert shown[1:] == [" " * 25 + "bff 1.0.0 is", digest.rjust(80)]


def test_a_service_that_is_replaced_is_no_rollout() -> None:
    row = replace(ROLLED_OUT, group=Group.REMOVAL, replacement="True", guarded=True)
    assert "    ! BffService  AWS::ECS::Service  replaced" in lines(table([row, REVISED], 100))


def test_additions_of_a_type_share_a_line() -> None:
    shown = lines(table(ADDED, 100))
    assert any(
        line.startswith("    + AWS::CloudWatch::Alarm  BffCpuAlarm, BffMemoryAlarm")
        for line in shown
    )


@pytest.mark.parametrize("width", [80, 200])
def test_events_read_together_are_folded_and_a_failure_stands_alone(width: int) -> None:
    shown = lines(text.events(EVENTS, width))
    assert all(len(line) <= width for line in shown)
    assert shown[:3] == [
        "  23:30:07  UPDATE_IN_PROGRESS   compute",
        "  23:30:07  UPDATE_COMPLETE      BffTaskRole, BffLogGroup",
        "  23:30:07  UPDATE_FAILED        BffService",
    ]
    assert "it broke" in shown[3]


def test_a_long_status_leaves_the_names_in_their_column() -> None:
    cleanup = replace(
        EVENTS[0], status="UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", resource_type=STACK_TYPE
    )
    assert lines(text.events([cleanup], 80)) == [
        "  23:30:07  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "                                 compute",
    ]


def test_a_service_that_fails_shows_why() -> None:
    stopped = StoppedTask("12345678abcdef", "X", "it crashed", ("bff exited with 1",), ("boom",))
    record = ServiceProgress(
        "BffService", 2, 1, 1, "IN_PROGRESS", failed_tasks=1, stopped=(stopped,), unhealthy=("t",)
    )
    assert lines(text.progress(record, 80)) == [
        "  BffService: 1/2 tasks running, 1 pending, 1 failed; rollout IN_PROGRESS",
        "    task 12345678 stopped: it crashed",
        "      bff exited with 1",
        "      log: boom",
        "    target t",
    ]


def test_a_check_is_one_line_since_the_error_has_the_details() -> None:
    refused = Preflight("images", Verdict.REFUSED, "not there", details=("bff",))
    assert lines(text.preflight(refused, 80)) == ["  FAILED   images        not there"]


def test_what_stops_nothing_has_its_details_below_its_line() -> None:
    warned = Preflight("roles", Verdict.WARNING, "no role", ("it may fail",), "Create it:\naws iam")
    assert lines(text.preflight(warned, 80)) == [
        "  WARNING  roles         no role",
        "                         it may fail",
        "                         Create it:",
        "                         aws iam",
    ]
    unseen = Preflight("quotas", Verdict.NOT_CHECKED, "not permitted")
    assert lines(text.preflight(unseen, 80)) == [
        "  ?        quotas        not checked: not permitted"
    ]


def test_what_was_only_cancelled_is_not_shown() -> None:
    cancelled = Event("6", NIGHT, "X", "T", "UPDATE_FAILED", "Resource update cancelled")
    assert lines(text.events([cancelled], 80)) == []


def test_an_error_stands_apart_from_what_came_before(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Plain()
    shown.fail(Result("failed", 1, "no"))
    assert capsys.readouterr().err == ""
    shown.emit(Notice("careful"))
    shown.fail(Result("failed", 1, "no"))
    assert capsys.readouterr().err == "Warning: careful\n\n"


def say_everything(shown: Plain) -> None:
    with shown:
        shown.status("Asking AWS who we are ...")
        shown.emit(Preflight("account", Verdict.OK, "111111111111 in us-east-1"))
        for row in ROWS:
            shown.emit(row)
        for event in EVENTS:
            shown.emit(event)
        shown.status("Waiting ...")
        shown.emit(ServiceProgress("BffService", 2, 1, 1, "IN_PROGRESS"))
        shown.emit(Notice("careful", ("because",)))
        shown.emit(Outputs({"ClusterName": "compute"}))
        shown.emit(Result("deployed", 0, "compute is UPDATE_COMPLETE", next="bidops-cfn status"))


def test_without_a_terminal_lines_are_plain(capsys: pytest.CaptureFixture[str]) -> None:
    say_everything(Plain())
    out, err = capsys.readouterr()
    assert out == ""
    assert "\x1b" not in err
    for part in ("Preflight", "Changes: ", "Progress", "Warning: careful", "Outputs", "Deployed: "):
        assert part in err
    assert err.endswith("bidops-cfn status\n")


def test_lines_of_json_leave_stderr_alone(capsys: pytest.CaptureFixture[str]) -> None:
    say_everything(Lines())
    out, err = capsys.readouterr()
    assert err == ""
    assert len(out.splitlines()) == len(ROWS) + len(EVENTS) + 5


def test_a_live_display_ends_with_the_same_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    say_everything(Plain())
    plain = capsys.readouterr().err
    say_everything(Live())
    live = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err)
    said = [line for line in plain.splitlines() if line.strip()]
    assert said[0] == "  Asking AWS who we are ..."  # in the moving part of a live display
    assert [line for line in live.splitlines() if line.strip()] == said[1:]


ROLE = "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com --profile me"
HINT = (
    "Set network.s3_prefix_list_id in params/dev.toml to the id from another account of ours: "
    f"{ROLE}\nOr leave this to the person who administers the whole account, which takes longer."
)


@pytest.mark.parametrize("columns", [60, 80])
def test_prose_of_a_hint_is_folded_and_its_command_stays_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    show_error(CheckFailed("no", hint=HINT))
    shown = Plain()
    shown.emit(Result("ready", 0, "dev", next=HINT))
    shown.emit(Preflight("roles", Verdict.WARNING, "no role", hint=HINT))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().err).splitlines()
    whole = [line for line in lines if ROLE in line]
    assert [line.strip() for line in whole] == [ROLE] * 3
    assert max(len(line) for line in lines if line not in whole) <= columns


def test_a_hint_in_a_pipe_is_not_folded(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(CheckFailed("no", hint=HINT))
    Plain().emit(Result("ready", 0, "dev", next=HINT))
    assert capsys.readouterr().err.count(HINT) == 2


@pytest.mark.parametrize(("term", "expected"), [("xterm", True), ("dumb", False), ("", False)])
def test_a_live_display_needs_a_terminal_that_can_move_its_cursor(
    monkeypatch: pytest.MonkeyPatch, term: str, expected: bool
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", term)
    assert lively() is expected


def test_the_end_of_input_is_an_empty_answer(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with empty.open(encoding="utf-8") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert Plain().ask("Execute? [y/N] ") == ""
    assert capsys.readouterr().err == "\nExecute? [y/N] \n"


def broken() -> Lines:
    """An output whose reader is gone."""

    class Broken(Lines):
        def put(self, line: Line) -> None:
            raise BrokenPipeError

    return Broken()


def test_a_result_that_nobody_reads_is_a_closed_pipe() -> None:
    with pytest.raises(BrokenPipeError):
        ended(broken(), "dev", lambda: Result("deployed", 0, "done"))


def test_an_error_that_nobody_reads_is_still_that_error() -> None:
    def fail() -> Result:
        raise CheckFailed("it failed")

    with pytest.raises(CheckFailed):
        ended(broken(), "dev", fail)


def test_an_interrupt_that_nobody_heeded_is_told_as_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop() -> Result:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        ended(Lines(), "dev", stop)
    assert '"exit_code":130' in capsys.readouterr().out


def test_services_have_a_heading_of_their_own_where_nothing_is_in_progress(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Plain() as shown:
        shown.emit(ServiceProgress("BffService", 2, 2, 0, "COMPLETED"))
    err = capsys.readouterr().err
    assert "\nServices\n" in err
    assert "Progress" not in err


def test_an_event_without_a_reason_leaves_no_empty_line() -> None:
    back = Event("7", NIGHT, "compute", "AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_COMPLETE")
    names = f"{'':<33}compute"
    assert lines(text.events([back], 80)) == ["  23:30:07  UPDATE_ROLLBACK_COMPLETE", names]


def test_a_count_that_an_update_drops_is_told_to_stay() -> None:
    dropped = PropertyChange("Properties.DesiredCount", "2", None, cause="BffDesiredCount")
    row = ChangeRow(Group.OTHER, "Modify", "BffService", "AWS::ECS::Service", properties=(dropped,))
    assert "          the running count is left alone" in lines(table([row], 80))


@pytest.mark.parametrize("width", [80, 200])
def test_long_lines_of_a_result_are_continued_below(width: int) -> None:
    told = lines(text.result(Result("attention", 1, "x", details=("! " + "word " * 40,)), width))
    assert all(len(line) <= width for line in told)
    assert told[2].startswith("  ! word")


def test_ctrl_c_at_the_question_ends_its_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Impatient:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Impatient())
    with pytest.raises(KeyboardInterrupt):
        Plain().ask("Execute? [y/N] ")
    assert capsys.readouterr().err == "\nExecute? [y/N] \n"
