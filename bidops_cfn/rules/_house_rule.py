"""A house rule: a cfn-lint rule that judges a template in all its cases, here and by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path as File
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from bidops_cfn.facts.document import Path, logical_id
from bidops_cfn.facts.template_under_review import (
    ReadingUnderReview,
    TemplateUnderReview,
    under_review,
)
from bidops_cfn.rules._expect import Mismatch

# Where AWS documents what rules are about, by the first word of a rule's source.
AWS = "https://docs.aws.amazon.com"
GUIDES = {
    "authorization": "service-authorization/latest/reference",
    "autoscaling-api": "autoscaling/application/APIReference",
    "cfn": "AWSCloudFormation/latest/UserGuide",
    "cfn-reference": "AWSCloudFormation/latest/TemplateReference",
    "cloudwatch": "AmazonCloudWatch/latest/monitoring",
    "ec2-api": "AWSEC2/latest/APIReference",
    "ecr": "AmazonECR/latest/userguide",
    "ecs": "AmazonECS/latest/developerguide",
    "ecs-api": "AmazonECS/latest/APIReference",
    "elb": "elasticloadbalancing/latest/application",
    "iam": "IAM/latest/UserGuide",
    "vpc": "vpc/latest/userguide",
}


@dataclass(frozen=True)
class Finding:
    """What is wrong, where in the template, and which logical id it is about."""

    path: Path
    text: str
    logical_id: str


def properties(kind: str, *names: str) -> tuple[tuple[str, str], ...]:
    """Return the properties ``names`` of the resource type ``kind``, as ``judges`` has them."""
    return tuple((kind, name) for name in names)


class HouseRule(CloudFormationLintRule):  # type: ignore[misc] # cfn-lint is not typed
    """The base of all house rules.

    The docstring is all that a rule says of itself: its first line is the title, the rest says why.
    ``source`` is where AWS documents it: a guide of ``GUIDES`` and its page, or an address.
    ``requirements`` are what it guards; a trap that no requirement names is ``template``. ``fix``
    says what to do, in which file. ``judges`` names the properties, with their resource type, whose
    every value the rule judges; a property that no rule judges is a finding of E9006. A rule that
    judges what settings decide sets ``needs_settings``.
    """

    source: ClassVar[str] = ""
    requirements: ClassVar[tuple[str, ...]] = ("template",)
    fix: ClassVar[str] = ""
    judges: ClassVar[tuple[tuple[str, str], ...]] = ()
    needs_settings: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """Give cfn-lint title, description, address and, as tags, requirements."""
        title, _, reason = cleandoc(cls.__doc__ or "").partition("\n")
        cls.shortdesc = title.removesuffix(".")
        cls.description = " ".join(reason.split())
        guide, _, page = cls.source.partition("/")
        known = GUIDES.get(guide)
        cls.source_url = f"{AWS}/{known}/{page}.html" if known else cls.source
        cls.tags = ["bidops", *cls.requirements]

    @property
    def file(self) -> str:
        """The file in which the rule, and what it expects, is written."""
        return f"{type(self).__module__.replace('.', '/')}.py"

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Yield what is wrong in one case of the template."""
        return iter(())

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        """Yield what is wrong with the template as it is written."""
        return iter(())

    def findings(self, judged: TemplateUnderReview) -> list[Finding]:
        """Return everything that is wrong with the template, each thing once, in its own paths."""
        if self.needs_settings and judged.settings is None:
            return []
        found = [(m.path, m) for m in self.judge_template(judged)]
        for case in judged.readings:
            found += [(case.reading.origin(m.path), m) for m in self.judge(case)]
        findings = (
            Finding(
                _existing(judged.template, path),
                _with_name(path, mismatch.text),
                mismatch.about or logical_id(path),
            )
            for path, mismatch in found
        )
        return list(dict.fromkeys(findings))

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Return the findings as cfn-lint wants them."""
        return [
            RuleMatch(list(found.path), f"{found.text}. {self.fix}", house_finding=found)
            for found in self.findings(case_of(cfn))
        ]


def _existing(template: object, path: Path) -> Path:
    """Return ``path`` as far as the template has it."""
    for length, step in enumerate(path):
        known = isinstance(template, dict) and step in template
        if isinstance(template, list) and isinstance(step, int):
            known = step < len(template)
        if not known:
            return path[:length]
        template = template[step]  # type: ignore[index] # it is known to be there
    return path


def _with_name(path: Path, text: str) -> str:
    """Return ``text`` after the name of what it is about, as seen from its resource."""
    inside = path[2:] if path[:1] in (("Resources",), ("Parameters",), ("Outputs",)) else path
    steps = inside[1:] if inside[:1] == ("Properties",) else inside
    name = ""
    for step in steps:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else str(step)
    if not name:
        name = str(path[1]) if len(path) > 1 else "the template"
    return f"{name} {text}"


_options: WeakKeyDictionary[Any, tuple[File | None, str]] = WeakKeyDictionary()
_cases: WeakKeyDictionary[Any, TemplateUnderReview] = WeakKeyDictionary()


def set_options(cfn: Any, root: str, environment: str) -> None:
    """Remember in which project and as which environment a template is judged."""
    _options[cfn] = (File(root) if root else None, environment)


def judge_as(cfn: Any, judged: TemplateUnderReview) -> None:
    """Make ``judged`` the case of a cfn-lint template, instead of one made from its file name."""
    _cases[cfn] = judged


def case_of(cfn: Any) -> TemplateUnderReview:
    """Return the case of a cfn-lint template; all rules share it."""
    if cfn not in _cases:
        root, environment = _options.get(cfn, (None, ""))
        file = File(cfn.filename) if cfn.filename and cfn.filename != "-" else None
        _cases[cfn] = under_review(cfn.template, file, root, environment)
    return _cases[cfn]
