"""Do the templates meet cdk-nag's packs: AWS Solutions, NIST 800-53 R5, HIPAA, PCI DSS 3.2.1?

cdk-nag judges CDK applications; ``CfnInclude`` makes one of a finished template.
"""
