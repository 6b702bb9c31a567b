from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.case import Case, Failed, Sample
from benchmarks.peers.troposphere_source import script
from benchmarks.rounds import due, interleaved, run
from benchmarks.slow_service import SlowService
from benchmarks.table import skipped, table

REPOSITORY = Path(__file__).parents[2]
ANSWER = "<StackStatus>CREATE_COMPLETE</StackStatus>"
EVENT = "<member><ResourceStatus>CREATE_{}</ResourceStatus></member>"


def python(name: str, code: str, expected: str = "", rounds: int = 0) -> Case:
    return Case(
        name,
        (sys.executable, "-c", code),
        lambda seen: seen.code == 0 and expected in seen.stdout,
        rounds=rounds,
    )


def test_a_run_is_measured_in_time_and_memory() -> None:
    sample = run(python("big", "print(len(b'x' * 80_000_000))", "80000000"))
    assert sample.processor > 0
    assert sample.wall > 0
    assert sample.memory > 76


def test_memory_is_that_of_the_command_and_not_of_who_measures() -> None:
    ballast = b"x" * 80_000_000
    assert run(python("small", "pass")).memory < 76 < len(ballast)


@pytest.mark.parametrize("code", ["print('other')", "print('done'); raise SystemExit(3)"])
def test_a_command_that_did_not_do_its_work_ends_the_measuring(code: str) -> None:
    with pytest.raises(Failed, match="wrong: exit code"):
        run(python("wrong", code, "done"))


def test_cases_run_in_turn_and_slow_ones_less_often() -> None:
    told: list[str] = []
    cases = [python("quick", "pass"), python("slow", "pass", rounds=2)]
    samples = interleaved(cases, 4, told.append)
    assert [len(samples[case]) for case in cases] == [4, 2]
    assert told[:2] == ["warming up: quick", "warming up: slow"]
    rounds = [[case.name for case in due(cases, number, 4)] for number in range(4)]
    assert rounds == [["quick"], ["quick", "slow"], ["quick"], ["quick", "slow"]]


def test_the_table_shows_medians_in_ratio_to_the_base() -> None:
    case = Case("mine", (), bool, target="≤ 3")
    taken = [Sample(wall, wall * 2, 10) for wall in (4.0, 2.0, 30.0)]
    row = table({case: taken}, [Sample(2.0, 1.0, 9)]).splitlines()[-1]
    assert row == "| mine | **2.00** | 1.50 to 8.50 | 8.00 | 10 | 3 | ≤ 3 |"


def test_what_is_not_installed_is_listed_with_the_reason() -> None:
    absent = Case("theirs", (), bool, missing="not installed")
    assert skipped([absent, python("mine", "pass")]) == "- theirs: not installed"


@pytest.mark.parametrize("name", ["dev", "test", "prod"])
def test_the_plain_troposphere_script_makes_the_same_bytes(tmp_path: Path, name: str) -> None:
    template = REPOSITORY / "templates" / name / "compute.json"
    plain = tmp_path / "plain.py"
    plain.write_text(script(template))
    made = subprocess.run(
        [sys.executable, plain], capture_output=True, text=True, check=True, timeout=60
    )
    assert made.stdout == template.read_text()


@pytest.fixture
def service() -> SlowService:
    """A slow service that nobody serves: only what it tells is looked at."""
    made = SlowService("http://127.0.0.1:9", 3600)
    made.server_close()
    return made


def test_the_slow_service_draws_out_an_operation(service: SlowService) -> None:
    asked = "Action=DescribeStacks&StackName=a"
    assert service.told(asked, ANSWER) == ANSWER
    service.executed = 0.0
    service.seconds = float("inf")
    assert "CREATE_IN_PROGRESS" in service.told(asked, ANSWER)
    assert service.told("Action=DescribeStacks", ANSWER) == ANSWER
    events = EVENT.format("IN_PROGRESS") + EVENT.format("COMPLETE") + EVENT.format("IN_PROGRESS")
    assert service.told(asked, events) == EVENT.format("IN_PROGRESS") * 2
    service.seconds = 0.0
    assert service.told(asked, ANSWER + events) == ANSWER + events


def test_the_busiest_second_counts_calls_while_the_operation_ran(service: SlowService) -> None:
    service.executed, service.seconds = 10.0, 15.0
    service.calls = [9.9, 10.1, 10.9, 12.0, 12.5, 12.9, 25.1, 25.2, 25.3, 25.4]
    assert service.busiest_second() == 3


def test_results_name_no_machine_and_no_date() -> None:
    results = (REPOSITORY / "benchmarks/RESULTS.md").read_text()
    assert re.search(r"CPython 3\.\d+\.\d+ on \w+ \w+, \d+ cores", results)
    assert str(REPOSITORY) not in results
    assert not re.search(r"20\d\d-\d\d-\d\d", results)
