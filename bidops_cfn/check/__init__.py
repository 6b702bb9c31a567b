"""Judging template files: read with care, run through cfn-lint and the house rules, report.

    file -> template_file -> engine (cfn-lint with bidops_cfn.rules, once) -> Report -> a form

What cannot be read or judged is a finding, never an exception and never a pass. ``text``,
``records``, ``sarif``, ``junit`` and ``github`` are the forms of a report; they import no cfn-lint,
so that a report that was kept can be shown without loading it.
"""
