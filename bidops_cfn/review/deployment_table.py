"""How an environment's stack is deployed: what guards it, on whose behalf, with which tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bidops_cfn.review.settings_facts import SettingFact, settings_facts
from bidops_cfn.review.subject import Subject

MEANINGS: Mapping[str, str] = {
    "account_id": "The account; no other is deployed to.",
    "region": "The region; no other is deployed to.",
    "stack_name": "The stack.",
    "deploy.role_arn": "The role that CloudFormation assumes; none is the operator's own rights.",
    "deploy.rollback_alarms": "Alarms that roll an operation back, beside the stack's own.",
    "deploy.monitoring_minutes": "How long CloudFormation watches those alarms afterwards.",
    "deploy.timeout_minutes": "How long one operation may take.",
    "deploy.termination_protection": "The stack cannot be deleted while this is on.",
    "deploy.confirm_name": "The environment's name has to be typed, not y.",
}
TABLES = ("deploy.", "tags.")
WORDS = {"true": "on", "false": "off"}


@dataclass(frozen=True)
class DeploymentLine:
    """A row: the setting, its value in words, what it decides or why it needs an eye."""

    key: str
    value: str
    meaning: str
    alarming: bool


def deployment_lines(subject: Subject) -> tuple[DeploymentLine, ...]:
    """Return a row for every setting of the deployment, new ones too."""
    return tuple(
        _line(fact)
        for fact in settings_facts(subject)
        if fact.key in MEANINGS or fact.key.startswith(TABLES)
    )


def _line(fact: SettingFact) -> DeploymentLine:
    meaning = fact.concern or MEANINGS.get(fact.key, "")
    if fact.key.startswith("tags.") and not meaning:
        meaning = "A tag of the stack and of everything in it."
    return DeploymentLine(fact.key, WORDS.get(fact.value, fact.value), meaning, bool(fact.concern))
