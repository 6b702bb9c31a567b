"""Plan files: written once, read with suspicion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bidops_cfn.deploy.plan_file import Plan, format_plan, read_plan
from bidops_cfn.errors import UsageError

PLAN = Plan(
    environment="dev",
    account_id="111111111111",
    region="us-east-1",
    stack_name="compute",
    stack_id="arn:stack",
    change_set_id="arn:change-set",
    change_set_name="bidops-cfn-1",
    update=True,
    template_sha256="0" * 64,
    images={"bff": ":1.4.2"},
    counts={"bff": 5},
)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(format_plan(PLAN), encoding="utf-8")
    assert read_plan(path) == PLAN


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not JSON",
        "[]",
        "{}",
        '{"plan_version": 1}',
        json.dumps({**json.loads(format_plan(PLAN)), "update": "yes"}),
        json.dumps({**json.loads(format_plan(PLAN)), "surprise": 1}),
        json.dumps({**json.loads(format_plan(PLAN)), "images": {"bff": 1}}),
        json.dumps({k: v for k, v in json.loads(format_plan(PLAN)).items() if k != "stack_id"}),
    ],
)
def test_what_is_no_plan_is_refused_and_says_how_to_make_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_plan(path)
    assert "--out plan.json" in caught.value.hint


def test_a_plan_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a plan: No such file or directory"):
        read_plan(tmp_path / "missing.json")
