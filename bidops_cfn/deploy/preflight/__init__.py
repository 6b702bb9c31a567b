"""Read-only checks before anything is created: every finding at once, one small file per family.

What the repository holds is judged first and always. AWS is asked only when it is the right account
and region: an answer from anywhere else would mislead.
"""
