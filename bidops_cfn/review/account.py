"""Inputs of AWS's own provers, as files: network access scopes, and policies role by role.

A scope is the input of ``ec2 create-network-insights-access-scope``: paths that must not exist. It
expects no finding. A network analysis knows what a template does not: route tables, gateways, and
rules that others have added.

``reviewed.json`` is what the template grants a role, for ``check-no-new-access``: what it really
has may be no more. ``not-granted.json`` is the ``access`` of ``check-access-not-granted``: actions
that delete or that change infrastructure, and Bedrock where a role must not use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import resources

from bidops_cfn.errors import UsageError
from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, descend
from bidops_cfn.facts.proofs.roles import is_forbidden
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.template_under_review import played_parts
from bidops_cfn.printable import json_text
from bidops_cfn.review.role_places import role_uses
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export, read_expression
from bidops_cfn.settings.services import Capability
from bidops_cfn.spec.parts import Part

PLACEHOLDER = re.compile(
    r"@(resource|export|path|account|output(?:-path|-account)?):([A-Za-z0-9:.-]+)@"
)
LOG_GROUP = "AWS::Logs::LogGroup"
SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
UNKNOWN = "*"


def concrete(value: object, document: Document, environment: Environment) -> object:
    """Return a canonical value as the account will have it; what cannot be told becomes ``*``."""
    if isinstance(value, list):
        return [concrete(one, document, environment) for one in value]
    if isinstance(value, Mapping) and symbols.function(value) is None:
        return {name: concrete(one, document, environment) for name, one in value.items()}
    if not isinstance(value, Mapping):
        return value
    parts = symbols.parts_of(value)
    return "".join(_part(one, document, environment) for one in parts)


def _part(value: object, document: Document, environment: Environment) -> str:
    literal = symbols.text(value)
    if literal is not None:
        return literal
    found = placeholder_of(value)
    if found:
        return found
    name, argument = symbols.function(value) or ("", None)
    if name == symbols.REF and isinstance(argument, str):
        return _reference(argument, environment)
    if name == symbols.GETATT and isinstance(argument, list):
        return _attribute(argument, document, environment)
    if name == symbols.SELECT and isinstance(argument, list):
        return _selected(argument)
    return UNKNOWN


def _reference(name: str, environment: Environment) -> str:
    pseudo = {
        "AWS::AccountId": environment.account_id,
        "AWS::Partition": environment.partition,
        "AWS::Region": environment.region,
        "AWS::URLSuffix": SUFFIXES.get(environment.partition, "amazonaws.com"),
    }
    unknown = UNKNOWN if name.startswith("AWS::") else _placeholder("resource", name)
    return pseudo.get(name, unknown)


def _attribute(argument: list[object], document: Document, environment: Environment) -> str:
    """Return an attribute that follows from the physical id, as a log group's ARN does."""
    logical_id, attribute = [*map(str, argument), "", ""][:2]
    if attribute == "GroupId":
        return _placeholder("resource", logical_id)
    if attribute == "Arn" and document.find(logical_id, LOG_GROUP):
        prefix = f"arn:{environment.partition}:logs:{environment.region}:{environment.account_id}"
        return f"{prefix}:log-group:{_placeholder('resource', logical_id)}:*"
    return UNKNOWN


def _selected(argument: list[object]) -> str:
    """Return a part of a repository's URI.

    Its account is ``Select 0`` of a split at dots, its name ``Select 1`` of one at the registry's
    domain.
    """
    index, source = argument if len(argument) == 2 else ("", None)
    name, split = symbols.function(source) or ("", None)
    if name == symbols.SPLIT and isinstance(split, list) and len(split) == 2:
        if str(index) == "1" and str(split[0]).endswith("/"):
            return placeholder_of(split[1], "path") or UNKNOWN
        if str(index) == "0" and split[0] == ".":
            return placeholder_of(split[1], "account") or UNKNOWN
    return UNKNOWN


def placeholder_of(value: object, part: str = "") -> str:
    """Return the placeholder of a value of another stack, or of a part of it; empty for none.

    Outputs of other regions and accounts have none: the script cannot ask there.
    """
    reference = read_expression(value)
    if isinstance(reference, Export):
        return _placeholder(part or "export", reference.name)
    if reference is None or reference.region or reference.role_arn:
        return ""
    kind = f"output-{part}" if part else "output"
    return _placeholder(kind, f"{reference.stack}.{reference.output}")


def _placeholder(kind: str, name: str) -> str:
    """Return the placeholder of a name; what AWS takes for no name could be a shell's command."""
    found = f"@{kind}:{name}@"
    return found if PLACEHOLDER.fullmatch(found) else UNKNOWN


