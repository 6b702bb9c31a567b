"""Facts of a rendered template: any template, as a plain dict, and not only ours.

Pure functions that never raise on malformed input. What cannot be resolved is unknown, taken at
its worst, and fails::

    template (dict) -> combinations -> Reading of each -> proofs, widening -> rules / review

``reading.read`` returns everything at once: a ``Reading`` for each way to answer all conditions and
listed parameter values, and why not all of them are there, if so. ``template_under_review`` puts it
beside settings and contract. Values are symbols in one canonical form (``symbols``), and every fact
carries the path of keys where it stands (``document``).
"""
