"""From a reviewed template to a running stack, by change set, in stages that are safe to repeat.

``preflight``   read-only checks, every finding at once: account, review, exports, images, ...
``state``       what the stack's status allows: create, update, wait, refuse
``change_set``  create, poll by ARN, page; ours is deleted unless it is executed or kept
``change_table``  what will happen, the dangerous first
``execution``   execute once, also when the answer is lost
``watch``       follow our own operation, collecting evidence while it exists
``verdict``     success only when ECS runs the stack's task definitions

``calls`` lists every AWS call; ``client`` is the one module that makes them, through boto3. The
rest is pure or takes a ``Runtime``: the wire to AWS, a clock, an output and someone to ask. Nothing
here renders a template: the text comes in.
"""
