"""Do the templates meet checkov's checks for CloudFormation?"""
