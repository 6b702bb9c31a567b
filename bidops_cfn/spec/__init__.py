"""What is expected and what is dangerous, in one place, apart from what builds.

Rules, proofs, reviews and comparisons read it; ``compute`` never does, so that what builds and what
judges cannot be wrong together by one line. Everything here is for the security team to approve,
first of all the reviewed lists: ``flows.toml``, ``allowed_permissions.toml``, ``services.toml``,
``regional.toml`` and ``looked_into.toml``, each beside the module that reads it.
"""
