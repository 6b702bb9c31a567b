"""What a template may hold at all: sections, attributes, names and properties."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path, mapping, steps_in
from bidops_cfn.facts.flows import GROUP
from bidops_cfn.facts.roles import ROLE
from bidops_cfn.facts.services import SERVICE, TARGET_GROUP, TASK_DEFINITION
from bidops_cfn.facts.template_under_review import (
    ALARM,
    LOG_GROUP,
    ReadingUnderReview,
    TemplateUnderReview,
)
from bidops_cfn.rules import house_rules
from bidops_cfn.rules._expect import SOME_TEXT, Forbidden, Maybe, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules._values import IN_CONTAINER, Rows, Values

MOST_BYTES = 51_200  # of a template that is sent without S3; indentation is not sent (ADR 0011)
NAMED = re.compile(r"\benvironment ([a-z][a-z0-9-]*)")
SECTIONS = {
    "AWSTemplateFormatVersion", "Conditions", "Description", "Metadata", "Outputs", "Parameters",
    "Resources",
}  # fmt: skip


class Form(HouseRule):
    """Template has only reviewed sections and fits in a request.

    A template above 51,200 bytes, indentation not counted, needs S3 to be deployed. Transform,
    Mappings, Rules and Hooks change what a template means without a reviewer seeing it in the
    resources.
    """

    id = "E9001"
    source = "cfn/cloudformation-limits"
    fix = (
        "In bidops_cfn/compute/template.py, bake what a section holds into the resources; move "
        "services of a large template to another stack"
    )

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        for name in judged.template:
            if name not in SECTIONS:
                yield Mismatch((str(name),), "is a section that no requirement asks for")
        form = {"AWSTemplateFormatVersion": "2010-09-09", "Description": Maybe(SOME_TEXT)}
        yield from expect(judged.template, form, ())
        said = NAMED.search(symbols.text(judged.template.get("Description")) or "")
        if said and said[1] != judged.environment != "":
            yield Mismatch(("Description",), f"names {said[1]}, and is of {judged.environment}")
        size = len(json.dumps(judged.template, separators=(",", ":"), default=str))
        if size > MOST_BYTES:
            yield Mismatch((), f"has {size:,} bytes without indentation, may have {MOST_BYTES:,}")


EVERYWHERE = frozenset({"Type", "Properties"})
ALLOWED = {
    SERVICE: EVERYWHERE | {"DependsOn"},
    LOG_GROUP: EVERYWHERE | {"DeletionPolicy", "UpdateReplacePolicy"},
}


class Attributes(HouseRule):
    """Resources carry reviewed attributes only.

    Condition, Metadata, CreationPolicy, UpdatePolicy and the deletion policies change when and
    whether a resource exists, beside what its properties say. Services depend on others, log groups
    say what becomes of them; no other resource needs an attribute.
    """

    id = "E9005"
    source = "cfn/aws-product-attribute-reference"
    fix = "Remove the attribute where bidops_cfn/compute/ writes it"

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        for logical_id, raw in mapping(judged.template.get("Resources")).items():
            declared = mapping(raw)
            kind = declared.get("Type")
            allowed = ALLOWED.get(kind if isinstance(kind, str) else "", EVERYWHERE)
            for name in declared:
                if name not in allowed:
                    path = ("Resources", str(logical_id), str(name))
                    yield Mismatch(path, "is an attribute that no requirement asks for")


# Tools that read suppressions, and words that begin one.
SUPPRESSING = {
    "cfnguard", "cfnlint", "cfnnag", "checkov", "configurerules", "guard", "ignorechecks", "kics",
    "rulestosuppress", "skip", "snyk", "suppressedrules", "trivy",
}  # fmt: skip


class Suppressions(HouseRule):
    """Template suppresses no check.

    A suppression would let the author of a template decide what is found in it. cfn-lint, checkov,
    cfn-guard and cfn_nag read suppressions from the metadata of templates and resources. bidops-cfn
    makes every check mandatory, so that they have no effect; plain cfn-lint needs
    --mandatory-checks E W I for the same.
    """

    id = "E9003"
    source = "https://github.com/aws-cloudformation/cfn-lint#metadata"
    fix = (
        "Remove the suppression, which nothing in bidops_cfn/compute/ writes, and fix what it hides"
    )

    def judge_template(self, judged: TemplateUnderReview) -> Iterator[Mismatch]:
        yield from _suppressions(judged.template.get("Metadata"), ("Metadata",))
        for logical_id, raw in mapping(judged.template.get("Resources")).items():
            path: Path = ("Resources", str(logical_id), "Metadata")
            yield from _suppressions(mapping(raw).get("Metadata"), path)


def _suppressions(metadata: object, path: Path) -> Iterator[Mismatch]:
    waiting = [(path, metadata)]
    while waiting:
        here, node = waiting.pop()
        plain = str(here[-1]).lower().replace("-", "").replace("_", "")
        if plain in SUPPRESSING:
            yield Mismatch(here, "suppresses checks, which has no effect here")
        else:
            waiting += steps_in(node, here)


GENERATED = Forbidden("fixes a name that must be generated")


class PhysicalNames(Values):
    """Physical names are generated.

    A fixed name turns a change that replaces the resource into one that fails. CloudFormation
    creates the replacement of a resource before it deletes the old one. With a fixed name the two
    collide and the update fails.
    """

    id = "E9011"
    source = "cfn/aws-properties-name"
    fix = (
        "Remove the name where bidops_cfn/compute/ writes it; read the generated one from an output"
    )
    rows: ClassVar[Rows] = {
        "AWS::ECS::Cluster": {"ClusterName": GENERATED},
        SERVICE: {"ServiceName": GENERATED},
        TARGET_GROUP: {"Name": GENERATED},
        ROLE: {"RoleName": GENERATED},
        GROUP: {"GroupName": GENERATED},
        LOG_GROUP: {"LogGroupName": GENERATED},
        ALARM: {"AlarmName": GENERATED},
    }


class ReviewedProperties(HouseRule):
    """Every property is one that a rule judges.

    What no rule judges was not thought of. Each rule names the properties whose every value it
    judges. A property beside them may be harmless, but what it does was not reviewed.
    """

    id = "E9006"
    source = "cfn/aws-template-resource-type-ref"
    fix = (
        "Remove the property where bidops_cfn/compute/ writes it, or judge it in bidops_cfn/rules/"
    )

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for resource in case.reading.document.resources.values():
            if resource.type not in judged_properties():
                continue  # a type that no requirement asks for is a finding of E9004
            for name in resource.properties:
                if name not in judged_properties()[resource.type]:
                    yield Mismatch(resource.at(name), "is a property that no rule judges")
        judged = judged_properties()[TASK_DEFINITION]
        for task in case.reading.task_definitions.values():
            for container in task.containers:
                for name in container.definition:
                    if IN_CONTAINER + name not in judged:
                        path = (*container.path, name)
                        yield Mismatch(path, "is a property that no rule judges")


@cache
def judged_properties() -> dict[str, frozenset[str]]:
    """Return, by resource type, the properties that at least one rule judges."""
    judged: dict[str, frozenset[str]] = {}
    for rule in house_rules():
        for kind, name in rule.judges:
            judged[kind] = judged.get(kind, frozenset()) | {name}
    judged[TASK_DEFINITION] = judged[TASK_DEFINITION] | {"ContainerDefinitions"}
    return judged
