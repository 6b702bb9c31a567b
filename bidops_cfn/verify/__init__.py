"""``verify``: is the specification true of the stack that runs, as AWS shows it now.

A check compares with ``spec`` and the settings, never with the template. It says ``holds`` only of
something that an answer holds; what is empty, denied, throttled or lost is *not observed*.
"""
