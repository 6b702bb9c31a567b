"""A scripted AWS: enough of CloudFormation and ECS to play every way a deployment can go.

It speaks the shapes of botocore's own model (requests and answers are held against it), runs on a
virtual clock, and does what a scenario says: fail here, be slow there, lose an answer, interrupt.
"""
