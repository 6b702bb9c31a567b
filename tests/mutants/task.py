from __future__ import annotations

from tests.mutants.mutant import (
    add,
    attr,
    copy_of,
    drop,
    hidden,
    mutants,
    put,
    ref,
    resource,
)

C = "ContainerDefinitions/0/"
LOG = C + "LogConfiguration/Options/"
LINUX = C + "LinuxParameters/"
SIDECAR = {"Name": "sidecar", "Image": "busybox", "Essential": False}


def reference(old: object) -> object:
    """Return an image of the same repository with a fixed tag instead of the parameter."""
    assert isinstance(old, dict)
    return {"Fn::Join": ["", [old["Fn::Join"][1][0], ":latest"]]}


TASK = mutants(
    "task",
    {
        "BffTaskDefinition": {
            "task role from outside": put("TaskRoleArn", "arn:aws:iam::111111111111:role/admin"),
            "cpu by parameter": put("Cpu", ref("BffDesiredCount")),
            "volume": put("Volumes", [{"Name": "v"}]),
            "proxy": put("ProxyConfiguration", {"ContainerName": "bff"}),
            "sidecar": add("ContainerDefinitions", SIDECAR),
            "second port": add(C + "PortMappings", {"ContainerPort": 9229}),
            "image from Docker Hub": put(C + "Image", "library/node:20"),
            "image without reference": put(C + "Image", lambda old: old["Fn::Join"][1][0]),
            "password in plain text": add(
                C + "Environment", {"Name": "DATABASE_PASSWORD", "Value": "hunter2"}
            ),
            "secret as plain variable": (
                drop(C + "Secrets/1"),
                add(C + "Environment", {"Name": "SESSION_SECRET", "Value": "x"}),
            ),
            "log group by name": put(LOG + "awslogs-group", "/ecs/bff"),
            "log group made at run time": put(LOG + "awslogs-create-group", "true"),
            "another region": put(LOG + "awslogs-region", "eu-west-1"),
            "root writable in a branch": hidden(C + "ReadonlyRootFilesystem", False),
            "executable tmp": put(LINUX + "Tmpfs/0/MountOptions", ["rw", "exec"]),
            "tmpfs of another size": put(LINUX + "Tmpfs/0/Size", 4096),
            "stop timeout above Fargate's": put(C + "StopTimeout", 300),
            "health check by an assumed curl": put(
                C + "HealthCheck/Command", ["CMD-SHELL", "curl -f http://localhost:3000"]
            ),
            "interactive": put(C + "Interactive", True),
        },
        "AgentCoreTaskDefinition": {
            "tmpfs that belongs to root": put(LINUX + "Tmpfs/0/MountOptions", lambda old: old[:-1]),
            "roles swapped": (
                put("ExecutionRoleArn", attr("AgentCoreTaskRole", "Arn")),
                put("TaskRoleArn", attr("AgentCoreExecutionRole", "Arn")),
            ),
            "BFF's roles": (
                put("ExecutionRoleArn", attr("BffExecutionRole", "Arn")),
                put("TaskRoleArn", attr("BffTaskRole", "Arn")),
            ),
            "size of another environment": (put("Cpu", "4096"), put("Memory", "8192")),
            "bucket by name": put(C + "Environment/2/Value", "another-bucket"),
            "password in a URL": add(
                C + "Environment", {"Name": "BROKER", "Value": "amqp://guest:guest@mq:5672"}
            ),
        },
        "Extra": {"a task definition that no service runs": copy_of("BffTaskDefinition")},
    },
)


LB = mutants(
    "lb",
    {
        "BffTargetGroup": {
            "another VPC": put("VpcId", "vpc-0123456789abcdef0"),
            "health path removed": drop("HealthCheckPath"),
            "timeout 25": put("HealthCheckTimeoutSeconds", 25),
            "unhealthy after 2": put("UnhealthyThresholdCount", 2),
            "any answer is healthy": put("Matcher/HttpCode", "200-499"),
            "slow deregistration": put("TargetGroupAttributes/0/Value", "300"),
            "health in a branch": hidden("HealthCheckPath", "/"),
        },
        "BffListenerRule": {
            "another priority": put("Priority", 101),
            "conditions removed": drop("Conditions"),
            "another host": put("Conditions/0/HostHeaderConfig/Values", ["evil.example"]),
            "a host more": add("Conditions/0/HostHeaderConfig/Values", "other.example"),
            "by path instead": put(
                "Conditions/0", {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
            ),
            "listener by ARN": put("ListenerArn", "arn:aws:elasticloadbalancing:x"),
            "fixed answer": put(
                "Actions/0",
                {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}},
            ),
            "redirect": put(
                "Actions/0", {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}
            ),
            "another target group": put("Actions/0/TargetGroupArn", "arn:aws:x:targetgroup/y"),
            "forward split": add("Actions", {"Type": "forward", "TargetGroupArn": "arn:x"}),
            "authentication first": add("Actions", {"Type": "authenticate-oidc", "Order": 1}),
        },
        "BffService": {
            "wrong container port": put("LoadBalancers/0/ContainerPort", 3001),
            "another target group": put("LoadBalancers/0/TargetGroupArn", "arn:aws:x:y"),
            "registered twice": add(
                "LoadBalancers",
                {
                    "ContainerName": "bff",
                    "ContainerPort": 3000,
                    "TargetGroupArn": ref("BffTargetGroup"),
                },
            ),
            "classic load balancer": put("LoadBalancers/0/LoadBalancerName", "old"),
        },
        "Extra": {
            "a listener of our own": resource(
                "AWS::ElasticLoadBalancingV2::Listener",
                LoadBalancerArn="x",
                Port=443,
                Protocol="HTTPS",
                DefaultActions=[{"Type": "forward", "TargetGroupArn": ref("BffTargetGroup")}],
            ),
            "a second rule": copy_of("BffListenerRule"),
            "a second target group": copy_of("BffTargetGroup"),
            "a load balancer": resource("AWS::ElasticLoadBalancingV2::LoadBalancer"),
        },
    },
)
