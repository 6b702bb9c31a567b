"""Names that settings hold or make up: too long for AWS, within another, or another environment's.

Roles, target groups, alarms and log groups have no name of their own: CloudFormation makes it from
the stack's and shortens it. Names of one environment differ from another's by the environment's
name, unless settings say otherwise; a network that both refer to has one listener and one name
space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.settings.contract import DEFAULT_PATTERN, ImportNames, Imports, secret_import
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.problem import Problem, join, quoted, shown, table
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
    try:
        names = ImportNames(pattern)
        fixed = max(
            (names.exported(name, one.value) for one in Imports if not _mapped(values, one)),
            key=len,
        )
    except (AttributeError, LookupError, TypeError, ValueError):  # the pattern is none, or unused
        return
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


def _mapped(values: object, one: Imports) -> bool:
    return one.value.output in table(values, "imports", one.value.stack.value)


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
            if other != name and _below(path, theirs):
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


def _below(path: str, other: str) -> bool:
    """Tell whether ``path`` is ``other`` or lies in it."""
    return f"{path}/".startswith(f"{other}/")


def find_collisions(one: Environment, others: Sequence[Environment]) -> Iterator[Problem]:
    """Yield what ``one`` has and another environment of its account and region has too."""
    for other in others:
        if (one.account_id, one.region) != (other.account_id, other.region):
            continue
        where = f"which {other.name} has too, in {one.account_id} and {one.region}"
        if one.stack_name == other.stack_name:
            yield Problem("stack_name", f"{quoted(one.stack_name)}, {where}", "another name")
        if (
            shares(one, other, Imports.VPC_ID)
            and one.discovery.namespace == other.discovery.namespace
        ):
            found = f"{quoted(one.discovery.namespace)}, {where}, in the same VPC"
            yield Problem("discovery.namespace", found, "another name")
        if shares(one, other, Imports.HTTPS_LISTENER_ARN):
            yield from _priorities(one, other, where)


def shares(one: Environment, other: Environment, value: Imports) -> bool:
    """Tell whether both environments refer to the same thing for ``value``."""
    return one.references(value.value) == other.references(value.value)


def _priorities(one: Environment, other: Environment, where: str) -> Iterator[Problem]:
    theirs = {
        settings.listener.priority for settings in other.services.values() if settings.listener
    }
    for name, settings in one.services.items():
        if settings.listener and settings.listener.priority in theirs:
            found = f"{settings.listener.priority}, {where}, on the same listener"
            yield Problem(f"services.{name}.listener.priority", found, "another priority")
