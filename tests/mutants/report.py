"""``make mutants``: every mutant on every environment, killed by the house rules and by cfn-lint.

Prints killed/total per kind, and what cfn-lint finds without the house rules; names the survivors
and exits 1 when there is one. ``kills.tsv`` has, for each mutant, the rules that find it at the
logical id that it is about: the run fails where that is not what is found, and ``--write`` writes
it anew, for a review.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache

from bidops_cfn.check.cfn_lint import STOCK_RULES, Rules, decode_str
from bidops_cfn.check.cfn_lint import Template as LintTemplate
from bidops_cfn.check.engine import Configuration
from tests.mutants.corpus import ALL, HEADING, KILLS, killers, line_of
from tests.mutants.mutant import committed

# cfn-lint as it comes: errors and warnings.
DEFAULTS = Configuration(["us-east-1"], include_checks=("E", "W"), mandatory_checks=())


@cache
def stock_rules() -> Rules:
    """Return cfn-lint's own rules, loaded once in each process."""
    return Rules.create_from_directory(STOCK_RULES)


def stock_finds(text: str) -> bool:
    """Tell whether cfn-lint alone finds anything in a template."""
    template, matches = decode_str(text)
    if matches or template is None:
        return True
    cfn = LintTemplate("template.json", template, ["us-east-1"])
    return any(True for _ in stock_rules().run("template.json", cfn, DEFAULTS))


def judged(number: int) -> tuple[int, tuple[str, ...], bool, str]:
    """Return where a mutant survives, whether cfn-lint alone kills it, and its line of the list.

    cfn-lint takes half a second for each template: it sees one environment per mutant.
    """
    mutant = ALL[number]
    found = {one: killers(mutant, one) for one in mutant.environments}
    survived = tuple(one for one, rules in found.items() if not rules)
    shown = mutant.apply(committed(mutant.environments[number % len(mutant.environments)]))
    rules = frozenset.intersection(*found.values())  # in every environment
    return number, survived, stock_finds(json.dumps(shown, indent=1)), line_of(mutant, rules)


def main() -> int:
    """Print the table and return the exit code."""
    totals, killed, stock = Counter[str](), Counter[str](), Counter[str]()
    survivors: list[str] = []
    kills: list[str] = []
    with ProcessPoolExecutor() as pool:
        for number, survived, by_stock, line in pool.map(judged, range(len(ALL)), chunksize=8):
            kills.append(line)
            mutant = ALL[number]
            totals[mutant.kind] += 1
            killed[mutant.kind] += not survived
            stock[mutant.kind] += by_stock
            if survived:
                survivors.append(f"{mutant.kind} {mutant.logical_id}: {mutant.name} {survived}")
    lines = [
        f"{'class':<10}{'killed':>12}{'cfn-lint alone':>20}",
        *(_row(kind, killed[kind], stock[kind], totals[kind]) for kind in totals),
        _row("all", killed.total(), stock.total(), totals.total()),
        *(f"survives: {survivor}" for survivor in survivors),
    ]
    text = "".join(f"{line}\n" for line in (HEADING, *sorted(kills)))
    if "--write" in sys.argv:
        KILLS.write_text(text, "utf-8")
    lines += difflib.unified_diff(KILLS.read_text("utf-8").splitlines(), text.splitlines(), n=0)
    if KILLS.read_text("utf-8") != text:
        lines.append("read what changed, then: .venv/bin/python -m tests.mutants.report --write")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if survivors or KILLS.read_text("utf-8") != text else 0


def _row(name: str, killed: int, stock: int, total: int) -> str:
    return f"{name:<10}{f'{killed}/{total}':>12}{f'{stock}/{total}':>20}"


if __name__ == "__main__":
    sys.exit(main())
