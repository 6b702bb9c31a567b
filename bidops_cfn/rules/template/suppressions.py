"""E9003: nothing in a template may silence a check."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule

TOOLS = frozenset({"cfnlint", "cfnnag", "checkov", "guard", "cfnguard", "snyk", "kics", "trivy"})
WORDS = frozenset({"ignorechecks", "suppressedrules", "rulestosuppress", "skip", "configurerules"})


class Suppressions(HouseRule):
    """A suppression would let the author of a template decide what is found in it.

    cfn-lint, checkov, cfn-guard and cfn_nag read suppressions from the metadata of templates and
    resources. bidops-cfn makes every check mandatory, so that they have no effect; plain cfn-lint
    needs --mandatory-checks E W I for the same.
    """

    id = "E9003"
    shortdesc = "Template suppresses no check"
    source_url = "https://github.com/aws-cloudformation/cfn-lint#metadata"
    requirements = ("template",)
    fix = (
        "Remove the suppression, which nothing in bidops_cfn/compute/ writes, and fix what it hides"
    )

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        """Look through the metadata of the template and of each resource."""
        yield from _suppressions(judged.template.get("Metadata"), ("Metadata",))
        for logical_id, raw in mapping(judged.template.get("Resources")).items():
            path: Path = ("Resources", str(logical_id), "Metadata")
            yield from _suppressions(mapping(raw).get("Metadata"), path)


def _suppressions(metadata: object, path: Path) -> Iterator[Mismatch]:
    waiting = [(metadata, path)]
    while waiting:
        node, here = waiting.pop()
        if isinstance(node, dict):
            for name, value in node.items():
                plain = str(name).lower().replace("-", "").replace("_", "")
                if plain in TOOLS or plain in WORDS:
                    yield Mismatch(
                        (*here, str(name)), "suppresses checks, which has no effect here"
                    )
                else:
                    waiting.append((value, (*here, str(name))))
        elif isinstance(node, (list, tuple)):
            waiting.extend((value, (*here, index)) for index, value in enumerate(node))
