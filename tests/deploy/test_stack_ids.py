"""Ids of stacks that are gone: kept for the user alone, and never trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.deploy.stack_ids import StackIdFolder

ID = "arn:aws:cloudformation:us-east-1:111111111111:stack/bidopsai-dev-compute/0a1b-2c"
WHICH = ("111111111111", "us-east-1", "bidopsai-dev-compute")


def test_the_latest_id_of_a_stack_is_found(tmp_path: Path) -> None:
    kept = StackIdFolder(tmp_path / "new" / "stacks")
    kept.keep(ID)
    kept.keep(f"{ID}ff")
    assert kept.find(*WHICH) == f"{ID}ff"
    assert [path.name for path in (tmp_path / "new" / "stacks").iterdir()] == [".".join(WHICH)]


@pytest.mark.parametrize(
    "other",
    [
        ("222222222222", "us-east-1", "bidopsai-dev-compute"),
        ("111111111111", "eu-west-1", "bidopsai-dev-compute"),
        ("111111111111", "us-east-1", "bidopsai-prod-compute"),
    ],
)
def test_another_account_region_or_stack_has_ids_of_its_own(
    tmp_path: Path, other: tuple[str, str, str]
) -> None:
    kept = StackIdFolder(tmp_path)
    kept.keep(ID)
    assert kept.find(*other) == ""
    (tmp_path / ".".join(other)).write_text(ID, encoding="utf-8")
    assert kept.find(*other) == ""


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"../../elsewhere", ID.encode()[:-20]])
def test_what_is_damaged_is_as_good_as_nothing(tmp_path: Path, text: bytes) -> None:
    (tmp_path / ".".join(WHICH)).write_bytes(text)
    assert StackIdFolder(tmp_path).find(*WHICH) == ""


def test_a_folder_that_others_can_write_to_is_as_good_as_nothing(tmp_path: Path) -> None:
    kept = StackIdFolder(tmp_path)
    kept.keep(ID)
    tmp_path.chmod(0o777)
    kept.keep(f"{ID}ff")
    assert kept.find(*WHICH) == ""
    tmp_path.chmod(0o700)
    assert kept.find(*WHICH) == ID


def test_where_nothing_can_be_kept_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for kept in (StackIdFolder(None), StackIdFolder(tmp_path / "file" / "stacks")):
        kept.keep(ID)
        kept.keep("no stack id")
        assert kept.find(*WHICH) == ""
