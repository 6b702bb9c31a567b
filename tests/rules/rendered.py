"""What the house rules find in what settings render, whatever services the model has.

A service for which no optional permission was reviewed gets a finding for each that settings bring,
and a template of many services may be too big to be sent: neither is about the settings.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bidops_cfn.compute import template as templates
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules import house_rules
from bidops_cfn.rules.form import MOST_BYTES
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.spec.permissions import entries

Template = dict[str, Any]
Change = Callable[[Template], object]
FITTING = 2  # services, beside whatever neighbours settings name: one more may not fit
OPTIONAL = {"configuration key", "exec channels", "mounted secrets", "security agent"}


def unreviewed() -> set[tuple[str, str]]:
    """The findings of roles of services in whose lists there is nothing optional."""
    kinds = {"ExecutionRole": "execution", "TaskRole": "task"}
    return {
        ("E9301", f"{service.title}{role}")
        for service in SERVICES
        if not OPTIONAL
        & {one["on"] for kind in kinds.values() for one in entries(service.name, kind)}
        for role in kinds
    }


def under_settings(built: Template, environment: Environment) -> TemplateUnderReview:
    """Return a template as it is judged by settings that no file has."""
    return TemplateUnderReview(built, read(built), environment.name, environment)


def findings(
    environment: Environment, change: Change | None = None, rendered: Template | None = None
) -> list[tuple[str, str, str]]:
    """Return rule, logical id and text of what is found in the template of ``environment``.

    ``change`` is made in it before, or in ``rendered``, which other settings have rendered.
    """
    built = rendered or json.loads(templates.render(environment))
    if change is not None:
        change(built)
    ours = unreviewed()
    if len(json.dumps(built, separators=(",", ":"))) > MOST_BYTES and len(SERVICES) > FITTING:
        ours.add(("E9001", ""))
    judged = under_settings(built, environment)
    found = [
        (rule.id, one.logical_id, one.text)
        for rule in house_rules()
        for one in rule.findings(judged)
    ]
    return [one for one in found if one[:2] not in ours]
