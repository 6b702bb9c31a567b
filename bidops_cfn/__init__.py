"""Render, prove and deploy the ECS compute stack of BidOps AI.

Data flows one way; each stage is a folder of that name::

    params/<env>.toml -> settings -> compute -> template text -> facts -> rules / review
                                                      `-----> deploy (text + stack name)

``spec`` holds what rules, proofs and reviews expect; nothing that builds reads it.
Everything up to the text is pure: no AWS, no clock, no environment variable. ``facts`` reads
any rendered template as a plain dict, ``rules`` and ``review`` judge and show those facts, and
``deploy`` receives template *text* and never sees how it was made; ``permissions`` says what
that takes. ``verify`` compares what runs with ``spec``. ``cli`` is the only place that prints
and exits. ``bidops_cfn_sandbox``, a package beside this one, is a local AWS in which the whole job
can be tried.
"""

__version__ = "0.1.0"
