"""Target group, listener rule, scaling, alarms and discovery as their services have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bidops_cfn import logical_ids
from bidops_cfn.contract import Imports
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.preflight.listener import list_rules, parse_requests, to_lower
from bidops_cfn.model import (
    CPU_TARGET_PERCENT,
    HEALTH_INTERVAL_SECONDS,
    HEALTHY_COUNT,
    MAX_TASKS,
    MEMORY_TARGET_PERCENT,
    MIN_TASKS,
    SCALING_COOLDOWN_SECONDS,
    UNHEALTHY_COUNT,
    Service,
)
from bidops_cfn.verify.answers import list_items
from bidops_cfn.verify.finding import Finding, Unobserved, judge
from bidops_cfn.verify.observed import Observed
from bidops_cfn.verify.services import OnService, differ

CPU, MEMORY = "ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization"
TARGETS = {CPU: CPU_TARGET_PERCENT, MEMORY: MEMORY_TARGET_PERCENT}


def look_at_target_group(seen: Observed, service: Service) -> Finding:
    """The target group takes addresses on the service's port (FR-021)."""
    group = seen.target_group(service)
    balancer = seen.value(Imports.PUBLIC_ALB_ARN.value)
    return judge(
        f"{group['TargetGroupName']} {group.get('Protocol')} {group.get('Port')}",
        [*differ("target type", group.get("TargetType"), "ip"),
         *differ("port", group.get("Port"), service.port),
         *differ("load balancers", list(group.get("LoadBalancerArns", ())), [balancer])],
    )


def look_at_health_check(seen: Observed, service: Service) -> Finding:
    """The load balancer asks for the health path every 30 s (FR-033)."""
    group = seen.target_group(service)
    path, seconds = group.get("HealthCheckPath"), group.get("HealthCheckIntervalSeconds")
    return judge(
        f"{path} every {seconds} s",
        [*differ("health checks", group.get("HealthCheckEnabled"), True),
         *differ("path", path, service.health_path),
         *differ("interval", seconds, HEALTH_INTERVAL_SECONDS)],
        seconds, "s",
    )


def look_at_thresholds(seen: Observed, service: Service) -> Finding:
    """Three failures make a target unhealthy, two successes healthy (FR-034)."""
    group = seen.target_group(service)
    bad, good = group.get("UnhealthyThresholdCount"), group.get("HealthyThresholdCount")
    return judge(
        f"unhealthy after {bad}, healthy after {good}",
        [*differ("unhealthy threshold", bad, UNHEALTHY_COUNT),
         *differ("healthy threshold", good, HEALTHY_COUNT)],
    )


def look_at_rule(seen: Observed, service: Service) -> Finding:
    """The listener sends the requests of the settings to the target group (US3-1)."""
    wanted, arn = seen.environment.services[service.name].listener, seen.find(
        logical_ids.listener_rule(service))
    rules = list_rules(seen.context, seen.value(Imports.HTTPS_LISTENER_ARN.value))
    rule = next((one for one in rules if one["RuleArn"] == arn), None)
    if rule is None or wanted is None:
        raise Unobserved(f"the listener shows no rule {arn}")
    group = seen.find(logical_ids.target_group(service))
    found = parse_requests(rule)
    return judge(
        f"priority {rule['Priority']}: {', '.join((*found.hosts, *found.paths)) or 'any request'}",
        [*differ("priority", rule["Priority"], str(wanted.priority)),
         *differ("hosts", sorted(found.hosts), sorted(to_lower(wanted.hosts))),
         *differ("paths", sorted(found.paths), sorted(wanted.paths)),
         *differ("target groups", list(list_forwards(rule)), [group])],
    )


def list_forwards(rule: Json) -> Sequence[str]:
    """Return the target groups that a listener rule forwards to, each once."""
    found: list[str] = []
    for action in rule.get("Actions", ()):
        found += [action["TargetGroupArn"]] if action.get("TargetGroupArn") else []
        groups = action.get("ForwardConfig", {}).get("TargetGroups", ())
        found += [one["TargetGroupArn"] for one in groups]
    return tuple(dict.fromkeys(found))


def name_scaled(seen: Observed, service: Service) -> Json:
    """Return how Application Auto Scaling names a service."""
    name = seen.service(service)["serviceName"]
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{seen.find(logical_ids.CLUSTER)}/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }


def look_at_bounds(seen: Observed, service: Service) -> Finding:
    """Scaling keeps between 2 and 10 tasks (FR-037)."""
    asked = name_scaled(seen, service)
    asked["ResourceIds"] = [asked.pop("ResourceId")]
    found = seen.first(
        Call.DESCRIBE_SCALABLE_TARGETS, "ScalableTargets", f"scaling of {service.name}", **asked
    )
    low, high = found["MinCapacity"], found["MaxCapacity"]
    paused = [key for key, on in (found.get("SuspendedState") or {}).items() if on]
    return judge(
        f"{service.name} {low} to {high} tasks",
        [*differ("minimum", low, MIN_TASKS), *differ("maximum", high, MAX_TASKS),
         *(f"{one} is on" for one in paused)],
    )


