"""The command line: a file for each family of commands, imported only when one of it runs.

``main`` is the console script. It is the only place that turns an error into an exit code, and
data goes to stdout while people read stderr.
"""

from __future__ import annotations

import gc
import sys

from bidops_cfn.cli.deferred import defer_unused

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code (``docs/operator.md``)."""
    # Imports make a hundred thousand objects that stay: looking for garbage in them finds none.
    gc.set_threshold(100_000)
    defer_unused()
    from bidops_cfn.cli.root import root

    code = root(sys.argv[1:])
    gc.freeze()  # nor does the search when the interpreter ends
    sys.exit(code)
