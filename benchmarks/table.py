"""The results as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.case import Case, Sample

HEADER = (
    "| | ratio | middle half | processor time | peak MiB | runs | target |",
    "|---|---|---|---|---|---|---|",
)


def shown(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.1f}"


def rows(samples: Mapping[Case, Sequence[Sample]], base: Sequence[Sample]) -> Iterator[str]:
    """Yield a row per case: medians in ratio to those of ``base``, and the spread of the wall."""
    wall = statistics.median(sample.wall for sample in base)
    processor = statistics.median(sample.processor for sample in base)
    for case, taken in samples.items():
        walls = sorted(sample.wall / wall for sample in taken)
        low, _, high = (
            statistics.quantiles(walls, method="inclusive") if len(walls) > 1 else (walls * 3)
        )
        yield (
            f"| {case.name} | **{shown(statistics.median(walls))}** "
            f"| {shown(low)} to {shown(high)} "
            f"| {shown(statistics.median(s.processor for s in taken) / processor)} "
            f"| {statistics.median(sample.memory for sample in taken):.0f} "
            f"| {len(taken)} | {case.target} |"
        )


def table(samples: Mapping[Case, Sequence[Sample]], base: Sequence[Sample]) -> str:
    return "\n".join([*HEADER, *rows(samples, base)])


def skipped(cases: Sequence[Case]) -> str:
    return "\n".join(f"- {case.name}: {case.missing}" for case in cases if case.missing)
