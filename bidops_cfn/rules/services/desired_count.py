"""E9603: how many tasks a service starts with."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import descend, mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules._expect import Mismatch, used_once
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.spec.parts import Part

NOTHING = {symbols.REF: symbols.NO_VALUE}


class DesiredCount(HouseRule):
    """A literal 2 scales a busy service in at every update.

    Fn::If of the count's condition, the count's parameter, and AWS::NoValue. Without the property a
    new service has one task; with a literal every update resets what scaling did. A service's
    parameter is its own.
    """

    id = "E9603"
    shortdesc = "Desired counts are parameters, and 0 leaves the running count alone"
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html"
    )
    requirements = ("FR-019", "FR-020", "FR-037", "US3-3")
    fix = (
        "In bidops_cfn/compute/services.py, use Fn::If with the desired count's condition and "
        "parameter, else AWS::NoValue"
    )
    judges = properties(SERVICE, "DesiredCount")

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        """Compare each service's count as it is written: its branches are what matters."""
        users: dict[Path, str] = {}
        for path in dict.fromkeys(_counts(judged)):
            written = symbols.canonical(descend(judged.template, *path))
            count = descend(written, symbols.IF, 1)
            name = descend(count, symbols.REF)
            form = {symbols.IF: [descend(written, symbols.IF, 0), count, NOTHING]}
            declared = mapping(judged.template.get("Parameters"))
            if isinstance(name, str) and name in declared and symbols.same(written, form):
                users[path] = name
            else:
                shown = "missing" if written is None else symbols.show(written)
                text = f"is {shown}, must be the count's parameter where it is given"
                yield Mismatch(path, text)
        yield from used_once(users)


def _counts(judged: TemplateUnderReview) -> Iterator[Path]:
    for case in judged.readings:
        for service in case.services:
            for resource in case.parts.all(service.name, Part.SERVICE):
                yield resource.at("DesiredCount")
