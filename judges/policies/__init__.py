"""Do the printed IAM policies allow what a deployment does, and nothing of a list of bad things?

The evaluator is ``@cloud-copilot/iam-simulate``. A deployment is made in the sandbox; ``recorder``
writes down every call on the wire, ``deployer_requests`` and ``service_requests`` turn the calls of
the tool and of CloudFormation into what IAM is asked, from botocore's names, the catalogue of
actions and the ids of the resources that were made: not from the policies' own decisions.
"""
