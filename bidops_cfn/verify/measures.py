"""What happened since a moment, measured: SC-001 to SC-011, and scenarios that only use shows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.records import Observation
from bidops_cfn.deploy.target import FULL_IMAGE, make_image_identifier
from bidops_cfn.review.writing import counted
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import BREACH_MINUTES, HIGH_RESOLUTION_SECONDS, Service
from bidops_cfn.verify.finding import Finding, Unobserved, judge, leave_open, limit
from bidops_cfn.verify.observed import Observed, find_stop
from bidops_cfn.verify.surroundings import get_discovery, name_scaled

DEPLOYED_SECONDS = 600.0  # SC-001
REPLACED_SECONDS = 60.0  # SC-002
AVAILABLE_PERCENT = 99.9  # SC-003
# Of as many readings, one that is missed or wrong is no more than the rest to 100 %.
AVAILABLE_READINGS = round(100 / (100 - AVAILABLE_PERCENT))
SCALED_SECONDS = 300.0  # SC-004
LOGGED_SECONDS = 30.0  # SC-007
SAVED_PERCENT = 30.0  # SC-008
DISCOVERED_SECONDS = 5.0  # SC-011
PERIOD = 60
LINES = 1000  # of a service, the first of that time
# Stop codes of tasks that ECS replaces; a rollout and scaling stop theirs as ServiceScheduler.
FAILURES = (
    "TaskFailedToStart",
    "EssentialContainerExited",
    "UserInitiated",
    "SpotInterruption",
    "TerminationNotice",
)
HIGH_ALARM = re.compile(r"alarm (\S*AlarmHigh\S*) in state ALARM")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _list_rollouts(seen: Observed, service: Service) -> list[Json]:
    name, cluster = seen.find(logical_ids.ecs_service(service)), seen.find(logical_ids.CLUSTER)
    asked = {"service": name, "cluster": cluster, "status": ["SUCCESSFUL"]}
    listed = paginate(seen.client, Call.LIST_SERVICE_DEPLOYMENTS, "serviceDeployments", **asked)
    found = [
        one for one in listed if one.get("startedAt") and seen.is_recent(one.get("finishedAt"))
    ]
    if not found:
        raise Unobserved(f"no rollout of {service.name} ended in that time")
    return sorted(found, key=lambda one: one["finishedAt"])


def measure_deployment(seen: Observed, service: Service) -> Finding:
    """Measure SC-001: from the push of the image that runs to the end of its rollout."""
    newest = _list_rollouts(seen, service)[-1]
    image = str(seen.container(service)["image"])
    parts = FULL_IMAGE.fullmatch(image)
    if parts is None:
        raise Unobserved(f"{image} is not in ECR")
    asked: Json = {"repositoryName": parts["name"], "registryId": parts["registry"]}
    asked["imageIds"] = [make_image_identifier(parts["image"])]
    details = seen.first(Call.DESCRIBE_IMAGES, "imageDetails", f"image {image}", **asked)
    pushed = details.get("imagePushedAt")
    if pushed is None:
        raise Unobserved(f"ECR does not tell when {image} was pushed")
    if pushed > newest["startedAt"]:
        raise Unobserved(f"{image} was pushed after the rollout of {service.name} began")
    rolled = _count_seconds(newest["startedAt"], newest["finishedAt"])
    whole = _count_seconds(pushed, newest["finishedAt"])
    told = f"{service.name} pushed to rolled out {whole:.0f} s, of that rollout {rolled:.0f} s"
    if whole > DEPLOYED_SECONDS >= rolled:
        return leave_open(
            told, f"the rollout of {service.name} began long after the push", rolled, "s"
        )
    return limit(told, whole, DEPLOYED_SECONDS)


def _count_seconds(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds()


def measure_replacement(seen: Observed, service: Service) -> Finding:
    """Measure SC-002: from the stop of a task that failed to a running replacement."""
    stopped = seen.tasks(service, "STOPPED")
    stops = (find_stop(one) for one in stopped if one.get("stopCode") in FAILURES)
    moments = sorted(one for one in stops if one is not None and seen.is_recent(one))
    if not moments:
        raise Unobserved(f"no task of {service.name} failed in the last hour, which ECS remembers")
    started = sorted(
        (one["createdAt"], one["startedAt"])
        for one in (*seen.tasks(service), *stopped)
        if one.get("createdAt") and one.get("startedAt")
    )
    left, waits, but = started.copy(), list[float](), ""
    for moment in moments:
        new = next((one for one in left if one[0] >= moment), None)
        if new is not None:
            left.remove(new)
            waits.append(_count_seconds(moment, new[1]))
    told = f"{service.name}: {counted(len(moments), 'task')} failed, {len(waits)} replaced"
    if len(waits) < len(moments):
        found = seen.service(service)
        if found["runningCount"] < found["desiredCount"]:
            waits.append(_count_seconds(moments[len(waits)], seen.now))
        else:
            return leave_open(told, f"{service.name} was scaled in, or a start is not remembered")
    else:
        # A scaling or a rollout starts tasks too; ECS does not tell which one replaces which.
        late = zip(moments, started[-len(moments) :], strict=True)
        if max(_count_seconds(moment, one[1]) for moment, one in late) > REPLACED_SECONDS:
            but = "more tasks started than failed: which of them are replacements is not told"
    told += f", the slowest in {max(waits):.0f} s"
    return limit(told, max(waits), REPLACED_SECONDS, but=but)


def measure_availability(seen: Observed, service: Service) -> Finding:
    """Measure SC-003: in how many minutes of rollouts at least one target was healthy."""
    group = seen.find(logical_ids.target_group(service)).rpartition(":")[2]
    balancer = seen.value(Imports.PUBLIC_ALB_ARN.value).partition(":loadbalancer/")[2]
    dimensions = {"TargetGroup": group, "LoadBalancer": balancer}
    counts, minutes = list[float](), 0
    for rollout in _list_rollouts(seen, service):
        begin, end = rollout["startedAt"], rollout["finishedAt"]
        minutes += max(1, int(_count_seconds(begin, end)) // PERIOD)
        answer = seen.client(
            Call.GET_METRIC_STATISTICS,
            Namespace="AWS/ApplicationELB",
            MetricName="HealthyHostCount",
            Dimensions=[{"Name": name, "Value": one} for name, one in dimensions.items()],
            StartTime=begin,
            EndTime=max(end, begin + timedelta(seconds=PERIOD)),
            Period=PERIOD,
            Statistics=["Minimum"],
        )
        counts += [float(one["Minimum"]) for one in answer.get("Datapoints") or ()]
    if not counts:
        raise Unobserved("CloudWatch has no HealthyHostCount of the rollouts")
    percent = 100 * sum(one >= 1 for one in counts) / len(counts)
    told = f"{min(counts):g} healthy or more; one in {percent:.1f} % of {len(counts)} minutes"
    wrong = [f"less than {AVAILABLE_PERCENT} %"] if percent < AVAILABLE_PERCENT else []
    but = ""
    if len(counts) < minutes:
        but = f"{minutes} minutes of rollouts, {len(counts)} with data"
    elif len(counts) < AVAILABLE_READINGS:
        few = f"{len(counts)} minutes cannot tell {AVAILABLE_PERCENT} %"
        but = f"{few}, which takes {AVAILABLE_READINGS} minutes of rollouts"
    return judge(told, wrong, percent, "%", but=but)


def measure_scaling(seen: Observed, service: Service) -> Finding:
    """Measure SC-004: from the first minute above a target to the end of its scaling."""
    asked, call = name_scaled(seen, service), Call.DESCRIBE_SCALING_ACTIVITIES
    activities = paginate(seen.client, call, "ScalingActivities", **asked)
    fine = seen.environment.scaling.high_resolution_metrics
    breach = BREACH_MINUTES * float(HIGH_RESOLUTION_SECONDS if fine else PERIOD)
    waits, failed, unknown = list[float](), list[str](), 0
    # The newest come first.
    for one in takewhile(lambda one: one["StartTime"] >= seen.since, activities):
        alarm = HIGH_ALARM.search(one.get("Cause", ""))
        began = _find_alarm_moment(seen, alarm[1], one["StartTime"]) if alarm else None
        if alarm and one.get("StatusCode") in ("Failed", "Unfulfilled"):
            failed.append(f"it failed: {one.get('StatusMessage') or 'AWS does not say why'}")
        elif alarm and one.get("StatusCode") in ("Pending", "InProgress", "Successful"):
            end = one.get("EndTime")
            wait = _count_seconds(began, end or seen.now) + breach if began else 0
            waits += [wait] if began and (end or wait > SCALED_SECONDS) else []
            unknown += not began
    if failed:
        return judge(f"{service.name}: {len(waits)} of {len(waits) + len(failed)} times", failed)
    if not waits and not unknown:
        raise Unobserved(f"{service.name} did not scale out in that time")
    why = f"{service.name}: {counted(unknown, 'alarm')} of scaling out not remembered"
    if not waits:
        raise Unobserved(why)
    times = counted(len(waits), "time")
    told = f"{service.name}: scaled out {times}, the slowest in {max(waits):.0f} s"
    return limit(told, max(waits), SCALED_SECONDS, but=why if unknown else "")


def _find_alarm_moment(seen: Observed, alarm: str, before: datetime) -> datetime | None:
    history = paginate(
        seen.client,
        Call.DESCRIBE_ALARM_HISTORY,
        "AlarmHistoryItems",
        AlarmName=alarm,
        HistoryItemType="StateUpdate",
        StartDate=seen.since - timedelta(hours=1),
        EndDate=seen.now,
    )
    moments = [
        one["Timestamp"]
        for one in history
        if one.get("HistorySummary", "").endswith("to ALARM") and one["Timestamp"] <= before
    ]
    return max(moments, default=None)


def measure_log_delay(seen: Observed, service: Service) -> Finding:
    """Measure SC-007: from the time of a log line to its arrival at CloudWatch Logs."""
    name = seen.find(logical_ids.log_group(service))
    begin = max(0, (seen.since - EPOCH) // timedelta(milliseconds=1))
    asked: Json = {"logGroupName": name, "startTime": begin, "limit": LINES}
    events = paginate(seen.client, Call.FILTER_LOG_EVENTS, "events", **asked)
    delays = [
        (one["ingestionTime"] - one["timestamp"]) / 1000
        for one in islice(events, LINES)
        if one.get("ingestionTime") and one.get("timestamp")
    ]
    if not delays:
        raise Unobserved(f"{service.name} logged nothing in that time")
    lines = ("the first " if len(delays) == LINES else "") + counted(len(delays), "line")
    told = f"{service.name}: {lines}, the slowest {max(delays):.1f} s"
    return limit(told, max(delays), LOGGED_SECONDS)


def measure_saving(seen: Observed) -> Finding:
    """Measure SC-008: what the tasks on Spot save now; over time, it is never enough to hold."""
    found = measure_spot(seen)
    if found.shown is Observation.FAILS:
        return found
    why = "what runs now, at the discount of the settings; only the bill tells what is saved"
    return leave_open(found.measured, why, found.value, found.unit)


def measure_spot(seen: Observed) -> Finding:
    """Measure how many of the running tasks are on Spot, and what that saves."""
    tasks = [one for service in seen.services for one in seen.running(service)]
    providers = [str(one.get("capacityProviderName", "")) for one in tasks]
    if not all(providers):
        raise Unobserved("ECS names no capacity provider of some tasks")
    spot = providers.count("FARGATE_SPOT")
    discount = seen.environment.capacity.spot_discount_percent
    saved = spot * discount / len(tasks)
    told = f"{spot} of {len(tasks)} tasks on FARGATE_SPOT, {saved:.1f} % saved at {discount} %"
    wrong = [] if saved >= SAVED_PERCENT else [f"less than {SAVED_PERCENT:g} %"]
    return judge(told, wrong, saved, "%")


def measure_discovery(seen: Observed, service: Service) -> Finding:
    """Measure SC-011: from the start of a task to its registration in Cloud Map."""
    started = {
        one["taskArn"].rpartition("/")[2]: one.get("startedAt") for one in seen.running(service)
    }
    entry = get_discovery(seen, service)
    filters = [
        {"Name": "SERVICE_ID", "Values": [entry["Id"]], "Condition": "EQ"},
        {"Name": "TYPE", "Values": ["REGISTER_INSTANCE"], "Condition": "EQ"},
    ]
    moments = [one for one in started.values() if one is not None]
    if moments:  # each operation is a call: those alone that can be of these tasks
        span = (min(moments) - timedelta(minutes=5), seen.now)
        dates = [str(int(one.timestamp())) for one in span]
        filters.append({"Name": "UPDATE_DATE", "Values": dates, "Condition": "BETWEEN"})
    waits, known = [], set[str]()
    for listed in paginate(
        seen.client, Call.LIST_DISCOVERY_OPERATIONS, "Operations", Filters=filters
    ):
        one = seen.client(Call.GET_DISCOVERY_OPERATION, OperationId=listed["Id"])["Operation"]
        task = one.get("Targets", {}).get("INSTANCE", "")
        began = started.get(task)
        if began and one.get("Status") == "SUCCESS" and one.get("UpdateDate"):
            known.add(task)
            waits.append(max(0.0, _count_seconds(began, one["UpdateDate"])))
    if not waits:
        raise Unobserved(f"Cloud Map remembers no registration of a running task of {service.name}")
    tasks = counted(len(waits), "task")
    told = f"{service.name}: {tasks}, registered at most {max(waits):.1f} s after the start"
    missed = sum(seen.is_recent(one) for name, one in started.items() if name not in known)
    why = f"Cloud Map remembers no registration of {missed} more, started in that time"
    return limit(told, max(waits), DISCOVERED_SECONDS, but=why if missed else "")
