"""Names that are put together from settings, measured: AWS refuses a long one at a deployment.

Roles, target groups, alarms and log groups have no such name: CloudFormation makes it from the
stack's and shortens it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.settings.contract import DEFAULT_PATTERN, ImportNames, Imports, secret_import
from bidops_cfn.settings.problem import Problem, join, quoted
from bidops_cfn.settings.services import Service
from bidops_cfn.settings.unchecked import table

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html
LONGEST_EXPORT = 255
# RFC 1035, without the dot at the end: what a client looks up is <service>.<namespace>.
LONGEST_DOMAIN = 253


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
    for path, output in _outputs(values, services):
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


def _outputs(values: object, services: Sequence[Service]) -> Iterator[tuple[str, str]]:
    """Yield each SecurityStack output that settings name, with the key that names it."""
    for key, output in table(values, "security").items():
        if key.endswith("_output") and isinstance(output, str):
            yield f"security.{key}", output
    for service in services:
        for kind in ("secrets", "secrets_manager"):
            path = f"services.{service.name}.{kind}"
            for variable, output in table(values, "services", service.name, kind).items():
                if isinstance(output, str):
                    yield join(path, variable), output
