"""The difference between two templates: access first, then resources, then everything else.

::

old, new -> access      facts that became possible or impossible, by set inclusion
         -> resources   added, removed, changed; replaced where a create-only property changes
         -> remainder   parameters, conditions, outputs, metadata
         -> Difference  -> text, Markdown or JSON
"""
