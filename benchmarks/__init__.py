"""How long whole commands take, against others: ``make bench``, or ``python -m benchmarks --help``.

Figures are ratios to ``python -c pass`` of the same interpreter, since only ratios hold from one
machine to the next. Every case runs as a process of its own, in turn with all others, and its exit
code and output are checked: what fails fast is no result. Peers run where they are installed
(``make bench-peers``) and are skipped with a reason where they are not.

::

    ours, others -> case -> rounds (through meter) -> table
    deployment: a local CloudFormation that takes its time, for each of three clients
"""
