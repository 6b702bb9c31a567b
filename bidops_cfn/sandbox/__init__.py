"""A local AWS for trying and testing: ``server.Sandbox`` on moto, with the other stacks deployed.

Nothing here is imported before somebody asks for a sandbox: moto takes seconds to import::

    *_stack + contents -> cloudformation -> models -> moto's backends <- application <- any client
"""