def placeholders(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return kind and name of every placeholder in ``texts``, each once, sorted."""
    return tuple(sorted({(one[1], one[2]) for text in texts for one in PLACEHOLDER.finditer(text)}))


def script(subject: Subject, texts: Mapping[str, str]) -> str:
    """Return the script for the files ``texts``, by their paths."""
    source = resources.files("bidops_cfn.review").joinpath("account.sh.txt")
    wanted = "\n".join(f"fill {kind} '{name}'" for kind, name in placeholders(texts.values()))
    roles = sorted({path.split("/")[1] for path in texts if path.startswith("roles/")})
    networks = sorted(path for path in texts if path.startswith("network/"))
    values = {
        "environment": subject.name,
        "account": subject.environment.account_id,
        "region": subject.environment.region,
        "stack": subject.environment.stack_name,
        "sha256": subject.sha256,
        "placeholders": wanted,
        "networks": " ".join(networks),
        "roles": " ".join(roles),
    }
    # A shell script is full of dollar signs and braces: %name% is what it has none of.
    return re.sub(r"%([a-z0-9]+)%", lambda one: values[one[1]], source.read_text("utf-8"))


MOST_ACTIONS = 100  # in one check
DESTRUCTIVE = (
    "bedrock:DeleteAgent",
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ecr:BatchDeleteImage",
    "ecs:DeleteService",
    "ecs:RegisterTaskDefinition",
    "ecs:UpdateService",
    "iam:AttachRolePolicy",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "kms:ScheduleKeyDeletion",
    "logs:DeleteLogGroup",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:PutBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "secretsmanager:DeleteSecret",
    "ssm:DeleteParameter",
    "ssm:PutParameter",
    "sts:AssumeRole",
)
BEDROCK_RUNTIME = (
    "bedrock:InvokeAgent",
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
    "bedrock:Retrieve",
    "bedrock:RetrieveAndGenerate",
)
# https://docs.aws.amazon.com/vpc/latest/network-access-analyzer/resource-statement.html
OUTSIDE = [
    "AWS::EC2::InternetGateway",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
]

Scope = Mapping[str, object]
SCRIPT = "run.sh"


def proof_files(subject: Subject) -> Mapping[str, str]:
    """Return every file by its path in the folder that was asked for.

    Raises ``UsageError`` where a role's logical id is none, since files and commands have it.
    """
    for role in (one for reading in subject.readings[:1] for one in reading.roles):
        if not re.fullmatch("[A-Za-z0-9]+", role):
            raise UsageError(
                f"no inputs for AWS's provers of {subject.name}",
                f"{role} is no logical id: one has letters and digits alone",
                hint="Render the template anew: bidops-cfn render --all",
            )
    found = {
        **{f"network/{name}.json": scope for name, scope in scopes(subject).items()},
        **{
            f"roles/{role}/{name}.json": document
            for role, documents in role_policies(subject).items()
            for name, document in documents.items()
        },
    }
    texts = {path: json_text(one, indent=1, sort_keys=True) + "\n" for path, one in found.items()}
    return {SCRIPT: script(subject, texts), **texts}


def scopes(subject: Subject) -> Mapping[str, Scope]:
    """Return the scopes of every specified service by name."""
    groups = {
        service.name: _at(_placeholder("resource", logical_id))
        for reading in subject.readings[:1]
        for service in subject.specified
        if (logical_id := played_parts(reading).id(service.name, Part.GROUP))
    }
    outside = {"ResourceStatement": {"ResourceTypes": OUTSIDE}}
    balancer = _at(_of_another_stack(subject, Imports.PUBLIC_ALB_ARN))
    vpc = _at(_of_another_stack(subject, Imports.VPC_ID))
    found: dict[str, Scope] = {}
    for service in subject.specified:
        name, group = service.name, groups.get(service.name)
        inwards = {"Source": outside, "Destination": group}
        if group is None:
            continue
        if service.public:
            found[f"{name}-from-the-internet-through-the-load-balancer-only"] = {
                "MatchPaths": [inwards],
                "ExcludePaths": [{**inwards, "ThroughResources": [balancer]}],
            }
            continue
        found[f"{name}-has-no-path-to-the-outside"] = {
            "MatchPaths": [{"Source": group, "Destination": outside}, inwards]
        }
        port = {"Protocols": ["tcp"], "DestinationPorts": [str(service.port)]}
        found[f"{name}-is-reached-by-its-callers-only"] = {
            "MatchPaths": [{"Source": vpc, "Destination": group}],
            "ExcludePaths": [
                {"Source": groups[one], "Destination": {**group, "PacketHeaderStatement": port}}
                for one in service.callers
                if one in groups
            ],
        }
    return found


def _at(resource: str) -> Mapping[str, object]:
    return {"ResourceStatement": {"Resources": [resource]}}


def _of_another_stack(subject: Subject, value: Imports) -> str:
    """Return a value of another stack: a placeholder, or the constant of the settings."""
    found = subject.contract.one(value.value)
    return found if isinstance(found, str) else placeholder_of(found) or UNKNOWN


def role_policies(subject: Subject) -> Mapping[str, Mapping[str, object]]:
    """Return the documents of every role by the role's logical id."""
    found = {}
    for reading in subject.readings[:1]:
        for name, role in reading.roles.items():
            document = reading.document  # the statements of a role stand anywhere in it
            statements = [
                concrete(descend(document.body, *one.path), document, subject.environment)
                for one in role.statements
            ]
            found[name] = {
                "reviewed": {"Version": "2012-10-17", "Statement": statements},
                "not-granted": [{"actions": list(not_granted(subject, reading, name))}],
            }
    return found


def not_granted(subject: Subject, reading: Reading, role: str) -> tuple[str, ...]:
    """Return the actions that nothing may grant to the role."""
    uses = [use for use in role_uses(reading) if use.role == role]
    invoke = Capability.INVOKE_BEDROCK
    invokers = {one.name for one in subject.specified if invoke in one.capabilities}
    allowed = all(use.part is Part.TASK_ROLE and use.service in invokers for use in uses)
    bedrock = () if uses and allowed else filter(is_forbidden, BEDROCK_RUNTIME)
    return tuple(sorted({*DESTRUCTIVE, *bedrock}))[:MOST_ACTIONS]
