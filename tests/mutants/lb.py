"""Faults of the load balancer's side: target group, listener rule, registration."""

from __future__ import annotations

from tests.mutants.mutant import add, copy_of, drop, hidden, mutants, put, ref, removed, resource

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
