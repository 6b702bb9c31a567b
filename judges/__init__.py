"""Judges of what this repository makes that are not of its making; ``make judges`` runs them.

Each judge is a folder with its pinned tool and a module that returns ``Judgement``s; ``JUDGES`` in
``__main__`` lists them. A tool runs as a process of its own and is never imported or shipped.
"""
