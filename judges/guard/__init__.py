"""Do the templates meet AWS Control Tower's proactive controls?

The rules and the Guard binary that runs them are those of ``@cdklabs/cdk-validator-cfnguard``. An
organization that turns the controls on has them as hooks, which refuse a stack.
"""
