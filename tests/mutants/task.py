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
    removed,
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
            "memory doubled": put("Memory", lambda old: str(int(old) * 2)),
            "cpu of 256": put("Cpu", "256"),
            "cpu by parameter": put("Cpu", ref("BffDesiredCount")),
            "host network": put("NetworkMode", "host"),
            "on instances too": add("RequiresCompatibilities", "EC2"),
            "compatibilities removed": drop("RequiresCompatibilities"),
            "Windows": put("RuntimePlatform/OperatingSystemFamily", "WINDOWS_SERVER_2022_CORE"),
            "family of another environment": put("Family", "bidopsai-x-bff"),
            "shared process ids": put("PidMode", "task"),
            "volume": put("Volumes", [{"Name": "v"}]),
            "more ephemeral storage": put("EphemeralStorage", {"SizeInGiB": 200}),
            "proxy": put("ProxyConfiguration", {"ContainerName": "bff"}),
            "sidecar": add("ContainerDefinitions", SIDECAR),
            "not essential": put(C + "Essential", False),
            "essential removed": drop(C + "Essential"),
            "wrong container name": put(C + "Name", "web"),
            "port 3001": put(C + "PortMappings/0/ContainerPort", 3001),
            "the other's port": put(C + "PortMappings/0/ContainerPort", 8080),
            "UDP": put(C + "PortMappings/0/Protocol", "udp"),
            "second port": add(C + "PortMappings", {"ContainerPort": 9229}),
            "ports removed": drop(C + "PortMappings"),
            "image from Docker Hub": put(C + "Image", "library/node:20"),
            "image without reference": put(C + "Image", lambda old: old["Fn::Join"][1][0]),
            "wrong environment": put(C + "Environment/2/Value", "staging"),
            "agent's URL without TLS name": put(
                C + "Environment/0/Value", "http://10.0.21.10:8080"
            ),
            "password in plain text": add(
                C + "Environment", {"Name": "DATABASE_PASSWORD", "Value": "hunter2"}
            ),
            "variable more": add(C + "Environment", {"Name": "NODE_OPTIONS", "Value": "--inspect"}),
            "access key in a variable": put(C + "Environment/5/Value", "AKIAIOSFODNN7EXAMPLE"),
            "variables from a file": put(
                C + "EnvironmentFiles", [{"Type": "s3", "Value": "arn:aws:s3:::x/y"}]
            ),
            "secret as plain variable": (
                drop(C + "Secrets/1"),
                add(C + "Environment", {"Name": "SESSION_SECRET", "Value": "x"}),
            ),
            "secret by literal ARN": put(
                C + "Secrets/0/ValueFrom", "arn:aws:ssm:us-east-1:111111111111:parameter/x"
            ),
            "JSON key on an SSM parameter": put(
                C + "Secrets/0/ValueFrom", lambda old: {"Fn::Join": ["", [old, ":url::"]]}
            ),
            "the other's secret": put(
                C + "Secrets/0/ValueFrom/Fn::ImportValue", lambda old: old.replace("Bff", "Agent")
            ),
            "no logging": drop(C + "LogConfiguration"),
            "no stream prefix": drop(LOG + "awslogs-stream-prefix"),
            "another stream prefix": put(LOG + "awslogs-stream-prefix", "web"),
            "the other's log group": put(LOG + "awslogs-group", ref("AgentCoreLogGroup")),
            "log group by name": put(LOG + "awslogs-group", "/ecs/bff"),
            "log group made at run time": put(LOG + "awslogs-create-group", "true"),
            "blocking": put(LOG + "mode", "blocking"),
            "mode removed": drop(LOG + "mode"),
            "small buffer": put(LOG + "max-buffer-size", "1m"),
            "another region": put(LOG + "awslogs-region", "eu-west-1"),
            "splunk": put(C + "LogConfiguration/LogDriver", "splunk"),
            "root writable by omission": drop(C + "ReadonlyRootFilesystem"),
            "root writable in a branch": hidden(C + "ReadonlyRootFilesystem", False),
            "root user": put(C + "User", "0"),
            "user by name": put(C + "User", "root"),
            "capabilities kept": drop(LINUX + "Capabilities"),
            "capability added": put(LINUX + "Capabilities/Add", ["SYS_PTRACE"]),
            "only one dropped": put(LINUX + "Capabilities/Drop", ["NET_RAW"]),
            "no init process": put(LINUX + "InitProcessEnabled", False),
            "restrictions removed": drop(C + "LinuxParameters"),
            "executable tmp": put(LINUX + "Tmpfs/0/MountOptions", ["rw", "exec"]),
            "a writable path more": add(
                LINUX + "Tmpfs",
                {"ContainerPath": "/etc", "Size": 8, "MountOptions": ["rw"]},
            ),
            "tmpfs of another mode": put(
                LINUX + "Tmpfs/0/MountOptions", lambda old: [*old[:-1], "mode=0700"]
            ),
            "tmpfs of another size": put(LINUX + "Tmpfs/0/Size", 4096),
            "mount point": put(
                C + "MountPoints", [{"ContainerPath": "/data", "SourceVolume": "v"}]
            ),
            "stop timeout above Fargate's": put(C + "StopTimeout", 300),
            "few open files": put(C + "Ulimits/0/SoftLimit", 1024),
            "no health check": drop(C + "HealthCheck"),
            "health check by an assumed curl": put(
                C + "HealthCheck/Command", ["CMD-SHELL", "curl -f http://localhost:3000"]
            ),
            "health check every five minutes": put(C + "HealthCheck/Interval", 300),
            "ten retries": put(C + "HealthCheck/Retries", 10),
            "another entry point": put(C + "EntryPoint", ["sh"]),
            "another command": put(C + "Command", ["node", "--inspect=0.0.0.0"]),
            "interactive": put(C + "Interactive", True),
            "removed": removed,
        },
        "AgentCoreTaskDefinition": {
            "container of another size": put(C + "Memory", 512),
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
            "HTTP/2": put(C + "PortMappings/0/AppProtocol", "http2"),
            "bucket by name": put(C + "Environment/2/Value", "another-bucket"),
            "API key in plain text": (
                drop(C + "Secrets/1"),
                add(C + "Environment", {"Name": "SEARCH_API_KEY", "Value": "x"}),
            ),
            "password in a URL": add(
                C + "Environment", {"Name": "BROKER", "Value": "amqp://guest:guest@mq:5672"}
            ),
            "root group and user": put(C + "User", "0:0"),
            "stop timeout 120": put(C + "StopTimeout", 120),
        },
        "Extra": {"a task definition that no service runs": copy_of("BffTaskDefinition")},
    },
)


