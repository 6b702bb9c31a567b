"""``python -m judges``: ask every judge, print what each says, exit 1 where one finds something."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from subprocess import SubprocessError

from bidops_cfn.errors import BidopsCfnError
from judges.actionlint.judge import ACTIONLINT
from judges.checkov.judge import CHECKOV
from judges.guard.judge import GUARD
from judges.judgement import Judge, Judgement
from judges.ministack.judge import MINISTACK
from judges.nag.judge import NAG
from judges.policies.judge import POLICIES

JUDGES = (GUARD, NAG, CHECKOV, POLICIES, MINISTACK, ACTIONLINT)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask the judges that ``arguments`` name, or all, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m judges", description=__doc__)
    names = [one.name for one in JUDGES]
    parser.add_argument("only", nargs="*", metavar="JUDGE", help=f"one of {', '.join(names)}")
    wanted = parser.parse_args(arguments).only or names
    unknown = [name for name in wanted if name not in names]
    if unknown:
        parser.error(f"unknown judge {', '.join(unknown)}: judges are {', '.join(names)}")
    asked = [one for one in JUDGES if one.name in wanted]
    return max([ask(one) for one in asked], default=0)


def ask(judge: Judge) -> int:
    """Print what a judge says and return 0 where it finds nothing; what is missing is a failure."""
    print(f"{judge.name}: {judge.tool}", flush=True)  # before it thinks, which takes a while
    why = judge.missing()
    if why:
        print(f"  cannot judge: {why}")
        return 1
    try:
        judgements = judge.judge()
    except (BidopsCfnError, RuntimeError, SubprocessError) as error:
        details = error.details if isinstance(error, BidopsCfnError) else ()
        print("\n    ".join((f"  cannot judge: {error}", *details)))
        return 1
    for one in judgements:
        print("\n".join(f"  {line}" for line in describe(one)), flush=True)
    if judgements and all(one.holds for one in judgements):
        return 0
    if judge.advice:
        print(f"  what to do     {judge.advice}")
    return 1


def describe(one: Judgement) -> list[str]:
    """Return a judgement as lines."""
    verdict = "holds" if one.holds else "does not hold"
    head = f"{verdict:14} {one.question} ({one.looked_at} looked at)"
    found = [f"  found        {line}" for line in one.findings]
    return [head, *found, *(f"  cannot tell  {line}" for line in one.unknown)]


if __name__ == "__main__":
    sys.exit(main())
