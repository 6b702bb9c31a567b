"""A scripted AWS: the sandbox's CloudFormation and ECS services, over resources of a script.

The sandbox's engine plays every operation, on a virtual clock; a script says how long its resources
take and which of them fail. The wire holds requests and answers against botocore's model, loses,
refuses or delays them, and interrupts.
"""
