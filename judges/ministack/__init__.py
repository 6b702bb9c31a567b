"""Does a CloudFormation that is not ours deploy the stack?"""
