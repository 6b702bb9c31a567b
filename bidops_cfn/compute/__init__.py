"""Pure builders, one file per resource family: settings in, a list of resources out.

Families refer to each other by logical id only (``logical_ids``), never by importing one another.
"""
