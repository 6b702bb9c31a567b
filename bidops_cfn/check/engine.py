"""One pass of cfn-lint over templates, with all of its rules and ours.

Nothing outside the command line has a say: no ``.cfnlintrc``, and no ``Metadata`` of the template,
which could silence rules in plain cfn-lint. A rule that fails is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

from bidops_cfn.check import template_file
from bidops_cfn.check.cfn_lint import STOCK_RULES, Match, Rules
from bidops_cfn.check.cfn_lint import Template as LintTemplate
from bidops_cfn.check.report import Finding, Report, Request
from bidops_cfn.facts.document import Path, logical_id, nodes, pointer
from bidops_cfn.facts.template_under_review import TemplateUnderReview, under_review
from bidops_cfn.rules import house_rules
from bidops_cfn.rules._house_rule import Finding as HouseFinding
from bidops_cfn.rules._house_rule import HouseRule, judge_as

MOST_LINTED_VALUES = 20_000  # ten times a template of ours; cfn-lint's time grows faster than size
ORDER = {"error": 0, "warning": 1, "informational": 2}


@dataclass
class Configuration:
    """What cfn-lint asks its configuration: every rule, informational ones included."""

    regions: Sequence[str]
    configure_rules: Mapping[str, Any] = field(default_factory=dict)
    include_experimental: bool = False
    ignore_checks: Sequence[str] = ()
    include_checks: Sequence[str] = ("E", "W", "I")
    mandatory_checks: Sequence[str] = ("E", "W", "I")


class Engine:
    """cfn-lint's rules and ours, loaded once for any number of templates."""

    @cached_property
    def rules(self) -> Rules:
        """Every rule by its id."""
        rules = Rules.create_from_directory(STOCK_RULES)
        for rule in house_rules():
            rules.register(rule)
        return rules

    def check(self, request: Request) -> Report:
        """Judge one file. Raises ``UsageError`` when it or its settings cannot be read."""
        template = template_file.read(request.file)
        if isinstance(template, Finding):
            return Report(request.shown, request.environment, (template,), len(house_rules()))
        judged = under_review(template.plain, request.file, request.root, request.environment)
        if judged.refused:
            raise judged.refused
        named = judged.environment or "<environment>"
        found = dict.fromkeys(
            replace(one, fix=one.fix.replace("<environment>", named))
            for one in self._findings(template, judged)
        )
        ordered = sorted(found, key=lambda one: (one.line, ORDER.get(one.level, 0), one.rule))
        environment = judged.environment or request.environment
        return Report(request.shown, environment, tuple(ordered), len(house_rules()))

    def _findings(
        self, template: template_file.Template, judged: TemplateUnderReview
    ) -> Iterator[Finding]:
        excess = judged.facts.excess or _too_many_values(template.plain)
        if excess:
            yield template_file.unreadable(f"Not judged by cfn-lint: {excess}")
            for rule in house_rules():
                for one in rule.findings(judged):
                    yield _house_finding(rule, one)
            return
        region = judged.settings.region if judged.settings else "us-east-1"
        try:
            cfn = LintTemplate(str(judged.file), template.marked, [region])
            if cfn.graph is None:
                yield template_file.unreadable("cfn-lint cannot tell what refers to what in it")
            judge_as(cfn, judged)
            matches = list(self.rules.run(str(judged.file), cfn, Configuration([region])))
        except Exception as error:  # cfn-lint trips over some templates
            yield template_file.unreadable(f"cfn-lint cannot judge the template: {error!r}")
            return
        yield from map(_of_match, matches)


def _of_match(match: Match) -> Finding:
    place = match.linenumber, match.columnnumber
    if isinstance(match.rule, HouseRule):
        return _house_finding(match.rule, match.house_finding, place)
    path = tuple(getattr(match, "path", ()))
    return _finding(match.rule, match.message, logical_id(path), path, place)


def _house_finding(
    rule: HouseRule, found: HouseFinding, place: tuple[int, int] = (1, 1)
) -> Finding:
    return _finding(rule, found.text, found.logical_id, found.path, place)


def _finding(
    rule: Any, message: str, logical_id: str, path: Path, place: tuple[int, int]
) -> Finding:
    ours = isinstance(rule, HouseRule)
    return Finding(
        rule=rule.id,
        level=rule.severity,
        message=message,
        fix=rule.fix if ours else "",
        logical_id=logical_id,
        pointer=pointer(path),
        line=place[0],
        column=place[1],
        requirements=rule.requirements if ours else (),
        title=rule.shortdesc,
        source_url=rule.source_url,
    )


def _too_many_values(template: Mapping[str, object]) -> str:
    many = next(islice(nodes(template), MOST_LINTED_VALUES, None), None) is not None
    return f"the template has more than {MOST_LINTED_VALUES:,} values" if many else ""
