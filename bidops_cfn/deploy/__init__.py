"""From a reviewed template to a running stack, by change set, in steps that are safe to repeat.

::

    AWS              calls, faults -> client <- boto_client (the only one that imports boto3)
    what is there    stack, events, ecs_services, tasks; template reads a text
    what is wanted   target
    may it begin     preflight/, guards
    what would be    change_set_request -> change_set -> resource_change
    it happens       execution -> follow -> poll: operation; protection, cancellation
    what is seen     evidence: ecs_services, tasks; running_images
    how it ended     verdict
    the commands     deploy, plan, rollback (and cancel), destroy, restart, stack_set,
                     status, watch (and events), log_lines (logs), console (open)
    and helpers      drift, mounted_secrets
    what is told     records, state_records, records_schema

Everything but ``boto_client`` is pure or takes a ``Runtime``: a client, a clock, chance, an output
for ``records`` and a terminal to ask at. Nothing here renders a template: the text comes in.
"""
