"""From a reviewed template to a running stack, by change set, in steps that are safe to repeat.

::

    the line to AWS    calls, faults -> wire <- client (the only one that imports boto3)
    what is there      stack, change, change_set, events, services; template reads a text
    what is wanted     target, images, parameters, plan_file
    may we             preflight/, state -> admission, clearance; standing
    what would happen  proposal -> draft -> change_table, widening, validation -> change_report
    may it             guards, counts, consent
    it happens         launch -> execution -> operation, watch, evidence, attend; attachment
    how it ended       conclusion -> verdict, protection, failure
    the commands       deployment, planned, rejoin, cancel, rollback, deletion, destroy, status

Everything but ``client`` is pure or takes a ``Runtime``: the wire, a clock, chance, an output for
``records`` and somebody to ask. Nothing here renders a template: the text comes in.
"""
