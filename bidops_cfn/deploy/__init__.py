"""From a reviewed template to a running stack, by change set, in steps that are safe to repeat.

::

    AWS              calls, faults -> client <- boto_client (the only one that imports boto3)
    what is there    stack, events, ecs_services; template reads a text
    what is wanted   target, parameters, plan_file
    may it begin     preflight/, guards
    what would be    change_set_request -> change_set, resource_change -> change_report
    may it be        guards, confirmation
    it happens       execution -> follow -> poll: operation, request; stack_policy, protection
    what is seen     evidence: service_evidence, service_deployments, stopped_tasks
    how it ended     verdict, failure, cause; stack_ids finds a stack that is gone
    the commands     deploy, execute_plan, watch, cancel, rollback, destroy, status, links, restart;
                     log_lines of logs, past_operations of events
    and helpers      restart_guards, restoring (a deleted service), status_reading, status_record,
                     neighbour_search of init-env, console addresses
    what is told     records, records_schema

Everything but ``boto_client`` is pure or takes a ``Runtime``: a client, a clock, chance, an output
for ``records`` and a terminal to ask at. Nothing here renders a template: the text comes in.
"""
