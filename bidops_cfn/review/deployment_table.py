"""How an environment's stack is deployed: what guards it, on whose behalf, with which tags."""

from __future__ import annotations

from dataclasses import dataclass

from bidops_cfn.review.settings_facts import SettingFact, settings_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.environment import settings_file
from bidops_cfn.settings.shapes import Table

PLACE = ("account_id", "region", "stack_name")
TABLES = ("deploy", "tags")
WORDS = {"true": "on", "false": "off"}


@dataclass(frozen=True)
class DeploymentLine:
    """A row: the setting, its value in words, what it decides or why it needs an eye."""

    key: str
    value: str
    meaning: str
    alarming: bool


def deployment_lines(subject: Subject) -> tuple[DeploymentLine, ...]:
    """Return a row for every setting of the deployment, new ones too, as the schema explains it."""
    whole = settings_file(subject.specified)
    return tuple(_line(whole, fact) for fact in settings_facts(subject) if of_deployment(fact.key))


def of_deployment(key: str) -> bool:
    """Tell whether a setting says how the stack is deployed, and where."""
    return key in PLACE or key.partition(".")[0] in TABLES


def _line(whole: Table, fact: SettingFact) -> DeploymentLine:
    table, _, key = fact.key.partition(".")
    declared = whole.keys[table]
    if key and isinstance(declared.shape, Table):
        declared = declared.shape.keys.get(key, declared)
    value = WORDS.get(fact.value, fact.value)
    return DeploymentLine(fact.key, value, fact.concern or declared.meaning, bool(fact.concern))
