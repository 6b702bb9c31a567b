"""E9005: what may stand beside a resource's properties."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.played_parts import LOG_GROUP
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.facts.template_under_review import TemplateUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule

EVERYWHERE = frozenset({"Type", "Properties"})
ALLOWED = {
    SERVICE: EVERYWHERE | {"DependsOn"},
    LOG_GROUP: EVERYWHERE | {"DeletionPolicy", "UpdateReplacePolicy"},
}


class Attributes(HouseRule):
    """Attributes change when and whether a resource exists, beside what its properties say.

    Condition, Metadata, CreationPolicy, UpdatePolicy and the deletion policies change when and
    whether a resource exists. Services depend on others, log groups say what becomes of them; no
    other resource needs an attribute.
    """

    id = "E9005"
    shortdesc = "Resources carry reviewed attributes only"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "aws-product-attribute-reference.html"
    )
    requirements = ("template",)
    fix = "Remove the attribute where bidops_cfn/compute/ writes it"

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        """Look at each resource as it is written."""
        for logical_id, raw in mapping(judged.template.get("Resources")).items():
            declared = mapping(raw)
            kind = declared.get("Type")
            allowed = ALLOWED.get(kind if isinstance(kind, str) else "", EVERYWHERE)
            for name in declared:
                if name not in allowed:
                    path = ("Resources", str(logical_id), str(name))
                    yield Mismatch(path, "is an attribute that no requirement asks for")
