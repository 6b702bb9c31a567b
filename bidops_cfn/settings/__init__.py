"""Settings: what an environment may say, read, checked and made an ``Environment``.

``services`` and ``contract`` are the same everywhere. A setting is one field of a table in
``tables``, or of a service, of a kind that ``shapes`` and ``texts`` have; where values of other
stacks come from is a table of its own (``imports``, ``references``).
``environment`` is all of it together.

``load`` reads files (``toml_text``) and reports every ``problem`` at once: what a value's shape
refuses, then what no single key shows (``consistency``, ``names``). ``aws`` has what
AWS offers.
"""
