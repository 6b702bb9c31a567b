"""Judging template files: read with care, run through cfn-lint and the house rules, report.

    file -> template_file -> engine (cfn-lint with bidops_cfn.rules, once) -> Report -> forms

What cannot be read or judged is a finding, never an exception and never a pass. ``forms`` and
``verdicts`` import no cfn-lint, so that a report that was kept is shown without loading it.
"""