LB = mutants(
    "lb",
    {
        "BffTargetGroup": {
            "target type removed": drop("TargetType"),
            "the other's port": put("Port", 8080),
            "HTTP/2": put("ProtocolVersion", "HTTP2"),
            "another VPC": put("VpcId", "vpc-0123456789abcdef0"),
            "health path removed": drop("HealthCheckPath"),
            "health interval removed": drop("HealthCheckIntervalSeconds"),
            "timeout 25": put("HealthCheckTimeoutSeconds", 25),
            "healthy after 5": put("HealthyThresholdCount", 5),
            "unhealthy after 2": put("UnhealthyThresholdCount", 2),
            "unhealthy after 10": put("UnhealthyThresholdCount", 10),
            "any answer is healthy": put("Matcher/HttpCode", "200-499"),
            "redirects are healthy": put("Matcher/HttpCode", "200,302"),
            "matcher removed": drop("Matcher"),
            "health on another port": put("HealthCheckPort", "9000"),
            "health by TCP": put("HealthCheckProtocol", "TCP"),
            "slow deregistration": put("TargetGroupAttributes/0/Value", "300"),
            "no deregistration delay": put("TargetGroupAttributes/0/Value", "0"),
            "attributes removed": drop("TargetGroupAttributes"),
            "fixed target": put("Targets", [{"Id": "10.0.11.5"}]),
            "health in a branch": hidden("HealthCheckPath", "/"),
            "removed": removed,
        },
        "BffListenerRule": {
            "another priority": put("Priority", 101),
            "conditions removed": drop("Conditions"),
            "another host": put("Conditions/0/HostHeaderConfig/Values", ["evil.example"]),
            "a host more": add("Conditions/0/HostHeaderConfig/Values", "other.example"),
            "by path instead": put(
                "Conditions/0", {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
            ),
            "a condition more": add(
                "Conditions", {"Field": "source-ip", "SourceIpConfig": {"Values": ["0.0.0.0/0"]}}
            ),
            "another listener": put("ListenerArn/Fn::ImportValue", "x-HttpListenerArn"),
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
            "removed": removed,
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
