"""Every setting has a line in ``settings.tsv``: a closed world, walked field by field."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.compute.template import render
from bidops_cfn.review.review_page import review_page
from bidops_cfn.review.settings_facts import (
    Direction,
    import_names,
    meaning,
    of_deployment,
    rows_in,
    rows_of,
    setting_changes,
    settings_facts,
    settings_tsv,
    words_of,
)
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.contract import ImportNames
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Constant, Export, Reference, StackOutput
from bidops_cfn.settings.services import SERVICES, Capability
from bidops_cfn.settings.tables import DeploySettings

PARAMS = Path(__file__).parents[2] / "params"
Step = str | int


def full(environment: Environment) -> Environment:
    """An environment in which no table and no list is empty."""
    services = {
        name: dataclasses.replace(
            settings,
            secrets_manager={"PAYMENT_URL": "PaymentArn"},
            tmpfs={"/tmp": 64},
            bedrock=environment.services["agentcore"].bedrock,
            listener=environment.services["bff"].listener,
        )
        for name, settings in environment.services.items()
    }
    return dataclasses.replace(
        environment,
        services=services,
        imports=ImportNames(exceptions={"network.VpcId": (Export("shared-vpc"),)}),
        deploy=dataclasses.replace(environment.deploy, rollback_alarms=("arn:aws:x",)),
    )


def leaves(value: object, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """The paths of all values below ``value``, however deep."""
    inside: Iterator[tuple[Step, object]]
    if dataclasses.is_dataclass(value):
        inside = ((one.name, getattr(value, one.name)) for one in dataclasses.fields(value))
    elif isinstance(value, Mapping):
        inside = iter(value.items())
    elif isinstance(value, tuple):
        inside = iter(enumerate(value))
    else:
        yield path
        return
    for step, item in inside:
        yield from leaves(item, (*path, step))


def varied(value: Any, path: tuple[Step, ...]) -> Any:
    """``value`` with another leaf at ``path``."""
    if not path:
        return (
            (not value)
            if isinstance(value, bool)
            else value + 1
            if isinstance(value, int)
            else "other"
        )
    step, *rest = path
    if isinstance(value, Mapping):
        return {**value, step: varied(value[step], tuple(rest))}
    if isinstance(value, tuple):
        assert isinstance(step, int)
        return (*value[:step], varied(value[step], tuple(rest)), *value[step + 1 :])
    assert isinstance(step, str)
    return dataclasses.replace(value, **{step: varied(getattr(value, step), tuple(rest))})


def test_each_setting_that_varies_changes_one_line_of_the_table(dev_subject: Subject) -> None:
    environment = full(dev_subject.environment)
    before = settings_tsv(Subject(environment, dev_subject.text)).splitlines()
    unseen = []
    for path in leaves(environment):
        changed = Subject(varied(environment, path), dev_subject.text)
        new = set(settings_tsv(changed).splitlines()) - set(before)
        # Concerns about other settings name the environment, or hold for one region.
        elsewhere = path in (("name",), ("region",))
        if not 1 <= len(new) <= (len(before) if elsewhere else 1):
            unseen.append((path, sorted(new)))
    assert not unseen, (
        "these settings change what is deployed and leave no line, or too many, in settings.tsv: "
        f"see bidops_cfn/review/settings_facts.py: {unseen}"
    )


@pytest.mark.parametrize("name", ["dev", "test", "prod"])
def test_lines_go_by_the_keys_of_the_settings_file(
    environments: dict[str, Environment], name: str, dev_subject: Subject
) -> None:
    subject = Subject(environments[name], dev_subject.text)
    keys = {fact.key for fact in settings_facts(subject)}

    def written(table: Mapping[str, Any], prefix: str) -> Iterator[str]:
        for key, value in table.items():
            here = f"{prefix}{key}"
            if isinstance(value, dict):
                yield from written(value, f"{here}.")
            else:
                yield f'{prefix}"{key}"' if key.startswith("/") else here

    found = tomllib.loads((PARAMS / f"{name}.toml").read_text())
    assert not set(written(found, "")) - keys


def test_a_value_is_told_from_a_word_for_none_and_stays_on_its_line(dev: Environment) -> None:
    bff = dataclasses.replace(
        dev.services["bff"], environment={"A": "none", "B": "x\ty", "C": "", "D": " a", "E": "a b"}
    )
    subject = Subject(dataclasses.replace(dev, services={**dev.services, "bff": bff}), "{}")
    prefix = "services.bff.environment."
    values = {one.key.removeprefix(prefix): one.value for one in settings_facts(subject)}
    assert [values[name] for name in "ABCDE"] == ['"none"', '"x\\ty"', '""', '" a"', "a b"]


def test_every_setting_of_the_deployment_has_a_row_with_a_meaning(dev_subject: Subject) -> None:
    facts = [fact for fact in settings_facts(dev_subject) if of_deployment(fact.key)]
    rows = {fact.key: meaning(dev_subject, fact) for fact in facts}
    for field in dataclasses.fields(DeploySettings):
        assert rows[f"deploy.{field.name}"] == field.metadata["key"].meaning
    assert rows["tags.ManagedBy"]


BESIDE = ["account_id", "stackset.auto_deployment", "drill.fis_template"]


def test_a_setting_that_leaves_the_template_as_it_is_belongs_to_the_deployment(
    dev: Environment,
) -> None:
    environment = dataclasses.replace(
        dev,
        stackset=dataclasses.replace(dev.stackset, organizational_units=("ou-a",), accounts=("1",)),
    )
    rendered = render(environment)
    unused = [
        ("services", one.name, "bedrock")
        for one in SERVICES
        if Capability.INVOKE_BEDROCK not in one.capabilities
    ]
    # What no builder takes just any value of.
    closed = ("region", "architecture", "listener")
    keys = {
        ".".join(one for one in path if isinstance(one, str)): path for path in leaves(environment)
    }
    silent = [
        key
        for key, path in keys.items()
        if path[-1] not in closed
        and path[:3] not in unused
        and (key in BESIDE or not of_deployment(key))
        and render(varied(environment, path)) == rendered
    ]
    assert silent == BESIDE


@pytest.mark.parametrize("name", ["termination_protection", "confirm_name", "pin_digest"])
def test_production_without_a_guard_is_alarming(subject: Subject, name: str) -> None:
    weak: dict[str, Any] = {name: False}
    deploy = dataclasses.replace(subject.environment.deploy, **weak)
    changed = Subject(dataclasses.replace(subject.environment, deploy=deploy), subject.text)
    assert f"| ❌ **`deploy.{name}`** | `off` |" in review_page(changed)


ON, OFF = "true", "false"
ALARM = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:"


@pytest.mark.parametrize(
    ("key", "before", "after", "direction"),
    [
        ("deploy.termination_protection", ON, OFF, Direction.WEAKENED),
        ("deploy.termination_protection", OFF, ON, Direction.STRENGTHENED),
        ("deploy.confirm_name", ON, OFF, Direction.WEAKENED),
        ("deploy.pin_digest", ON, OFF, Direction.WEAKENED),
        ("deploy.scan_findings", "CRITICAL", "none", Direction.WEAKENED),
        ("deploy.scan_findings", "HIGH", "CRITICAL", Direction.WEAKENED),
        ("deploy.scan_findings", "none", "CRITICAL", Direction.STRENGTHENED),
        ("deploy.scan_findings", "CRITICAL", "LOW", Direction.STRENGTHENED),
        ("deploy.monitoring_minutes", "15", "0", Direction.WEAKENED),
        ("deploy.monitoring_minutes", "0", "15", Direction.STRENGTHENED),
        ("deploy.rollback_alarms", f'["{ALARM}a"]', "[]", Direction.WEAKENED),
        ("deploy.rollback_alarms", f'["{ALARM}a"]', f'["{ALARM}b"]', Direction.WEAKENED),
        ("deploy.rollback_alarms", "[]", f'["{ALARM}a"]', Direction.STRENGTHENED),
        ("deploy.rollback_alarms", f'["{ALARM}a", "b"]', f'["b", "{ALARM}a"]', Direction.CHANGED),
        ("deploy.role_arn", "none", "arn:aws:iam::111111111111:role/x", Direction.UNKNOWN),
        ("deploy.timeout_minutes", "30", "60", Direction.CHANGED),
        ("stackset.auto_deployment", OFF, ON, Direction.WEAKENED),
        ("stackset.auto_deployment", ON, OFF, Direction.STRENGTHENED),
        ("stackset.delegated", OFF, ON, Direction.CHANGED),
        ("stackset.failure_tolerance", "0", "5", Direction.WEAKENED),
        ("stackset.failure_tolerance", "5", "0", Direction.STRENGTHENED),
        ("stackset.organizational_units", '["ou-a"]', '["ou-a", "ou-b"]', Direction.WEAKENED),
        ("stackset.organizational_units", '["ou-a", "ou-b"]', '["ou-a"]', Direction.STRENGTHENED),
        ("stackset.accounts", '["1"]', "[]", Direction.WEAKENED),
        ("stackset.accounts", '["1"]', '["2"]', Direction.WEAKENED),
        ("stackset.accounts", "[]", '["1"]', Direction.STRENGTHENED),
        ("stackset.accounts", '["1", "2"]', '["2", "1"]', Direction.CHANGED),
        ("stackset.name", "a", "b", Direction.CHANGED),
        ("drill.fis_template", "none", "EXT1a2b3c4d", Direction.CHANGED),
        ("capacity.spot_discount_percent", "60", "70", Direction.WEAKENED),
        ("capacity.spot_discount_percent", "70", "60", Direction.STRENGTHENED),
        ("account_id", "111111111111", "222222222222", Direction.UNKNOWN),
        ("region", "us-east-1", "eu-west-1", Direction.CHANGED),
        ("tags.Owner", "a", "b", Direction.CHANGED),
    ],
)
def test_a_changed_setting_of_the_deployment_has_a_direction(
    key: str, before: str, after: str, direction: Direction
) -> None:
    (found,) = setting_changes({key: before}, {key: after})
    assert (found.key, found.direction) == (key, direction)
    assert setting_changes({key: before}, {key: before}) == ()


def test_switches_are_on_and_off() -> None:
    key = "deploy.termination_protection"
    (found,) = setting_changes({key: ON}, {key: OFF})
    assert (found.name, found.before, found.after) == ("termination protection", "on", "off")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("account_id", "account id"),
        ("capacity.spot_discount_percent", "spot discount percent"),
        ("deploy.pin_digest", "pin digest"),
        ("drill.fis_template", "drill fis template"),
        ("stackset.auto_deployment", "stackset auto deployment"),
        ("tags.Cost_Center", "tags.Cost_Center"),
    ],
)
def test_a_setting_reads_in_words(key: str, name: str) -> None:
    assert words_of(key) == name


def test_a_setting_that_one_side_does_not_know_is_none_but_for_tags() -> None:
    assert setting_changes({"region": "a"}, {"deploy.confirm_name": ON}) == ()
    tags = setting_changes({"tags.A": "a"}, {"tags.B": "b"})
    assert [(one.key, one.before, one.after) for one in tags] == [
        ("tags.A", "a", "absent"),
        ("tags.B", "absent", "b"),
    ]


def test_settings_of_the_template_are_left_to_the_template() -> None:
    assert setting_changes({"services.bff.cpu": "512"}, {"services.bff.cpu": "1024"}) == ()


def test_committed_rows_are_those_of_the_settings(environment: Environment) -> None:
    exceptions: dict[str, tuple[Reference, ...]] = {
        "network.VpcId": (Export("shared-vpc"),),
        "network.PrivateAppSubnetIds": (StackOutput("NetworkStack", "A"), Constant("subnet-1")),
        "network.VpcEndpointSecurityGroupId": (StackOutput("N", "B", "eu-west-1", "arn:r"),),
    }
    names = ImportNames("{environment}-{stack}-{output}", exceptions)
    subject = Subject(replace(environment, imports=names), "{}")
    rows = rows_in(settings_tsv(subject))
    assert rows == rows_of(subject)
    assert import_names(rows) == names
