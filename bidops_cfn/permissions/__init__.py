"""What may be done with AWS, and by which role: ready IAM policies, narrowed as far as IAM allows.

Three roles deploy an environment's stack::

    reader          deploy.calls that only look ----------------------.
    deployer        every call of deploy.calls, PassRole, tags ---------> policy -> documents
    cloudformation  handlers of the template's resource types -> scopes -'

``deployer`` reads the closed list of calls, ``cloudformation`` what CloudFormation's own schemas
say that it calls for a resource type; ``scopes`` decides for each of these actions on what it is
granted, ``omissions`` why it is not. ``page`` writes ``docs/deploy-permissions.md`` from the same
decisions. Nothing here asks AWS: whatever only the account knows (ids of other stacks' resources)
stays open in an ARN.
"""