def list_policies(seen: Observed, service: Service) -> Mapping[str, Json]:
    """Return the target tracking of a service by its metric."""
    found = {}
    for one in list_items(
        seen.client, Call.DESCRIBE_SCALING_POLICIES, "ScalingPolicies",
        **name_scaled(seen, service),
    ):
        tracking = one.get("TargetTrackingScalingPolicyConfiguration") or {}
        kind = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
        custom = tracking.get("CustomizedMetricSpecification", {})
        name = kind or next((key for key in TARGETS if key.endswith(metric_of(custom))), "")
        if name:
            found[name] = tracking
    if not found:
        raise Unobserved(f"there is no target tracking of {service.name}")
    return found


def metric_of(specification: Json) -> str:
    """Return the ECS metric that a custom specification tracks, ``CPUUtilization``."""
    queries = [one.get("MetricStat", {}).get("Metric", {}) for one in
               specification.get("Metrics", ())]
    names = [specification.get("MetricName"), *(one.get("MetricName") for one in queries)]
    return next((str(one) for one in names if one), "none")


def look_at_tracking(metric: str) -> OnService:
    """Return the check of the target that a metric is tracked to (FR-038, FR-039)."""

    def look(seen: Observed, service: Service) -> Finding:
        policy = list_policies(seen, service).get(metric)
        if policy is None:
            return judge(f"{service.name}: other metrics alone", [f"{metric} is not tracked"])
        target = policy["TargetValue"]
        return judge(f"{service.name} {target:g} %",
                     differ(metric, float(target), float(TARGETS[metric])), target, "%")

    return look


def look_at_cooldown(seen: Observed, service: Service) -> Finding:
    """Scaling waits five minutes between its steps (FR-040)."""
    policies = list_policies(seen, service)
    times = {one.get(key) for one in policies.values() for key in
             ("ScaleInCooldown", "ScaleOutCooldown")}
    told = ", ".join(sorted(f"{one} s" for one in times))
    return judge(f"{service.name} {told}",
                 differ("cooldown", told, f"{SCALING_COOLDOWN_SECONDS} s"))


def list_alarms(seen: Observed) -> list[Json]:
    """Return the alarms of the stack, as CloudWatch has them."""
    names = [
        one.physical_id for one in seen.resources if one.type == "AWS::CloudWatch::Alarm"
        and one.physical_id
    ]
    if not names:
        raise Unobserved("the stack has no alarm")
    return list(list_items(seen.client, Call.DESCRIBE_ALARMS, "MetricAlarms",
                           AlarmNames=sorted(names)[:100]))


def look_at_deficit_alarm(seen: Observed, service: Service) -> Finding:
    """An alarm tells of fewer tasks than desired (FR-045)."""
    name = seen.service(service)["serviceName"]
    return judge_alarm([
        one for one in list_alarms(seen)
        if {"DesiredTaskCount", "RunningTaskCount"} <= set(list_metrics(one, "ServiceName", name))
    ], f"{service.name}: fewer tasks than desired")


def look_at_unhealthy_alarm(seen: Observed, service: Service) -> Finding:
    """An alarm tells of unhealthy targets (FR-046)."""
    group = seen.find(logical_ids.target_group(service)).split(":")[5]
    return judge_alarm([
        one for one in list_alarms(seen)
        if "UnHealthyHostCount" in list_metrics(one, "TargetGroup", group)
    ], f"{service.name}: unhealthy targets")


def judge_alarm(found: Sequence[Json], what: str) -> Finding:
    """Return the finding on the alarms about ``what``: there is one, and its actions are on."""
    told = ", ".join(f"{one['AlarmName']} {one.get('StateValue', '')}" for one in found)
    wrong = [] if found else [f"no alarm of the stack tells of {what}"]
    wrong += [f"the actions of {one['AlarmName']} are off" for one in found
              if one.get("ActionsEnabled") is False]
    return judge(told or "no such alarm", wrong)


def list_metrics(alarm: Json, dimension: str, value: str) -> list[str]:
    """Return the metrics of an alarm that have a dimension of this value."""
    metrics = [one.get("MetricStat", {}).get("Metric", {}) for one in alarm.get("Metrics", ())]
    wanted = {"Name": dimension, "Value": value}
    return [str(one.get("MetricName")) for one in (alarm, *metrics)
            if wanted in one.get("Dimensions", ())]


def find_discovery(seen: Observed, service: Service) -> Json:
    """Return the service's entry in Cloud Map."""
    identity = seen.find(logical_ids.discovery_service(service)).rpartition("/")[2]
    found: Json = seen.client(Call.GET_DISCOVERY_SERVICE, Id=identity)["Service"]
    return found


def look_at_discovery(seen: Observed, service: Service) -> Finding:
    """Callers find the service by a private name (FR-022)."""
    entry = find_discovery(seen, service)
    place = seen.client(Call.GET_NAMESPACE, Id=entry["NamespaceId"])["Namespace"]
    registries = [one["registryArn"] for one in seen.service(service).get("serviceRegistries", ())]
    records = [one["Type"] for one in entry.get("DnsConfig", {}).get("DnsRecords", ())]
    return judge(
        f"{entry['Name']}.{place['Name']} {', '.join(records)}",
        [*differ("registries", registries, [entry["Arn"]]),
         *differ("namespace", place["Name"], seen.environment.namespace),
         *differ("namespace type", place["Type"], "DNS_PRIVATE"),
         *differ("records", records, ["A"])],
    )
