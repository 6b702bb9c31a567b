"""What has to lie where the environment does: ARNs, inference profiles, references.

AWS refuses an ARN of another region or partition, or acts in another account than was reviewed; a
model is not found under the profile of another geography. A function that reads a stack's output
takes any. All this shows when a deployment has begun, or a task does not start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bidops_cfn.settings.aws import GEOGRAPHIES, REGIONS, partition, profile_prefixes
from bidops_cfn.settings.contract import Imports, Kind
from bidops_cfn.settings.environment import default_stack_name
from bidops_cfn.settings.names import named_outputs
from bidops_cfn.settings.problem import Problem, array, join, shown, table, walk
from bidops_cfn.settings.services import Service

ARN = re.compile(r"arn:([a-z-]+):[a-z0-9-]+:([a-z0-9-]*):([0-9]{12}|aws|):")
KEYS = {"partition": "that of region", "region": "region", "account": "account_id"}
# AWS keeps the sidecar in accounts of its own, one per region.
OTHERS = frozenset({"security.guardduty_repository_arn"})
# A stack of another account is described by a role of that account.
DESCRIBERS = re.compile(r"imports\..*\.role_arn")
# What an application gets told or runs may be about other accounts.
APPLICATION = re.compile(r"services\.[^.]+\.(environment|health_command)\b")

URI = re.compile(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)/.*")
KINDS = {
    "ssm": "the ARN of an SSM parameter",
    "secretsmanager": "the ARN of a Secrets Manager secret",
    "kms": "the ARN of a KMS key",
}


def arn_problems(values: object) -> Iterator[Problem]:
    """Yield each ARN that lies elsewhere; AWS's own policies lie in no account."""
    home = table(values)
    region, account = home.get("region"), home.get("account_id")
    own = {"partition": partition(region), "region": region} if region in REGIONS else {}
    if isinstance(account, str):
        own["account"] = account
    for path, text in walk(values):
        match = ARN.match(text) if isinstance(text, str) else None
        if not match or APPLICATION.match(path):
            continue
        theirs = dict(zip(("partition", "region", "account"), match.groups(), strict=True))
        wrong = [
            name
            for name, mine in own.items()
            if theirs[name] != mine
            and (name == "partition" or theirs[name] not in ("", "aws"))
            and (name != "account" or not (path in OTHERS or DESCRIBERS.fullmatch(path)))
        ]
        if wrong:
            yield Problem(
                path,
                "an ARN in " + " and ".join(f"{name} {theirs[name]}" for name in wrong),
                " and ".join(f"{name} {own[name]} ({KEYS[name]})" for name in wrong),
            )


def profile_problems(path: str, bedrock: dict[str, Any], region: object) -> Iterator[Problem]:
    """Yield inference profiles of another geography, or without their model: a call needs both."""
    models = array(bedrock, "models")
    known = region if isinstance(region, str) and region in REGIONS else ""
    allowed = profile_prefixes(known) if known else tuple(f"{one}." for one in GEOGRAPHIES)
    for index, profile in enumerate(array(bedrock, "inference_profiles")):
        if not isinstance(profile, str):
            continue
        where = f"{path}.inference_profiles[{index}]"
        if profile.partition(".")[2] not in models:
            yield Problem(
                where, shown(profile), f"the profile of a model under {path}.models: us.MODEL"
            )
        elif not profile.startswith(allowed):
            whose = f"which {known} cannot call" if known else "of an unknown geography"
            prefixes = " or ".join(f"{one}MODEL" for one in allowed) or "none"
            yield Problem(where, f"{shown(profile)}, {whose}", f"{prefixes} (region)")
    if bedrock.get("profiles_only") is True:
        yield from _unreachable(path, bedrock)


def _unreachable(path: str, bedrock: dict[str, Any]) -> Iterator[Problem]:
    """Yield models that nothing can call where a direct call is refused."""
    profiles = [one for one in array(bedrock, "inference_profiles") if isinstance(one, str)]
    called = {one.partition(".")[2] for one in profiles}
    for index, model in enumerate(array(bedrock, "models")):
        if isinstance(model, str) and model not in called:
            yield Problem(
                f"{path}.models[{index}]",
                f"{shown(model)} without a profile beside profiles_only = true",
                f"a model that {path}.inference_profiles has a profile of",
            )


def reference_problems(name: str, values: object, services: Sequence[Service]) -> Iterator[Problem]:
    """Yield what the references of unchecked settings cannot lead to."""
    region = table(values).get("region")
    own = table(values).get("stack_name", default_stack_name(name))
    for path, reference in walk(table(values, "imports"), "imports"):
        if not (isinstance(reference, dict) and reference.keys() & {"stack", "output", "value"}):
            continue
        if reference.get("stack") == own:
            yield Problem(f"{path}.stack", f"{shown(own)}, this stack itself", "another stack")
        theirs = reference.get("region")
        if isinstance(theirs, str) and region in REGIONS:
            if theirs not in REGIONS:
                yield Problem(f"{path}.region", shown(theirs), "a region, such as us-east-1")
            elif partition(theirs) != partition(region):
                found = f"{shown(theirs)}, in partition {partition(theirs)}"
                yield Problem(
                    f"{path}.region", found, f"a region of partition {partition(region)} (region)"
                )
    yield from _uris(values, region)
    yield from _kinds(values, services)


def _uris(values: object, region: object) -> Iterator[Problem]:
    """Yield repositories of another region: no endpoint of the network leads to their registry."""
    for value in (one.value for one in Imports if one.value.kind is Kind.URI):
        uri = table(values, "imports", value.stack, value.output).get("value")
        match = URI.fullmatch(uri) if isinstance(uri, str) else None
        if match and region in REGIONS and match[1] != region:
            path = f"imports.{value.key}.value"
            yield Problem(path, f"a repository in {match[1]}", f"one in {region} (region)")


def _kinds(values: object, services: Sequence[Service]) -> Iterator[Problem]:
    """Yield constants for secrets and keys that are of another kind than their use."""
    wanted = {output: aws for _, output, aws in named_outputs(values, services)}
    for output, aws in wanted.items():
        arn = table(values, "imports", "security", output).get("value")
        if isinstance(arn, str) and arn.startswith("arn:") and arn.split(":")[2:3] != [aws]:
            path = join("imports.security", output)
            yield Problem(f"{path}.value", "the ARN of something else", KINDS[aws])
