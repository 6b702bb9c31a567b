"""Judges one template by COUNT house rules, each as often as it takes.

Without cfn-lint's own, to see what a rule of ours costs: ``python -m benchmarks.rules COUNT``.
"""

from __future__ import annotations

import json
import sys
from itertools import cycle, islice

from benchmarks.workspace import TEMPLATE
from bidops_cfn.facts.template_under_review import under_review
from bidops_cfn.rules import house_rules


def main(count: int) -> None:
    judged = under_review(json.loads(TEMPLATE.read_text(encoding="utf-8")), TEMPLATE)
    rules = list(islice(cycle(house_rules()), count))
    found = sum(len(rule.findings(judged)) for rule in rules)
    print(f"{len(rules)} rules, {found} findings")


main(int(sys.argv[1]))
