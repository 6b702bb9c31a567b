"""What is checked first: the template is the reviewed one and judged, and the account is ours."""

from __future__ import annotations

import difflib

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import BODY_LIMIT, OBJECT_LIMIT, prepare_body
from bidops_cfn.settings.environment import Environment

SHOWN_LINES = 30


def review(target: Target) -> Preflight:
    """Compare the fresh render with the committed template, and show where they part."""
    if target.committed is None:
        said = f"{target.path} is missing: this template was never reviewed"
        hint = "Render it, have it reviewed, commit it: bidops-cfn render --all"
        return Preflight("review", Verdict.REFUSED, said, hint=hint)
    if target.committed != target.rendered:
        said = f"{target.path} is not what params/{target.environment.name}.toml renders now"
        hint = "Render it and have the difference reviewed: bidops-cfn render --all && git diff"
        return Preflight("review", Verdict.REFUSED, said, _difference(target), hint)
    said = f"{target.path} is what renders now (sha256 {target.sha256[:12]})"
    if target.recorded() is False:
        said += ", but is not committed in git: was it reviewed?"
    return Preflight("review", Verdict.OK, said)


def size(target: Target) -> Preflight:
    """Compare the size of what is sent with CloudFormation's limits."""
    sent = len(prepare_body(target.rendered).encode())
    said = f"{sent:,} bytes"
    if sent > OBJECT_LIMIT:
        said += f", and CloudFormation takes at most {OBJECT_LIMIT:,}"
        return Preflight("size", Verdict.REFUSED, said)
    if sent > BODY_LIMIT and not target.bucket:
        said += f", and a request takes at most {BODY_LIMIT:,}"
        hint = "Name a bucket to send it through: --s3-bucket NAME"
        return Preflight("size", Verdict.REFUSED, said, hint=hint)
    return Preflight("size", Verdict.OK, f"{said} of {BODY_LIMIT:,}")


def check(target: Target) -> Preflight:
    """Report what ``check`` finds in the committed template."""
    if target.committed is None:
        return Preflight("check", Verdict.SKIPPED, "there is no committed template to judge")
    findings = target.findings()
    if findings:
        said = f"{target.path} has {len(findings)} finding{'s' * (len(findings) != 1)}"
        hint = f"See them all: {target.command('check')}"
        return Preflight("check", Verdict.REFUSED, said, tuple(findings[:SHOWN_LINES]), hint)
    return Preflight("check", Verdict.OK, "cfn-lint and the house rules find nothing")


def _difference(target: Target) -> tuple[str, ...]:
    lines = list(
        difflib.unified_diff(
            (target.committed or "").splitlines(),
            target.rendered.splitlines(),
            f"{target.path} (committed)",
            f"{target.path} (rendered now)",
            lineterm="",
            n=1,
        )
    )
    if len(lines) > SHOWN_LINES:
        return (*lines[:SHOWN_LINES], f"... {len(lines) - SHOWN_LINES} more lines")
    return tuple(lines)


def account(client: Client, environment: Environment) -> Preflight:
    """Compare the caller's account and the region of our calls with the settings."""
    caller, name = client(Call.GET_CALLER_IDENTITY), environment.name
    here = {
        "the credentials are of account": (caller["Account"], environment.account_id),
        "the region of shell or profile is": (client.region, environment.region),
    }
    wrong = [f"{what} {is_}, {name} is in {own}" for what, (is_, own) in here.items() if is_ != own]
    if wrong:
        details = (f"caller: {caller['Arn']}", "nothing in that account was looked at")
        hint = (
            "Choose the right ones with AWS_PROFILE and AWS_REGION, or with --profile and "
            f"--region {environment.region}. params/{name}.toml says where {name} is."
        )
        return Preflight("account", Verdict.REFUSED, "; ".join(wrong), details, hint)
    said = f"{caller['Account']} in {client.region}, as {caller['Arn'].rpartition(':')[2]}"
    return Preflight("account", Verdict.OK, said)
