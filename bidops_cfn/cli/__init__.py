"""The command line: one thin file per command, imported only when that command runs.

``main`` is the console script. It is the only place that turns an error into an exit code, and
data goes to stdout while people read stderr.
"""

from __future__ import annotations

import sys

from bidops_cfn.cli.root import root

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code (``docs/operator.md``)."""
    sys.exit(root(sys.argv[1:]))
