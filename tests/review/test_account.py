"""Inputs for AWS's provers: shaped as botocore's models have them, and a script that asks them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from bidops_cfn.compute import template as templates
from bidops_cfn.errors import UsageError
from bidops_cfn.review.account import PLACEHOLDER, placeholders, proof_files
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import StackOutput
from bidops_cfn.settings.services import SERVICES
from tests.neighbours import BALANCER, REFERENCES
from tests.review.conftest import Edited
from tests.review.risks import statements

# A private service has none to or from the outside, and one from its callers; a public one has one.
SCOPES = sum(1 if one.public else 2 for one in SERVICES)
AWS = """#!/bin/sh
# A fake of the AWS CLI: notes what it is asked, answers as the account would.
echo "$*" >>"$AWS_CALLS"
case "$1 $2" in
  "sts get-caller-identity") echo "${FAKE_ACCOUNT:-333333333333}" ;;
  "cloudformation describe-stack-resource") echo "id-of-$6" ;;
  "cloudformation list-exports")
    case "$*" in *RepositoryUri*) echo "3333.dkr.ecr.us-east-1.amazonaws.com/bidopsai/app" ;;
      *) echo "${FAKE_EXPORT-value}" ;; esac ;;
  "cloudformation describe-stacks")
    case "$*" in *RepositoryUri*) echo "4444.dkr.ecr.us-east-1.amazonaws.com/bidopsai/app" ;;
      *) echo "output-of-$4" ;; esac ;;
  "ec2 create-network-insights-access-scope") cat "${4#file://}" >>"$AWS_CALLS"; echo nis-1 ;;
  "ec2 start-network-insights-access-scope-analysis") echo nisa-1 ;;
  "ec2 describe-network-insights-access-scope-analyses")
    printf '%s\\t%s\\n' succeeded "${FAKE_FINDINGS:-false}" ;;
  "iam list-attached-role-policies") echo "${FAKE_ATTACHED:-0}" ;;
  "iam list-role-policies") echo permissions ;;
  "iam get-role-policy" | "iam get-role") echo '{"Version": "2012-10-17", "Statement": []}' ;;
  "accessanalyzer validate-policy") echo 0 ;;
  "accessanalyzer "*)
    for word in "$@"; do
      case "$word" in file://*) cat "${word#file://}" >>"$AWS_CALLS" ;; esac
    done
    echo "${FAKE_RESULT:-PASS}" ;;
