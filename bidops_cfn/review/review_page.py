"""``REVIEW.md``: what a security engineer reads first, on the code host that shows the change."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.document import pointer
from bidops_cfn.review.exposure_list import exposure_list, suppressions
from bidops_cfn.review.flow_graph import flow_graph, lines
from bidops_cfn.review.markdown import bullets, code, fence, page, plain, prose, table
from bidops_cfn.review.permission_facts import permission_facts
from bidops_cfn.review.permission_tables import capability_matrix
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.rule_packs import HERE
from bidops_cfn.review.settings_facts import WORDS, meaning, of_deployment, settings_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.verdicts import assumptions, box, proofs, unasked

HOW_TO_READ = (
    "Generated from `compute.json` and never edited. "
    "[`iam.tsv`](iam.tsv) and [`network.tsv`](network.tsv) hold every permission and flow, one per "
    "line: their diff is what a change does to access. "
    "[`settings.tsv`](settings.tsv) holds every setting with its value. This page is about what is "
    "possible; whether something is missing or malformed is for `bidops-cfn check`. "
    "[`../TRACEABILITY.md`](../TRACEABILITY.md) leads from each requirement to its evidence, "
    "[`../ENVIRONMENTS.md`](../ENVIRONMENTS.md) compares the environments."
)


def review_page(subject: Subject) -> str:
    """Return the text of ``REVIEW.md``."""
    return page(
        (
            f"# Review of {subject.name}",
            box(subject),
            HOW_TO_READ,
            *_graph(subject),
            *_proofs(subject),
            *_matrix(subject),
            *_exposure(subject),
            *_unasked(subject),
            *_deployment(subject),
            *_suppressions(subject),
            *_rule_packs(subject),
            *_deviations(),
        )
    )


def _proofs(subject: Subject) -> Iterator[str]:
    yield "## Proofs"
    yield (
        "Permissions and flows are taken at their widest: conditions and denials are ignored, what "
        "cannot be resolved counts as unknown, and unknown fails. Each claim holds for this "
        "template *given* the assumptions that it names. Claims are made of each role and service, "
        "and of what is asked of this environment alone: where SC-008 asks for no saving by Spot, "
        "there are fewer."
    )
    yield table(
        ("Claim", "Verdict", "Shown by", "Given"),
        (
            (
                plain(one.statement),
                one.outcome.replace(" ", "&nbsp;", 1),
                plain(one.witnesses),
                one.assumptions,
            )
            for one in proofs(subject)
        ),
    )
    numbered = assumptions(subject.verdicts).items()
    yield "What the template cannot show, and what has to be kept elsewhere:"
    yield bullets(f"**{number}** {prose(text)}" for text, number in numbered)


def _matrix(subject: Subject) -> Iterator[str]:
    yield "## Who may do what"
    yield "Number of actions by AWS service and access level, as the catalogue ranks them."
    yield capability_matrix(permission_facts(subject))


def _exposure(subject: Subject) -> Iterator[str]:
    found = exposure_list(subject)
    alarming = [one for one in found if one.alarming]
    yield "## Exposure"
    if not alarming:
        yield (
            "No public address, no address range in any rule, no implicit egress, no managed "
            "policy from outside, no missing container hardening, no resource that is not looked "
            "into. There on purpose:"
        )
    yield table(
        ("Kind", "Of", "What", "Asked for by"),
        (
            (
                f"❌ **{one.kind}**" if one.alarming else one.kind,
                plain(one.subject),
                code(one.shown),
                "**no requirement**" if one.alarming else one.requirement,
            )
            for one in found
        ),
    )


def _unasked(subject: Subject) -> Iterator[str]:
    if unasked(subject):
        yield "## What no requirement asks for"
        yield bullets(unasked(subject))


def _deployment(subject: Subject) -> Iterator[str]:
    yield "## Deployment"
    yield "What of the settings stands in no template. [`settings.tsv`](settings.tsv) has them all."
    yield table(
        ("Setting", "Value", "What it decides"),
        (
            (
                f"❌ **{code(one.key)}**" if one.concern else code(one.key),
                code(WORDS.get(one.value, one.value)),
                plain(meaning(subject, one)),
            )
            for one in settings_facts(subject)
            if of_deployment(one.key)
        ),
    )


def _graph(subject: Subject) -> Iterator[str]:
    yield "## Flows"
    yield (
        "TCP ports; an arrow starts where the connection is opened. Dotted: promised by another "
        "stack. Thick: no requirement asks for it."
    )
    yield fence("mermaid", "\n".join(lines(flow_graph(subject))))


def _suppressions(subject: Subject) -> Iterator[str]:
    found = list(suppressions(subject.template))
    yield "## Suppressions"
    yield (
        bullets(f"❌ {code(word)} at {code(pointer(path))}" for word, path in found)
        if found
        else "None: nothing in the template tells a checker to look away."
    )


def _rule_packs(subject: Subject) -> Iterator[str]:
    yield "## Other rule packs"
    judged = [
        (rules, pack)
        for rules in subject.rule_lists
        for pack in rules.packs.values()
        if subject.name in pack.passed
    ]
    if not judged:
        yield "Not judged: no `templates/findings-*.toml` of the project names this environment."
        return
    yield (
        "Rules of others that apply to this template, as `templates/findings-*.toml` list them. "
        "`make judges` asks the tools again, and fails where a list says something else."
    )
    yield table(
        ("Rule pack", "Judged by", "Rules that pass", "Rules not met"),
        (
            (
                plain(pack.title),
                plain(rules.tool),
                str(pack.passed[subject.name]),
                str(rules.deviating(pack, subject.name)),
            )
            for rules, pack in judged
        ),
    )
    yield table(
        ("Not met", "By", "Why it stays"),
        (
            (
                ", ".join(code(rule.replace(HERE, subject.name)) for rule in one.rules),
                ", ".join(map(code, one.resources)),
                prose(one.reason),
            )
            for rules in subject.rule_lists
            for one in rules.deviation
            if subject.name in one.environments
        ),
    )


def _deviations() -> Iterator[str]:
    yield "## How we read the specification"
    yield "Where it contradicts itself or AWS, and what was done instead of the letter."
    yield table(
        ("Requirement", "Our reading"),
        ((one.id, one.reading) for one in requirements().values() if one.reading),
    )
