"""Small templates to compare: one resource, or a few, with what a test is about."""

from __future__ import annotations

from typing import Any

from bidops_cfn.facts.reading import read
from bidops_cfn.facts.widening import Change, changes

Json = Any
W, N, U = Change.WIDENED, Change.NARROWED, Change.UNKNOWN


def template(kind: str, properties: Json, **sections: Json) -> Json:
    return {"Resources": {"R": {"Type": kind, "Properties": properties}}, **sections}


def verdicts(old: Json, new: Json) -> set[Change]:
    return {one.change for one in changes(read(old), read(new))}


def told(old: Json, new: Json) -> list[str]:
    return [one.told for one in changes(read(old), read(new))]


def statement(**elements: Json) -> Json:
    found = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}
    return {name: value for name, value in found.items() if value is not None}


def role(*statements: Json, **properties: Json) -> Json:
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": list(statements)}}
    trust = {"Statement": trusting(Service="ecs-tasks.amazonaws.com")}
    whole = {"AssumeRolePolicyDocument": trust, "Policies": [policy], **properties}
    return template("AWS::IAM::Role", whole)


def trusting(condition: Json = None, action: Json = "sts:AssumeRole", **principal: Json) -> Json:
    found = {"Effect": "Allow", "Action": action, "Principal": principal or "*"}
    return {**found, "Condition": condition} if condition else found


def trusted(*statements: Json) -> Json:
    return role(AssumeRolePolicyDocument={"Statement": list(statements)})


def if_equals(key: str, *values: Json) -> Json:
    return {"StringEquals": {key: list(values)}}


ROOT = "arn:aws:iam::111111111111:root"


DENY = statement(Effect="Deny", Action="s3:DeleteBucket")
ALL_S3 = statement(Action="s3:*")
ACCOUNT = "aws:SourceAccount"
BUCKET = "arn:aws:s3:::app-logs/*"


def group(*rules: Json, **properties: Json) -> Json:
    out = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}]
    whole = {"SecurityGroupIngress": list(rules), "SecurityGroupEgress": out, **properties}
    return template("AWS::EC2::SecurityGroup", whole)


def rule(first: Json = 443, last: Json = None, protocol: Json = "tcp", **peer: Json) -> Json:
    ports = {"FromPort": first, "ToPort": first if last is None else last}
    return {"IpProtocol": protocol, **ports, **(peer or {"CidrIp": "10.0.0.0/8"})}


def policy(kind: str, step: str, **elements: Json) -> Json:
    open_to = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "*", "Resource": "*"}
    return template(kind, {step: {"Statement": [{**open_to, **elements}]}})


def container(**definition: Json) -> Json:
    own = {"Name": "a", "Image": "x@sha256:1", "ReadonlyRootFilesystem": True, "User": "1000"}
    return template(
        "AWS::ECS::TaskDefinition",
        {"NetworkMode": "awsvpc", "ContainerDefinitions": [{**own, **definition}]},
    )


def equal(*sides: Json) -> Json:
    return {"Fn::Equals": list(sides)}
