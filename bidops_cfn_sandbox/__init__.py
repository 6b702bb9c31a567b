"""A local AWS for trying and testing: ``server.Sandbox`` on moto, with the other stacks deployed.

Nothing here is imported before a sandbox is asked for: moto takes seconds to import::

    *_stack + contents -> cloudformation -> models -> moto's backends <- application <- any client
"""
