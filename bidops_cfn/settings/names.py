"""Names, ARNs and references in settings: too long for AWS, elsewhere, or another environment's.

AWS refuses an ARN of another region or partition, or acts in another account than was reviewed; a
model is not found under the profile of another geography. A function that reads a stack's output
takes any. All this shows when a deployment has begun, or a task does not start.

Roles, target groups, alarms and log groups have no name of their own: CloudFormation makes it from
the stack's and shortens it. Names of one environment differ from another's by the environment's
name, unless settings say otherwise; a network that both refer to has one listener and one name
space.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from bidops_cfn.settings.aws import GEOGRAPHIES, REGIONS, partition, profile_prefixes
from bidops_cfn.settings.contract import DEFAULT_PATTERN, ImportNames, Imports, Kind, secret_import
from bidops_cfn.settings.environment import Environment, default_stack_name
from bidops_cfn.settings.imports import IMPORTS
from bidops_cfn.settings.problem import Problem, array, join, quoted, shown, table, walk
from bidops_cfn.settings.references import Reference
from bidops_cfn.settings.services import Service
from bidops_cfn.settings.tables import KEY_OUTPUTS

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html
LONGEST_EXPORT = 255
# RFC 1035, without the dot at the end: what a client looks up is <service>.<namespace>.
LONGEST_DOMAIN = 253
# https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
LONGEST_PATH = 900  # of 1011 characters, which an ARN and the parameter's own name share
MOST_LEVELS = 14  # of 15, the last of which is the parameter's own name
SECRETS = {"secrets": "ssm", "secrets_manager": "secretsmanager"}  # table -> what keeps them
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


def length_problems(name: str, values: object, services: Sequence[Service]) -> Iterator[Problem]:
    """Yield what is too long in the settings of the environment ``name``."""
    yield from _exports(name, values, services)
    namespace = table(values, "discovery").get("namespace")
    for service in services:
        if isinstance(namespace, str) and len(f"{service.name}.{namespace}") > LONGEST_DOMAIN:
            yield Problem(
                "discovery.namespace",
                f"a name of {len(namespace)} characters",
                f"{LONGEST_DOMAIN - len(service.name) - 1}, so that {service.name}.NAMESPACE "
                f"has at most {LONGEST_DOMAIN}",
            )


def _exports(name: str, values: object, services: Sequence[Service]) -> Iterator[Problem]:
    pattern = table(values, "imports").get("pattern", DEFAULT_PATTERN)
    if any(IMPORTS.keys["pattern"].shape.check(pattern, "")):  # as a format it may mean anything
        return
    names = ImportNames(pattern)
    mapped = table(values, "imports")
    patterned = [
        one.value for one in Imports if one.value.output not in table(mapped, one.value.stack)
    ]
    fixed = max((names.exported(name, one) for one in patterned), key=len, default="")
    if len(fixed) > LONGEST_EXPORT:
        yield Problem("imports.pattern", _composed(fixed), f"at most {LONGEST_EXPORT} characters")
    for path, output, _ in named_outputs(values, services):
        export = names.exported(name, secret_import(output))
        if output not in table(values, "imports", "security") and len(export) > LONGEST_EXPORT:
            yield Problem(
                path,
                _composed(export),
                f"at most {LONGEST_EXPORT} characters, or a name of its own under imports.security",
            )


def _composed(export: str) -> str:
    return f"{quoted(export)}, an export's name of {len(export)} characters"


def named_outputs(values: object, services: Sequence[Service]) -> Iterator[tuple[str, str, str]]:
    """Yield each SecurityStack output that settings name, its key, and what it holds the ARN of."""
    security = table(values, "security")
    found = [(f"security.{key}", security.get(key), "kms") for key in KEY_OUTPUTS]
    for service in services:
        for kind, aws in SECRETS.items():
            path = f"services.{service.name}.{kind}"
            outputs = table(values, "services", service.name, kind).items()
            found += [(join(path, variable), output, aws) for variable, output in outputs]
    for path, output, aws in found:
        if isinstance(output, str):
            yield path, output, aws


def path_problems(values: object, services: Sequence[Service]) -> Iterator[Problem]:
    """Yield configuration paths that SSM takes no parameter below, or that another can read."""
    paths = {
        service.name: table(values, "services", service.name).get("configuration_path")
        for service in services
    }
    known = {name: path for name, path in paths.items() if isinstance(path, str)}
    for name, path in known.items():
        where = f"services.{name}.configuration_path"
        yield from _path(where, path)
        for other, theirs in known.items():
            if other != name and f"{path}/".startswith(f"{theirs}/"):
                yield Problem(
                    where,
                    f"{shown(path)}, where {other}'s is {shown(theirs)} and reads it too",
                    "paths of which none lies in another",
                )


def _path(where: str, path: str) -> Iterator[Problem]:
    levels = path.strip("/").split("/")
    if len(path) > LONGEST_PATH:
        found = f"a path of {len(path)} characters"
        yield Problem(where, found, f"at most {LONGEST_PATH}")
    if len(levels) > MOST_LEVELS:
        yield Problem(where, f"{len(levels)} levels", f"at most {MOST_LEVELS}")
    if levels[0].lower().startswith(("aws", "ssm")):
        yield Problem(where, shown(path), "a path that does not begin with aws or ssm, AWS's own")


def find_collisions(one: Environment, holders: dict[Hashable, list[str]]) -> Iterator[Problem]:
    """Yield what ``one`` has and another environment of its account and region has too.

    ``holders`` are the names of those that were looked at, by what they have; ``one`` joins them.
    """
    for path, value, place, where in _claims(one):
        names = holders.setdefault((one.account_id, one.region, path[-1], value, place), [])
        shown_, kind = (quoted(value), "name") if isinstance(value, str) else (value, "priority")
        for other in names:
            found = f"{shown_}, which {other} has too, in {one.account_id} and {one.region}{where}"
            yield Problem(".".join(path), found, f"another {kind}")
        names.append(one.name)


def _claims(
    one: Environment,
) -> Iterator[tuple[tuple[str, ...], str | int, tuple[Reference, ...], str]]:
    """Yield what one environment may have alone: key, value, in which place, and that in words."""
    yield ("stack_name",), one.stack_name, (), ""
    vpc = one.references(Imports.VPC_ID.value)
    yield ("discovery", "namespace"), one.discovery.namespace, vpc, ", in the same VPC"
    listener = one.references(Imports.HTTPS_LISTENER_ARN.value)
    for name, settings in one.services.items():
        if settings.listener:
            path = ("services", name, "listener", "priority")
            yield path, settings.listener.priority, listener, ", on the same listener"


def shares(one: Environment, other: Environment, value: Imports) -> bool:
    """Tell whether both environments refer to the same thing for ``value``."""
    return one.references(value.value) == other.references(value.value)


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
