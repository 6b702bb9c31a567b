"""Read-only checks before anything is created: every finding at once, one small file per check.

``survey`` runs them all at the same time; ``context`` and ``network`` hold what several ask for,
and ask for it once (``together``); ``judgement`` makes one finding of several.

What the repository holds is judged first and always. AWS is asked only when it is the right account
and region: an answer from anywhere else would mislead.
"""
