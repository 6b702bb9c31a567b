"""User Story 3: services behind the load balancer, rolling, redundant and scaling."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.deployment import Deployment

SERVICES = ("Bff", "AgentCore")


def target_group(deployment: Deployment) -> dict[str, Any]:
    (registered,) = deployment.service("Bff")["loadBalancers"]
    (group,) = deployment.account.client("elbv2").describe_target_groups(
        TargetGroupArns=[registered["targetGroupArn"]]
    )["TargetGroups"]
    found: dict[str, Any] = group
    return found


@pytest.mark.requirement("US3.1")
@pytest.mark.requirement("FR-021")
def test_bff_registers_with_the_public_load_balancer(deployment: Deployment) -> None:
    (registered,) = deployment.service("Bff")["loadBalancers"]
    assert (registered["containerName"], registered["containerPort"]) == ("bff", 3000)
    group = target_group(deployment)
    assert group["LoadBalancerArns"] == [deployment.imported("network", "PublicAlbArn")]
    assert (group["TargetType"], group["Protocol"], group["Port"]) == ("ip", "HTTP", 3000)


@pytest.mark.requirement("US3.1")
def test_requests_for_the_environments_host_reach_bff_over_https(deployment: Deployment) -> None:
    elbv2 = deployment.account.client("elbv2")
    listener_arn = deployment.imported("network", "HttpsListenerArn")
    (listener,) = elbv2.describe_listeners(ListenerArns=[listener_arn])["Listeners"]
    rules = elbv2.describe_rules(ListenerArn=listener_arn)["Rules"]
    ours = [rule for rule in rules if not rule["IsDefault"]]
    assert listener["Protocol"] == "HTTPS"
    assert listener["LoadBalancerArn"] == deployment.imported("network", "PublicAlbArn")
    (rule,) = ours
    settings = deployment.environment.services["bff"].listener
    assert settings is not None
    assert rule["Priority"] == str(settings.priority)
    hosts = [c["HostHeaderConfig"]["Values"] for c in rule["Conditions"] if "HostHeaderConfig" in c]
    assert hosts == [list(settings.hosts)]
    (action,) = rule["Actions"]
    forwarded = (
        action.get("TargetGroupArn") or action["ForwardConfig"]["TargetGroups"][0]["TargetGroupArn"]
    )
    assert forwarded == target_group(deployment)["TargetGroupArn"]


@pytest.mark.requirement("US3.1")
@pytest.mark.requirement("FR-022")
@pytest.mark.requirement("SC-011")
def test_the_agent_has_no_load_balancer_and_is_found_by_name(deployment: Deployment) -> None:
    service = deployment.service("AgentCore")
    assert service["loadBalancers"] == []
    (registry,) = service["serviceRegistries"]
    discovery = deployment.account.client("servicediscovery")
    found = discovery.get_service(Id=deployment.ids["AgentCoreDiscovery"])["Service"]
    namespace = discovery.get_namespace(Id=found["NamespaceId"])["Namespace"]
    assert registry == {"registryArn": found["Arn"]}
    assert [(r["Type"], r["TTL"]) for r in found["DnsConfig"]["DnsRecords"]] == [("A", 5)]
    assert namespace["Type"] == "DNS_PRIVATE"
    variables = {v["name"]: v["value"] for v in deployment.container("Bff")["environment"]}
    assert variables["AGENTCORE_URL"] == f"http://{found['Name']}.{namespace['Name']}:8080"


@pytest.mark.requirement("US3.2")
@pytest.mark.requirement("FR-024")
@pytest.mark.parametrize("title", SERVICES)
def test_a_deployment_rolls_with_at_least_half_of_the_tasks_healthy(
    deployment: Deployment, title: str
) -> None:
    service = deployment.service(title)
    configuration = service["deploymentConfiguration"]
    assert service["deploymentController"]["type"] == "ECS"
    assert configuration["minimumHealthyPercent"] == 50
    assert configuration["maximumPercent"] == 200


@pytest.mark.requirement("US3.3")
@pytest.mark.requirement("FR-019")
@pytest.mark.requirement("FR-020")
@pytest.mark.requirement("FR-023")
@pytest.mark.parametrize("title", SERVICES)
def test_two_tasks_run_spread_over_two_zones(deployment: Deployment, title: str) -> None:
    service = deployment.service(title)
    zones = {subnet["AvailabilityZone"] for subnet in deployment.subnets(title)}
    region = deployment.environment.region
    assert service["desiredCount"] == service["runningCount"] == 2
    assert zones == {f"{region}a", f"{region}b"}
    assert service["availabilityZoneRebalancing"] == "ENABLED"


@pytest.mark.requirement("US3.4")
@pytest.mark.requirement("FR-033")
@pytest.mark.requirement("FR-034")
@pytest.mark.requirement("FR-035")
@pytest.mark.requirement("SC-005")
def test_unhealthy_tasks_are_found_within_90_seconds_and_leave_the_load_balancer(
    deployment: Deployment,
) -> None:
    group = target_group(deployment)
    assert group["HealthCheckEnabled"] is True
    assert group["HealthCheckPath"] == "/api/health"
    assert group["HealthCheckIntervalSeconds"] == 30
    assert group["UnhealthyThresholdCount"] == 3
    assert group["HealthyThresholdCount"] == 2
    attributes = deployment.account.client("elbv2").describe_target_group_attributes(
        TargetGroupArn=group["TargetGroupArn"]
    )["Attributes"]
    delay = {item["Key"]: item["Value"] for item in attributes}[
        "deregistration_delay.timeout_seconds"
    ]
    assert int(delay) == 60


@pytest.mark.requirement("US3.4")
@pytest.mark.parametrize("title", SERVICES)
def test_a_deployment_that_cannot_become_healthy_rolls_itself_back(
    deployment: Deployment, title: str
) -> None:
    breaker = deployment.service(title)["deploymentConfiguration"]["deploymentCircuitBreaker"]
    assert breaker == {"enable": True, "rollback": True}


@pytest.mark.requirement("US3.5")
@pytest.mark.requirement("FR-037")
@pytest.mark.requirement("FR-038")
@pytest.mark.requirement("FR-039")
@pytest.mark.requirement("FR-040")
@pytest.mark.parametrize("title", SERVICES)
def test_services_scale_between_2_and_10_tasks_on_cpu_and_memory(
    deployment: Deployment, title: str
) -> None:
    scaling = deployment.account.client("application-autoscaling")
    resource = f"service/{deployment.ids['Cluster']}/{deployment.service(title)['serviceName']}"
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[resource])[
        "ScalableTargets"
    ]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=resource)
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 10)
    assert target["ScalableDimension"] == "ecs:service:DesiredCount"
    tracked = {}
    for policy in policies["ScalingPolicies"]:
        configuration = policy["TargetTrackingScalingPolicyConfiguration"]
        metric = configuration["PredefinedMetricSpecification"]["PredefinedMetricType"]
        tracked[metric] = configuration["TargetValue"]
        assert configuration["ScaleInCooldown"] == configuration["ScaleOutCooldown"] == 300
    assert tracked == {
        "ECSServiceAverageCPUUtilization": 70,
        "ECSServiceAverageMemoryUtilization": 80,
    }


@pytest.mark.requirement("FR-045")
@pytest.mark.parametrize("title", SERVICES)
def test_an_alarm_tells_when_fewer_tasks_run_than_desired(
    deployment: Deployment, title: str
) -> None:
    name = deployment.service(title)["serviceName"]
    found = [
        alarm
        for alarm in deployment.alarms()
        if any(
            dimension == {"Name": "ServiceName", "Value": name}
            for query in alarm["Metrics"]
            for dimension in query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", [])
        )
    ]
    (alarm,) = found
    metrics = {
        q["MetricStat"]["Metric"]["MetricName"] for q in alarm["Metrics"] if "MetricStat" in q
    }
    assert metrics == {"DesiredTaskCount", "RunningTaskCount"}
    assert alarm["TreatMissingData"] == "breaching"
    assert len([query for query in alarm["Metrics"] if query["ReturnData"]]) == 1


@pytest.mark.requirement("FR-046")
def test_an_alarm_tells_of_unhealthy_targets(deployment: Deployment) -> None:
    found = [a for a in deployment.alarms() if a.get("MetricName") == "UnHealthyHostCount"]
    (alarm,) = found
    dimensions = {item["Name"]: item["Value"] for item in alarm["Dimensions"]}
    arn = target_group(deployment)["TargetGroupArn"]
    balancer = deployment.imported("network", "PublicAlbArn")
    assert dimensions == {
        "TargetGroup": arn.split(":")[5],
        "LoadBalancer": balancer.split(":loadbalancer/")[1],
    }
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)


@pytest.mark.requirement("FR-050")
def test_what_other_stacks_need_is_exported(deployment: Deployment) -> None:
    prefix = f"bidopsai-{deployment.environment.name}-compute-"
    ours = {k[len(prefix) :]: v for k, v in deployment.exports.items() if k.startswith(prefix)}
    assert ours["ClusterArn"] == deployment.cluster["clusterArn"]
    for title in SERVICES:
        assert ours[f"{title}ServiceArn"] == deployment.service(title)["serviceArn"]
        assert ours[f"{title}TaskDefinitionArn"] == deployment.service(title)["taskDefinition"]
    assert ours["NamespaceId"] == deployment.ids["Namespace"]
