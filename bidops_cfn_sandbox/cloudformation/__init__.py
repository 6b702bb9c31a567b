"""CloudFormation itself: templates, change sets, stacks, events, exports and rollback.

moto's own CloudFormation skips what it does not know and keeps only some properties, so the
sandbox answers this one service itself; every resource still lives in moto's backends::

    api -> calls -> stacks -> template, parameters, intrinsics -> changes -> operation -> models
"""
