"""Load balancer, scaling, alarms and discovery of the services, as AWS has them."""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.preflight.load_balancer import list_rules, parse_requests, to_lower
from bidops_cfn.deploy.preflight.public_alb import (
    describe,
    is_listener_of,
    judge_balancer,
    judge_listener,
    shorten,
)
from bidops_cfn.deploy.template import ALARM
from bidops_cfn.review.writing import counted
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import CPU_TARGET_PERCENT, MEMORY_TARGET_PERCENT, Service
from bidops_cfn.verify.configuration import list_variables
from bidops_cfn.verify.finding import (
    Finding,
    OnService,
    Unobserved,
    find,
    judge,
    leave_open,
    limit,
    match,
    show,
)
from bidops_cfn.verify.observed import Observed, find_stop

CPU, MEMORY = "CPUUtilization", "MemoryUtilization"
TARGETS = {CPU: CPU_TARGET_PERCENT, MEMORY: MEMORY_TARGET_PERCENT}
UNHEALTHY_SECONDS = 90.0  # SC-005
LEFT_SECONDS = 300.0  # for ECS to take an unhealthy task out
# What ECS gives as the reason of such a stop.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
ILL = "failed ELB health checks"
SUSPENSIONS = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)


def look_at_registration(seen: Observed, service: Service) -> Finding:
    """Check that a public service alone stands behind a target group (FR-021, US3-1)."""
    balancers = seen.service(service).get("loadBalancers", ())
    places = [(one.get("targetGroupArn"), one.get("containerPort")) for one in balancers]
    group = seen.find(logical_ids.target_group(service)) if service.public else ""
    wanted = [(group, service.port)] if service.public else []
    told = ", ".join(f"on {port}" for _, port in places) or "nowhere"
    wrong = [] if places == wanted else ["that is not as specified"]
    return judge(f"{service.name} registers {told}", wrong)


def look_at_balancer(seen: Observed, service: Service) -> Finding:
    """Check that the target group is at the public load balancer (FR-021, FR-047)."""
    wanted = [seen.value(Imports.PUBLIC_ALB_ARN.value)]
    return match(Observed.target_group, {"LoadBalancerArns": wanted})(seen, service)


def look_at_public_alb(seen: Observed) -> Finding:
    """Check that the load balancer is open to the internet, with its group (FR-021, FR-033)."""
    found = describe(seen.context, Imports.PUBLIC_ALB_ARN)
    wrong, unknown = judge_balancer(seen.context, found)
    told = f"{shorten(found['LoadBalancerArn'])} {show(found.get('Scheme'))}"
    return judge(told, wrong, but="; ".join(unknown))


def look_at_https(seen: Observed) -> Finding:
    """Check that the listener is the public load balancer's, and takes HTTPS (US3-1)."""
    found = describe(seen.context, Imports.HTTPS_LISTENER_ARN)
    wrong, unknown = judge_listener(seen.context, found)
    arn, balancer = found["ListenerArn"], seen.value(Imports.PUBLIC_ALB_ARN.value)
    wrong += [] if is_listener_of(arn, balancer) else [f"it is no listener of {balancer}"]
    told = f"{shorten(arn)} {show(found.get('Protocol'))} {show(found.get('Port'))}"
    return judge(told, wrong, but="; ".join(unknown))


def look_at_rule(seen: Observed, service: Service) -> Finding:
    """Check that the listener sends the requests of the settings to the target group (US3-1)."""
    wanted = seen.environment.services[service.name].listener
    arn = seen.find(logical_ids.listener_rule(service))
    rules = list_rules(seen.context, seen.value(Imports.HTTPS_LISTENER_ARN.value))
    rule = next((one for one in rules if one["RuleArn"] == arn), None)
    if rule is None or wanted is None:
        raise Unobserved(f"the listener shows no rule {arn}")
    found, groups = parse_requests(rule), set[str]()
    for one in rule.get("Actions", ()):
        groups |= {one["TargetGroupArn"]} if one.get("TargetGroupArn") else set()
        groups |= {each["TargetGroupArn"] for each in find(one, "ForwardConfig.TargetGroups") or ()}
    live = (rule["Priority"], sorted(found.hosts), sorted(found.paths), found.narrower, groups)
    asked = (
        str(wanted.priority),
        sorted(to_lower(wanted.hosts)),
        sorted(wanted.paths),
        False,
        {seen.find(logical_ids.target_group(service))},
    )
    told = f"priority {rule['Priority']}: {show([*found.hosts, *found.paths])}"
    return judge(told, [] if live == asked else ["that is not as in the settings"])


