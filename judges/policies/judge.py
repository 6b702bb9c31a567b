"""The judge of the policies: rehearse, ask the evaluator about every request, compare."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bidops_cfn.permissions.place import Place, read_place
from bidops_cfn.permissions.role import Role, build_policy
from bidops_cfn.settings.environment import Environment
from judges.judgement import Judge, Judgement
from judges.policies import deployer_requests, service_requests
from judges.policies.forbidden import list_forbidden
from judges.policies.rehearsal import REPOSITORY, Rehearsal, rehearse
from judges.policies.request import Request

INSTALLED = REPOSITORY / ".cache" / "judges" / "policies"
SCRIPT = Path(__file__).with_name("evaluate.mjs")
NAMES = ("dev", "prod")
EXPECTED = {"rollback refused": 3, "cancel refused": 3}
UNKNOWN = "no.resource.types"  # the evaluator's catalogue has no such resource for the action


def tell_missing() -> str:
    """Return why the policies cannot be judged here, or ""."""
    if shutil.which("node") is None:
        return "there is no Node.js"
    if not (INSTALLED / "node_modules").is_dir():
        return "the evaluator is not installed: make judges"
    return ""


def judge() -> list[Judgement]:
    """Judge the policies of each environment of ``NAMES``."""
    found: list[Judgement] = []
    for name in NAMES:
        with tempfile.TemporaryDirectory() as folder:
            rehearsal = rehearse(Path(folder), name)
            found += judge_rehearsal(rehearsal)
            found += judge_policies(name, rehearsal, Path(folder))
            bounded = replace(rehearsal, environment=bound(rehearsal.environment))
            found += judge_policies(f"{name}, with a boundary", bounded, Path(folder))
            every = replace(rehearsal, environment=complete(rehearsal.environment))
            found += judge_policies(f"{name}, with a stack set and drills", every, Path(folder))
    return found


def bound(environment: Environment) -> Environment:
    """Return the environment with a permissions boundary in its settings."""
    arn = f"arn:{environment.partition}:iam::{environment.account_id}:policy/boundary"
    security = replace(environment.security, permissions_boundary_arn=arn)
    return replace(environment, security=security)


def complete(environment: Environment) -> Environment:
    """Return the environment with all that a call may be about: every call can happen in it."""
    topic = f"arn:{environment.partition}:sns:{environment.region}:{environment.account_id}:alarms"
    services = {
        name: replace(one, secrets_manager={"TOKEN": "TokenArn"})
        for name, one in environment.services.items()
    }
    return replace(
        environment,
        services=services,
        alarms=replace(environment.alarms, topic_arn=environment.alarms.topic_arn or topic),
        drill=replace(environment.drill, fis_template="EXT1a2b3c4d"),
        stackset=replace(environment.stackset, organizational_units=("ou-ab12-34567890",)),
    )


def judge_rehearsal(rehearsal: Rehearsal) -> list[Judgement]:
    """Judge whether the commands ended as they should: otherwise less happened than is claimed."""
    wrong = tuple(
        f"{label}: exit code {code}"
        for label, code in rehearsal.outcomes.items()
        if code != EXPECTED.get(label, 0)
    )
    question = f"{rehearsal.environment.name}: every command of the rehearsal ends as it should"
    return [Judgement(question, len(rehearsal.outcomes), wrong)]


def judge_policies(label: str, rehearsal: Rehearsal, folder: Path) -> list[Judgement]:
    """Judge the policies of one environment by what happened in its rehearsal."""
    one = rehearsal.environment
    path = folder / "templates" / one.name / "compute.json"
    place = read_place(one, path.read_text(encoding="utf-8"), path.name)
    policies = {str(role): list_documents(role, place) for role in Role}
    ours = deployer_requests.list_requests(rehearsal.calls, one, rehearsal.physical)
    theirs = service_requests.list_requests(rehearsal.steps, one, rehearsal.physical)
    bad = list(list_forbidden(one, rehearsal.physical))
    return [
        ask(f"{label}: the deployer may make every call", policies, ours, allowed=True),
        ask(f"{label}: CloudFormation may do all its steps", policies, theirs, allowed=True),
        ask(f"{label}: what no role may do is denied", policies, bad, allowed=False),
    ]


def list_documents(role: Role, place: Place) -> list[Any]:
    """Return the documents that are attached to a role: the parts, where it takes several."""
    return build_policy(role, place).parts


def ask(
    question: str, policies: dict[str, list[Any]], requests: Sequence[Request], *, allowed: bool
) -> Judgement:
    """Return whether every request is ``allowed``, or none is."""
    verdicts = evaluate(policies, requests)
    pairs = list(zip(requests, verdicts, strict=True))
    unknown = [one for one, verdict in pairs if is_unknown(verdict)]
    findings = [
        f"{one}: {verdict['result']} {json.dumps(verdict['errors'] or '')}".removesuffix(' ""')
        for one, verdict in pairs
        if not is_unknown(verdict)
        and (verdict["allowed"] != allowed or (verdict["errors"] and not verdict["allowed"]))
    ]
    return Judgement(
        question,
        len(requests) - len(unknown),
        tuple(findings),
        tuple(f"{one}: the evaluator knows no such resource" for one in summarize(unknown)),
    )


def is_unknown(verdict: dict[str, Any]) -> bool:
    """Tell whether the evaluator cannot judge a request for lack of the resource's type."""
    return bool(verdict["errors"]) and verdict["errors"].get("message") == UNKNOWN


def summarize(requests: Iterable[Request]) -> list[str]:
    """Return each action once, with the kind of its resource."""
    kinds = (f"{one.action} on {one.resource.split(':', 5)[-1].split('/')[0]}" for one in requests)
    return list(dict.fromkeys(kinds))


def evaluate(policies: dict[str, list[Any]], requests: Sequence[Request]) -> list[dict[str, Any]]:
    """Run the evaluator, a process of its own, and return its verdicts in order."""
    script = INSTALLED / SCRIPT.name
    shutil.copyfile(SCRIPT, script)  # a module is looked for beside the script
    answer = subprocess.run(
        ["node", str(script)],
        input=json.dumps({"policies": policies, "requests": [one.json() for one in requests]}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if answer.returncode != 0:
        raise RuntimeError(answer.stderr)
    found: list[dict[str, Any]] = json.loads(answer.stdout)
    return found


POLICIES = Judge(
    "policies", "@cloud-copilot/iam-simulate on a deployment in the sandbox", tell_missing, judge
)
