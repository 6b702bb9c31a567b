"""All mutants, and what finds them: the house rules alone, in process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bidops_cfn.rules import house_rules
from bidops_cfn.rules._under_review import under_review
from tests.mutants.iam import IAM
from tests.mutants.lb import LB
from tests.mutants.mutant import Mutant, Template
from tests.mutants.net import NET
from tests.mutants.ops import OPS
from tests.mutants.service import SERVICE
from tests.mutants.task import TASK

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "test", "prod")
MUTANTS: tuple[Mutant, ...] = (*SERVICE, *TASK, *IAM, *NET, *LB, *OPS)


def committed(environment: str) -> Template:
    """Return the committed template of an environment."""
    path = REPOSITORY / "templates" / environment / "compute.json"
    template: Template = json.loads(path.read_text("utf-8"))
    return template


def named(template: Template) -> Iterator[tuple[str, str]]:
    """Yield rule and logical id of each finding of the house rules, outside of any folder."""
    judged = under_review(template, None, REPOSITORY)
    for rule in house_rules():
        for finding in rule.findings(judged):
            yield rule.id, finding.logical_id