def name_scaled(seen: Observed, service: Service) -> Json:
    """Return how Application Auto Scaling names a service."""
    name = seen.service(service)["serviceName"]
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{seen.find(logical_ids.CLUSTER)}/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }


def get_scalable_target(seen: Observed, service: Service) -> Json:
    """Return what Application Auto Scaling scales of a service."""
    asked = name_scaled(seen, service)
    asked["ResourceIds"] = [asked.pop("ResourceId")]
    what = f"scaling of {service.name}"
    return seen.first(Call.DESCRIBE_SCALABLE_TARGETS, "ScalableTargets", what, **asked)


def look_at_suspension(seen: Observed, service: Service) -> Finding:
    """Check that scaling is not suspended (FR-037); what is left out is documented nowhere."""
    state = get_scalable_target(seen, service).get("SuspendedState") or {}
    off = [one for one in SUSPENSIONS if state.get(one)]
    untold = [one for one in SUSPENSIONS if one not in state]
    if untold and not off:
        why = f"Application Auto Scaling does not tell {', '.join(untold)} of {service.name}"
        return leave_open("", why)
    return judge(f"{service.name}: {len(off)} suspensions", (f"{one} is on" for one in off))


def _list_policies(seen: Observed, service: Service) -> Mapping[str, Json]:
    asked, found = name_scaled(seen, service), dict[str, Json]()
    for one in paginate(seen.client, Call.DESCRIBE_SCALING_POLICIES, "ScalingPolicies", **asked):
        tracking = one.get("TargetTrackingScalingPolicyConfiguration") or {}
        # A metric of ECS's own, or one of a custom specification, of another resolution.
        words = str(
            tracking.get("PredefinedMetricSpecification")
            or tracking.get("CustomizedMetricSpecification")
        )
        found |= {name: tracking for name in TARGETS if name in words}
    if not found:
        raise Unobserved(f"Application Auto Scaling shows no policy of {service.name}")
    return found


def look_at_tracking(metric: str) -> OnService:
    """Return the check of the target that a metric is tracked to (FR-038, FR-039)."""

    def look(seen: Observed, service: Service) -> Finding:
        policies = _list_policies(seen, service)
        target = find(policies, f"{metric}.TargetValue")
        told = f"{service.name}: {metric} {show(target)}"
        return judge(told, [] if target == TARGETS[metric] else [f"not {TARGETS[metric]} %"])

    return look


def look_at_cooldown(seen: Observed, service: Service) -> Finding:
    """Check that scaling waits five minutes between its steps (FR-040)."""
    keys = "ScaleInCooldown", "ScaleOutCooldown"
    times = {one.get(key) for one in _list_policies(seen, service).values() for key in keys}
    told = ", ".join(sorted(f"{show(one)} s" for one in times))
    return judge(f"{service.name}: {told}", [] if told == "300 s" else ["not 300 s"])


def look_at_alarm(metrics: set[str], dimension: str) -> OnService:
    """Return the check that an alarm of the stack looks at ``metrics`` (FR-045, FR-046)."""

    def look(seen: Observed, service: Service) -> Finding:
        value = (
            seen.service(service)["serviceName"]
            if dimension == "ServiceName"
            else seen.find(logical_ids.target_group(service)).split(":")[5]
        )
        names = sorted(one.physical_id for one in seen.resources if one.type == ALARM)
        if not names:  # without names, CloudWatch shows the alarms of others
            raise Unobserved("the stack has no alarm")
        asked = {"AlarmNames": names[:100]}
        alarms = list(paginate(seen.client, Call.DESCRIBE_ALARMS, "MetricAlarms", **asked))
        if not alarms:
            raise Unobserved("CloudWatch shows none of the stack's alarms")
        found = [one for one in alarms if metrics <= set(_list_metrics(one, dimension, value))]
        told = ", ".join(f"{one['AlarmName']} {one.get('StateValue', '')}" for one in found)
        off = [one["AlarmName"] for one in found if one.get("ActionsEnabled") is False]
        wrong = [f"the actions of {one} are off" for one in off]
        wrong += [] if found else [f"none looks at {' and '.join(sorted(metrics))} of {value}"]
        untold = any(one.get("ActionsEnabled") is None for one in found)
        but = "CloudWatch does not tell whether the actions are on" if untold else ""
        return judge(told or f"{len(alarms)} other alarms", wrong, but=but)

    return look


