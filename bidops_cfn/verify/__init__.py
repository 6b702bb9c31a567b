"""``verify``: is the specification true of the stack that runs, as AWS shows it now.

::

    table        every requirement, scenario and assumption -> the checks that look at it
    observed     the account, asked lazily; each of AWS's answers is fetched once
    configuration  cluster, services, task definitions, containers
    surroundings   load balancer, scaling, alarms, discovery
    network      live rules of groups, interfaces, subnets, zones
    roles        policies and trust of the roles; ``requests`` that IAM simulates
    measures     SC-001 to SC-011, from what happened since a moment
    assumptions  what the proofs take for granted
    survey       all checks at the same time, and the documents that show them
    drill        stop a task, and measure what follows: ``loss``

A check compares with ``spec`` and the settings, never with the template. It says ``holds`` only of
something that an answer holds; what is empty, denied, throttled or lost is *not observed*.
"""
