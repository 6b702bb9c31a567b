"""All mutants, and what finds them: the house rules alone, in process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

from bidops_cfn.facts.template_under_review import TemplateUnderReview, under_review
from bidops_cfn.rules import house_rules
from tests.mutants.iam import IAM
from tests.mutants.mutant import REPOSITORY, Mutant, Template, committed
from tests.mutants.net import NET
from tests.mutants.ops import OPS
from tests.mutants.service import SERVICE
from tests.mutants.task import LB, TASK
from tests.rules.table import Cases

CASES: tuple[Cases, ...] = tuple(
    cases
    for file in sorted((REPOSITORY / "tests" / "rules").glob("test_*.py"))
    if "make_tests(CASES)" in file.read_text("utf-8")
    for cases in import_module(f"tests.rules.{file.stem}").CASES
)
# Faults that no case of a single rule has, and those.
MUTANTS: tuple[Mutant, ...] = (*SERVICE, *TASK, *IAM, *NET, *LB, *OPS)
ALL = (*MUTANTS, *(mutant for cases in CASES for mutant in cases.mutants()))


KILLS = Path(__file__).with_name("kills.tsv")
HEADING = "kind\tlogical id\tmutant\tfound there by"


def killers(mutant: Mutant, environment: str) -> frozenset[str]:
    """Return the ids of the house rules that find a mutant where it is."""
    changed = mutant.apply(committed(environment))
    return frozenset(rule for rule, where in named(changed) if where == mutant.logical_id)


def line_of(mutant: Mutant, rules: Iterable[str]) -> str:
    """Return a mutant's line of the list of kills."""
    where = mutant.logical_id or "template"
    return "\t".join((mutant.kind, where, mutant.name, " ".join(sorted(rules))))


def named(template: Template, first: str = "") -> Iterator[tuple[str, str]]:
    """Yield rule and logical id of each finding of the house rules, outside of any folder.

    Those that judge the resource type ``first`` come first.
    """
    yield from found_in(under_review(template, None, REPOSITORY), first)


def found_in(judged: TemplateUnderReview, first: str = "") -> Iterator[tuple[str, str]]:
    """Yield what ``named`` does, of a template in its environment."""
    for rule in sorted(house_rules(), key=lambda rule: first not in dict(rule.judges)):
        for finding in rule.findings(judged):
            yield rule.id, finding.logical_id
