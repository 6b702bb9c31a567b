"""Read-only checks before anything is created: every finding at once.

``survey`` runs them all at the same time; ``context`` and ``network`` hold what several ask for,
and ask for it once.

What the repository holds is judged first and always. AWS is asked only when it is the right account
and region: an answer from anywhere else would mislead.
"""