esac
"""


@pytest.fixture(scope="module")
def files(subject: Subject) -> Mapping[str, str]:
    return proof_files(subject)


def parsed(files: Mapping[str, str], folder: str) -> dict[str, Any]:
    return {path: json.loads(text) for path, text in files.items() if path.startswith(folder)}


def errors(service: str, operation: str, request: dict[str, Any]) -> str:
    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation).input_shape
    return str(ParamValidator().validate(request, shape).generate_report())


@pytest.mark.requirement("US4-3")
def test_network_scopes_are_requests_that_the_api_takes(files: Mapping[str, str]) -> None:
    scopes = parsed(files, "network/")
    assert len(scopes) == SCOPES
    for scope in scopes.values():
        request = {"ClientToken": "x", **scope}
        assert errors("ec2", "CreateNetworkInsightsAccessScope", request) == ""


def test_a_private_service_has_no_path_out_or_in(files: Mapping[str, str]) -> None:
    scope = parsed(files, "network/agentcore-has-no-path-to-the-outside")
    (found,) = scope.values()
    assert "ExcludePaths" not in found
    ends = [json.dumps(path) for path in found["MatchPaths"]]
    assert len(ends) == 2
    assert all("InternetGateway" in end and "AgentCoreSecurityGroup" in end for end in ends)


def test_policies_and_accesses_are_requests_that_the_api_takes(files: Mapping[str, str]) -> None:
    roles = parsed(files, "roles/")
    assert len(roles) == 4 * len(SERVICES)
    for path, document in roles.items():
        if path.endswith("reviewed.json"):
            policy = json.dumps(document)
            request = {
                "existingPolicyDocument": policy,
                "newPolicyDocument": policy,
                "policyType": "IDENTITY_POLICY",
            }
            assert errors("accessanalyzer", "CheckNoNewAccess", request) == ""
        else:
            request = {"policyDocument": "{}", "access": document, "policyType": "IDENTITY_POLICY"}
            assert errors("accessanalyzer", "CheckAccessNotGranted", request) == ""
            assert len(document) == 1
            assert len(document[0]["actions"]) <= 100


def test_only_the_agents_code_may_invoke_bedrock(files: Mapping[str, str]) -> None:
    forbidden = {
        path.split("/")[1]: set(document[0]["actions"])
        for path, document in parsed(files, "roles/").items()
        if path.endswith("not-granted.json")
    }
    without = {name for name, actions in forbidden.items() if "bedrock:InvokeModel" not in actions}
    assert without == {"AgentCoreTaskRole"}
    assert all(
        {"s3:DeleteObject", "iam:PassRole", "sts:AssumeRole"} <= a for a in forbidden.values()
    )


def test_reviewed_policies_hold_no_function_and_no_pseudo_parameter(
    files: Mapping[str, str],
) -> None:
    for path, document in parsed(files, "roles/").items():
        text = json.dumps(document)
        assert "Fn::" not in text, path
        assert "AWS::" not in text, path
        if path.endswith("reviewed.json"):
            resources = {str(r) for s in document["Statement"] for r in s["Resource"]}
            wild = [one for one in resources if one == "*"]
            assert len(wild) == ("Execution" in path), "only the registry's token takes everything"


def test_placeholders_are_found_once_each() -> None:
    texts = ["@resource:A@ @export:b-c@", "x@resource:A@y @path:b@ @account:b@ a@example.com"]
    assert placeholders(texts) == (
        ("account", "b"),
        ("export", "b-c"),
        ("path", "b"),
        ("resource", "A"),
    )


@pytest.fixture
def folder(files: Mapping[str, str], tmp_path: Path) -> Path:
    return laid_out(files, tmp_path)


def laid_out(files: Mapping[str, str], tmp_path: Path) -> Path:
    """Write the files, and a fake of the AWS CLI, into a folder."""
    for name, text in files.items():
        file = tmp_path / "proofs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    aws = tmp_path / "bin" / "aws"
    aws.parent.mkdir()
    aws.write_text(AWS, encoding="utf-8")
    aws.chmod(0o755)
    return tmp_path


def run(folder: Path, **fakes: str) -> subprocess.CompletedProcess[str]:
    bash = shutil.which("bash")
    assert bash is not None
    return subprocess.run(
        [bash, str(folder / "proofs" / "run.sh")],
        env={
            "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
            "AWS_CALLS": str(folder / "calls"),
            "POLL_SECONDS": "0",
            **fakes,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_script_fills_in_asks_and_passes(folder: Path) -> None:
    done = run(folder)
    assert (done.returncode, done.stderr) == (0, "")
    outcomes = [line.partition(" ")[0] for line in done.stdout.splitlines()]
    assert set(outcomes) == {"PASS"}
    assert len(outcomes) == SCOPES + 2 * len(SERVICES) * 5
    calls = (folder / "calls").read_text(encoding="utf-8")
    assert "id-of-AgentCoreSecurityGroup" in calls
    assert "arn:aws:ecr:us-east-1:3333:repository/bidopsai/app" in calls
    assert not PLACEHOLDER.search(re.sub(r"(?m)^cloudformation .*$", "", calls))
    assert calls.count("delete-network-insights-access-scope-analysis") == SCOPES


@pytest.mark.parametrize(
    ("fakes", "code", "said"),
    [
        ({"FAKE_FINDINGS": "unknown"}, 1, ["FAIL  network/"]),
        (
            {"FAKE_FINDINGS": "true", "FAKE_RESULT": "FAIL", "FAKE_ATTACHED": "1"},
            1,
            [
                "FAIL  network/",
                "FAIL  BffTaskRole: policy permissions grants nothing beyond",
                "FAIL  BffTaskRole has 1 managed policies",
            ],
        ),
        (
            {"FAKE_ACCOUNT": "999999999999"},
            2,
            ["These credentials are of account 999999999999"],
        ),
        ({"FAKE_EXPORT": ""}, 2, ["deploy prod first"]),
    ],
    ids=["unknown", "findings", "another account", "not deployed"],
)
def test_the_script_fails_on_a_finding_and_stops_where_it_cannot_ask(
    folder: Path, fakes: dict[str, str], code: int, said: list[str]
) -> None:
    done = run(folder, **fakes)
    assert done.returncode == code
    told = done.stdout if code == 1 else done.stderr
    assert [one for one in said if one not in told] == []


EVIL = ["x';touch${IFS}pwned;'", "x|touch${IFS}pwned|e;#", "$(touch${IFS}pwned)"]


@pytest.mark.parametrize("name", EVIL)
def test_no_name_of_a_template_is_a_command_of_the_script(
    edited: Edited, name: str, tmp_path: Path
) -> None:
    (statement, *_) = statements(edited.template, "BffTaskRole")
    statement["Resource"] = {"Fn::ImportValue": name}
    found = proof_files(edited.subject)
    assert name not in found["run.sh"]
    run(laid_out(found, tmp_path))
    assert not [*tmp_path.rglob("pwned")]


@pytest.mark.parametrize("name", ["../../../BffTaskRole", "$(touch pwned)", "a b"])
def test_a_logical_id_that_is_none_gets_no_file(edited: Edited, name: str) -> None:
    resources = edited.template["Resources"]
    resources[name] = resources.pop("BffTaskRole")
    with pytest.raises(UsageError, match="is no logical id") as caught:
        proof_files(edited.subject)
    assert name in str(caught.value)


def test_the_script_fills_in_outputs_of_stacks_and_takes_constants_as_they_are(
    dev: Environment, tmp_path: Path
) -> None:
    repository = (StackOutput("StorageStack", "AppEcrRepositoryUri"),)
    names = {**REFERENCES, "storage.AppEcrRepositoryUri": repository}
    environment = replace(dev, imports=ImportNames(exceptions=names))
    files = proof_files(Subject(environment, templates.render(environment)))
    assert not [path for path, text in files.items() if "None@" in text]
    found = laid_out(files, tmp_path)
    done = run(found, FAKE_ACCOUNT="111111111111")
    assert (done.returncode, done.stderr) == (0, "")
    calls = (found / "calls").read_text(encoding="utf-8")
    assert "output-of-NetworkStack" in calls
    assert "arn:aws:ecr:us-east-1:4444:repository/bidopsai/app" in calls
    assert BALANCER in calls
    assert not PLACEHOLDER.search(re.sub(r"(?m)^cloudformation .*$", "", calls))
