"""The workflow that comments on pull requests, and the page about proofs in the account."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from bidops_cfn.facts.actions import expand, is_known
from bidops_cfn.review.account import proof_files
from bidops_cfn.review.subject import Subject

REPOSITORY = Path(__file__).parents[2]
WORKFLOWS = REPOSITORY / ".github" / "workflows"
WORKFLOW = WORKFLOWS / "review.yml"
PAGE = REPOSITORY / "docs" / "account-proofs.md"


def workflow() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return found


def test_code_of_a_pull_request_never_runs_with_a_token_that_writes() -> None:
    jobs = workflow()["jobs"]
    assert workflow()["permissions"] == {}
    assert jobs["compare"]["permissions"] == {"contents": "read"}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    uses = [step.get("uses", "") for step in jobs["comment"]["steps"]]
    assert not any("checkout" in one for one in uses)
    (checkout,) = [s for s in jobs["compare"]["steps"] if "checkout" in s.get("uses", "")]
    assert checkout["with"]["persist-credentials"] is False


def test_actions_are_pinned_to_a_commit_with_its_version_beside() -> None:
    texts = [file.read_text(encoding="utf-8") for file in sorted(WORKFLOWS.glob("*.yml"))]
    used = [line for text in texts for line in re.findall(r"uses: (.*)", text)]
    assert len(used) == 6
    for line in used:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


def test_nothing_from_the_event_is_pasted_into_a_script() -> None:
    for job in workflow()["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_the_workflow_posts_what_diff_prints() -> None:
    (run,) = [
        s["run"] for s in workflow()["jobs"]["compare"]["steps"] if "diff" in s.get("run", "")
    ]
    assert "bidops-cfn diff --env" in run
    assert "--output markdown" in run


def test_the_page_names_every_input_that_is_written(subject: Subject) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in proof_files(subject):
        kind = re.sub(r"^roles/\w+/", "roles/<role>/", name)
        assert f"`{kind}`" in page or name == "run.sh"


def test_the_permissions_on_the_page_exist_and_cover_every_call(subject: Subject) -> None:
    page = PAGE.read_text(encoding="utf-8")
    policy = json.loads(page.partition("```json\n")[2].partition("```")[0])
    allowed = {
        action for one in policy["Statement"] for name in one["Action"] for action in expand(name)
    }
    assert all(is_known(action) or action.startswith("tiros:") for action in allowed)
    script = proof_files(subject)["run.sh"]
    prefixes = {"accessanalyzer": "access-analyzer"}
    calls = set(re.findall(r"aws (\w+) ([a-z][a-z-]+)", script))
    assert len(calls) > 12
    for service, operation in calls:
        name = "".join(word.capitalize() for word in operation.split("-"))
        assert f"{prefixes.get(service, service)}:{name}" in allowed
