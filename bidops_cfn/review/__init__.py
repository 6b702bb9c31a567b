"""What a security team reads: facts of a committed template, written as files that diff well.

Pure functions from a template's text and its settings to text; nothing here reads, writes or
prints::

    Subject (template + settings + facts) -> iam.tsv, network.tsv    one fact per line
                                          -> settings.tsv            every setting, its value
                                          -> REVIEW.md               verdicts, exposure, flow graph
    several Subjects                      -> ENVIRONMENTS.md         what differs, whether it may
                                          -> TRACEABILITY.md         requirement, verdict, evidence
                                          -> contract.json           what is taken from other stacks
                                          -> page/                   one self-contained HTML page
    two templates                         -> difference/             widened, narrowed, replaced
    Subject                               -> account                 inputs for AWS's own provers

``committed`` names them all. Facts and proofs come from ``bidops_cfn.facts``, which the house
rules use too: there is one truth, and this package only words it.
"""
