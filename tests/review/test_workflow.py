"""The workflow that plans pull requests and deploys, and the page about proofs in the account."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bidops_cfn.facts.actions import expand, is_known
from bidops_cfn.review.account import proof_files
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from tests.docs.test_pages import parsed

REPOSITORY = Path(__file__).parents[2]
WORKFLOWS = REPOSITORY / ".github" / "workflows"
WORKFLOW = WORKFLOWS / "deploy.yml"
PIPELINE = REPOSITORY / "docs" / "pipeline.md"
PAGE = REPOSITORY / "docs" / "account-proofs.md"


WORKING = {"contents": "read"}
SIGNED_IN = {"contents": "read", "id-token": "write"}
PERMISSIONS = {
    "compare": WORKING,
    "environments": WORKING,
    "plan": SIGNED_IN,
    "comment": {"pull-requests": "write"},
    "changed": {},
    "deploy": SIGNED_IN,
}


def workflow() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return found


def steps(job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow()["jobs"][job]["steps"]
    return found


def script(job: str, word: str) -> str:
    """The one script of a job in which ``word`` stands."""
    (found,) = [one["run"] for one in steps(job) if word in one.get("run", "")]
    return str(found)


def roles(job: str) -> list[str]:
    given = [one["with"].get("role-to-assume", "") for one in steps(job) if "with" in one]
    return [one.rpartition("/")[2] for one in given if one]


def test_each_job_has_the_permissions_that_it_needs_and_no_other() -> None:
    assert workflow()["permissions"] == {}
    found = {name: job["permissions"] for name, job in workflow()["jobs"].items()}
    assert found == PERMISSIONS


def test_code_of_a_pull_request_never_runs_with_a_token_that_writes() -> None:
    for name, job in workflow()["jobs"].items():
        runs_code = any("checkout" in one.get("uses", "") for one in job["steps"])
        writes = {key for key, value in job["permissions"].items() if value == "write"}
        assert not (runs_code and writes - {"id-token"}), name
    for job in workflow()["jobs"].values():
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def test_a_pull_request_gets_the_planner_and_the_protected_environment_the_deployer() -> None:
    jobs = workflow()["jobs"]
    assert {name: roles(name) for name in jobs if roles(name)} == {
        "plan": ["bidops-cfn-planner"],
        "deploy": ["bidops-cfn-deployer"],
    }
    assert jobs["deploy"]["environment"] == "${{ matrix.environment }}"
    assert "environment" not in jobs["plan"]
    assert "pull_request.head.repo.full_name == github.repository" in jobs["environments"]["if"]


def test_no_key_and_no_secret_is_stored() -> None:
    for file in WORKFLOWS.glob("*.yml"):
        text = file.read_text(encoding="utf-8")
        assert "secrets." not in text
        assert "aws-access-key-id" not in text


def test_actions_are_pinned_to_a_commit_with_its_version_beside() -> None:
    texts = [file.read_text(encoding="utf-8") for file in sorted(WORKFLOWS.glob("*.yml"))]
    used = [line for text in texts for line in re.findall(r"uses: (.*)", text)]
    assert len(used) > 10
    pins: dict[str, set[str]] = {}
    for line in used:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
        pins.setdefault(line.partition("@")[0], set()).add(line)
    assert all(len(one) == 1 for one in pins.values()), pins


def test_nothing_from_the_event_is_pasted_into_a_script() -> None:
    for job in workflow()["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_the_comment_has_the_access_diff_and_every_change_set() -> None:
    assert "--output markdown" in script("compare", "diff --env")
    named = {
        one["with"]["name"]
        for job in ("compare", "plan")
        for one in steps(job)
        if "upload-artifact" in one.get("uses", "")
    }
    (got,) = [one["with"]["pattern"] for one in steps("comment") if "with" in one]
    prefix = got.removesuffix("*")
    assert {one for one in named if one.startswith(prefix)} == {
        "comment-access",
        "comment-${{ matrix.environment }}",
    }


@pytest.mark.parametrize("size", [1_000, 64_001])
def test_a_comment_that_is_cut_says_so_first(tmp_path: Path, size: int) -> None:
    for name, text in (("parts/0-access.md", "x" * size), ("bin/gh", "#!/bin/sh\n")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "bin/gh").chmod(0o755)
    variables = {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "REPOSITORY": "x",
        "NUMBER": "1",
    }
    bash(script("comment", "body.md"), tmp_path, variables)
    lines = (tmp_path / "body.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "<!-- bidops-cfn review -->"
    assert ("There is no room here for all of it" in "".join(lines)) == (size > 64_000)
    assert len("\n".join(lines)) < 65_536


def test_what_is_deployed_is_the_plan_that_was_kept() -> None:
    assert "--out plan/plan.json" in script("plan", "bidops-cfn plan")
    assert "--plan plan/plan.json --yes" in script("deploy", "bidops-cfn deploy")


@pytest.mark.parametrize("job", ["plan", "deploy"])
def test_account_and_region_are_those_of_the_settings(
    job: str, environment: Environment, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    variables = {"ENVIRONMENT": environment.name, "GITHUB_OUTPUT": str(output)}
    bash(script(job, "account_id"), REPOSITORY, variables)
    assert output.read_text(encoding="utf-8").splitlines() == [
        f"account_id={environment.account_id}",
        f"region={environment.region}",
    ]


TOLD = """\
#!/bin/sh
echo "$@" >&2
test "$ENVIRONMENT" = dev || exit 3
"""


@pytest.mark.parametrize(("name", "code"), [("dev", 0), ("test", 3)])
def test_a_plan_tells_in_the_summary_what_it_would_do_and_ends_as_it_did(
    tmp_path: Path, name: str, code: int
) -> None:
    tool = tmp_path / ".venv/bin/bidops-cfn"
    tool.parent.mkdir(parents=True)
    tool.write_text(TOLD, encoding="utf-8")
    tool.chmod(0o755)
    summary = tmp_path / "summary"
    variables = {
        "ENVIRONMENT": name,
        "KEEP": "true",
        "IMAGES": "bff=1.4.2 agentcore=2.0.0",
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    assert bash(script("plan", "bidops-cfn plan"), tmp_path, variables, fails=True) == code
    told = summary.read_text(encoding="utf-8")
    asked = f"plan --env {name} --image bff=1.4.2 --image agentcore=2.0.0 --out plan/plan.json"
    assert f"````\n{asked}\n````" in told
    assert (f": exit code {code}" in told) == (code != 0)
    deployed = bash(script("deploy", "bidops-cfn deploy"), tmp_path, variables, fails=True)
    assert deployed == code
    assert f"## {name}: exit code {code}" in summary.read_text(encoding="utf-8")


def bash(text: str, folder: Path, variables: Mapping[str, str], *, fails: bool = False) -> int:
    """Run a script as the runner does, and return its exit code."""
    ran = subprocess.run(
        ["bash", "-e", "-c", text],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=not fails,
    )
    return ran.returncode


def test_every_command_of_a_workflow_is_accepted() -> None:
    texts = [file.read_text(encoding="utf-8") for file in WORKFLOWS.glob("*.yml")]
    lines = [one for text in texts for one in text.replace("\\\n", "").splitlines()]
    found = [one.partition(".venv/bin/")[2] for one in lines if ".venv/bin/bidops-cfn" in one]
    assert len(found) >= 3
    for one in found:
        words = re.sub(r'"\$\(basename "\$file" \.toml\)"', "dev", one).partition(" 2>&1")[0]
        parsed(words.replace('"${options[@]}"', "").partition(" >>")[0])


def test_the_roles_on_the_page_trust_what_the_workflow_is() -> None:
    text = PIPELINE.read_text(encoding="utf-8")
    trusts = [json.loads(one) for one in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    claims = [
        one["Statement"][0]["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
        for one in trusts
    ]
    assert claims == [
        ["repo:ORG/REPO:pull_request", "repo:ORG/REPO:ref:refs/heads/main"],
        "repo:ORG/REPO:environment:dev",
    ]
    assert all(f"`{role}`" in text for job in ("plan", "deploy") for role in roles(job))


def test_the_page_names_every_input_that_is_written(subject: Subject) -> None:
    page = PAGE.read_text(encoding="utf-8")
    services = "|".join(one.name for one in SERVICES)
    for name in proof_files(subject):
        kind = re.sub(r"^roles/\w+/", "roles/<role>/", name)
        kind = re.sub(rf"^network/({services})-", "network/<service>-", kind)
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
