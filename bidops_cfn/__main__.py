"""``python -m bidops_cfn``: the command line, where the console script is not on the path."""

from bidops_cfn.cli import main

main()