def _list_metrics(alarm: Json, dimension: str, value: str) -> list[str]:
    metrics = [find(one, "MetricStat.Metric") or {} for one in alarm.get("Metrics", ())]
    wanted = {"Name": dimension, "Value": value}
    having = (one for one in (alarm, *metrics) if wanted in one.get("Dimensions", ()))
    return [str(one.get("MetricName")) for one in having]


def find_discovery(seen: Observed, service: Service) -> str:
    """Return the id of the service's entry in Cloud Map."""
    return seen.find(logical_ids.discovery_service(service)).rpartition("/")[2]


def get_discovery(seen: Observed, service: Service) -> Json:
    """Return the service's entry in Cloud Map."""
    identity = find_discovery(seen, service)
    found: Json = seen.client(Call.GET_DISCOVERY_SERVICE, Id=identity)["Service"]
    return found


def look_at_discovery(seen: Observed, service: Service) -> Finding:
    """Check that callers find the service by a private name (FR-022)."""
    entry = get_discovery(seen, service)
    place = seen.client(Call.GET_NAMESPACE, Id=entry["NamespaceId"])["Namespace"]
    registries = [one["registryArn"] for one in seen.service(service).get("serviceRegistries", ())]
    records = [one["Type"] for one in find(entry, "DnsConfig.DnsRecords") or ()]
    live = (registries, place["Name"], place["Type"], records)
    asked = ([entry["Arn"]], seen.environment.discovery.namespace, "DNS_PRIVATE", ["A"])
    name = f"{entry['Name']}.{place['Name']}"
    wrong = [] if live == asked else ["that is not as specified"]
    for one in seen.services:
        url = f"http://{name}:{service.port}"
        if one.name in service.callers:
            found = list_variables(seen.container(one)).get(service.url_variable)
            wrong += [] if found == url else [f"{one.name} is told {found}, not {url}"]
    return judge(f"{name} {show(records)}, {len(registries)} registries", wrong)


def measure_detection(seen: Observed, service: Service) -> Finding:
    """Measure SC-005: how long a failing target may stay healthy; AWS records no failing check."""
    group = seen.target_group(service)
    seconds = group["HealthCheckIntervalSeconds"] * group["UnhealthyThresholdCount"]
    told = f"{group['UnhealthyThresholdCount']} checks of {group['HealthCheckIntervalSeconds']} s"
    why = "AWS records no first failing check; drill task-loss measures how soon a task leaves"
    return limit(told, float(seconds), UNHEALTHY_SECONDS, but=why)


def measure_departure(seen: Observed, service: Service) -> Finding:
    """Check that each unhealthy task was stopped or deregistered (FR-035, US3-4).

    Events name no target: of whose task a stop was, only the reason of a stopped task tells.
    """
    events = [
        (one["createdAt"], str(one["message"]))
        for one in seen.service(service).get("events", ())
        if seen.is_recent(one["createdAt"])
    ]
    bad = [moment for moment, said in events if " is unhealthy in " in said]
    gone = [moment for moment, said in events if "deregistered" in said or "has stopped" in said]
    if not bad:
        raise Unobserved(f"no target of {service.name} was unhealthy in that time")
    left = [one for one in bad if not any(moment >= one for moment in gone)]
    if left:
        age = (seen.now - min(left)).total_seconds()
        told = f"{service.name}: a target is unhealthy since {age:.0f} s"
        if age <= LEFT_SECONDS:
            return leave_open(told, "ECS is at it")
        return judge(told, ["it was neither stopped nor deregistered"], age, "s")
    found = ((find_stop(one), one) for one in seen.tasks(service, "STOPPED"))
    stops = sorted(at for at, one in found if at and ILL in one.get("stoppedReason", ""))
    waits, targets = list[float](), counted(len(bad), "unhealthy target")
    for one in sorted(bad):
        stop = next((at for at in stops if 0 <= (at - one).total_seconds() <= LEFT_SECONDS), None)
        if stop is None:
            why = "ECS's events name no task, and no task that it remembers was stopped for that"
            return leave_open(f"{service.name}: {targets}", why)
        stops.remove(stop)
        waits.append((stop - one).total_seconds())
    told = f"{service.name}: {targets}, each out within {max(waits):.0f} s"
    return judge(told, [], max(waits), "s")
