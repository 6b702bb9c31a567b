from __future__ import annotations

import pytest

from tests.mutation.score import FILE, FOLDERS, HEADING, REPOSITORY, Score, problems, read, written


def score(killed: int, tried: int = 100) -> Score:
    return Score(every=50, tried=tried, killed=killed, unreached=3)


@pytest.mark.parametrize(
    ("now", "worse"),
    [
        (score(80), False),
        (score(81), False),
        (score(79), True),
        (score(40, tried=50), False),
        (score(39, tried=50), True),
        (score(88, tried=110), False),
        (score(87, tried=110), True),
    ],
    ids=repr,
)
def test_a_smaller_share_is_worse_whatever_the_size_of_the_sample(now: Score, worse: bool) -> None:
    found = list(problems({"facts": now}, {"facts": score(80), "deploy": score(99)}))
    assert [line.partition(":")[0] for line in found] == ["facts"] * worse


def test_a_score_tells_what_no_test_reaches_from_what_survives() -> None:
    assert str(score(80)) == "80 of 100 killed (80.0%), 17 survive, 3 reached by no test"


def test_what_is_written_is_what_is_read() -> None:
    scores = {folder: score(number) for number, folder in enumerate(FOLDERS)}
    assert read(written(scores)) == scores


def test_the_committed_score_is_of_folders_that_exist_and_was_written() -> None:
    text = FILE.read_text(encoding="utf-8")
    scores = read(text)
    assert text == written(scores)
    assert text.startswith(HEADING)
    assert sorted(scores) == list(FOLDERS)
    for folder, one in scores.items():
        assert (REPOSITORY / "bidops_cfn" / folder).is_dir()
        assert 0 < one.killed <= one.tried - one.unreached
        assert one.tried >= 100
