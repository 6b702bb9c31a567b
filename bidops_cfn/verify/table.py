"""Every requirement, success criterion and scenario, each with the checks that look at it.

A row with several checks fails where one of them fails, and holds only where all of them hold.
"""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.settings import services as fixed
from bidops_cfn.verify import configuration as ecs
from bidops_cfn.verify import measures as measure
from bidops_cfn.verify import network as net
from bidops_cfn.verify import roles
from bidops_cfn.verify import surroundings as around
from bidops_cfn.verify.finding import Look, OnService, check_each, check_one, match
from bidops_cfn.verify.observed import Observed

BFF, AGENT = "bff", "agentcore"


def _check_public(check: OnService) -> Look:
    return check_each(check, lambda one: one.public)


def _check_called(check: OnService) -> Look:
    return check_each(check, lambda one: one.callers)


DEFINITION = match(
    Observed.definition,
    {
        "family": lambda environment, one: f"bidopsai-{environment.name}-{one.name}",
        "status": "ACTIVE",
        "requiresCompatibilities": ["FARGATE"],
    },
)
SIZE = match(
    Observed.definition,
    {
        "cpu": lambda *about: ecs.choose_size(*about)[0],
        "memory": lambda *about: ecs.choose_size(*about)[1],
    },
)
ROLLOUT = match(
    Observed.service,
    {
        "deploymentConfiguration.minimumHealthyPercent": fixed.MIN_HEALTHY_PERCENT,
        "deploymentConfiguration.maximumPercent": fixed.MAX_HEALTHY_PERCENT,
        "deploymentConfiguration.deploymentCircuitBreaker.rollback": True,
    },
)
HEALTH_CHECK = {
    "HealthCheckEnabled": True,
    "HealthCheckPath": lambda _, one: one.health_path,
    "HealthCheckIntervalSeconds": fixed.HEALTH_INTERVAL_SECONDS,
}
THRESHOLDS = {
    "UnhealthyThresholdCount": fixed.UNHEALTHY_COUNT,
    "HealthyThresholdCount": fixed.HEALTHY_COUNT,
}
TARGET_GROUP = {"TargetType": "ip", "Protocol": "HTTP", "Port": lambda _, one: one.port}
BEHIND = (_check_public(around.look_at_balancer), around.look_at_public_alb)
BOUNDS = match(
    around.get_scalable_target,
    {
        "MinCapacity": fixed.MIN_TASKS,
        "MaxCapacity": fixed.MAX_TASKS,
    },
)
RETENTION = match(Observed.log_group, {"retentionInDays": fixed.LOG_RETENTION_DAYS})
DEFICIT = around.look_at_alarm({"DesiredTaskCount", "RunningTaskCount"}, "ServiceName")
UNHEALTHY = around.look_at_alarm({"UnHealthyHostCount"}, "TargetGroup")
INGRESS = net.look_at_flows(net.INGRESS)
TO_ENDPOINTS = (
    check_each(net.look_at_flows(net.EGRESS, "FR-028")),
    check_each(net.look_at_endpoint_side),
)
TO_DATABASE = (
    check_each(net.look_at_flows(net.EGRESS, "FR-029")),
    check_each(net.look_at_database_side),
)
TASK_POLICIES = check_each(roles.look_at_policies(roles.TASK))
CPU = check_each(around.look_at_tracking(around.CPU))
MEMORY = check_each(around.look_at_tracking(around.MEMORY))
DISCOVERY = _check_called(around.look_at_discovery)
SECRETS = check_each(ecs.look_at_secrets)
OPENNESS = check_each(net.look_at_openness)

TABLE: Mapping[str, tuple[Look, ...]] = {
    "FR-001": (ecs.look_at_cluster,),
    "FR-002": (ecs.look_at_references,),
    "FR-003": (ecs.look_at_insights,),
    "FR-004": (ecs.look_at_weight("FARGATE"),),
    "FR-005": (ecs.look_at_weight("FARGATE_SPOT"),),
    "FR-006": (check_one(DEFINITION, BFF), check_one(SIZE, BFF)),
    "FR-007": (check_one(DEFINITION, AGENT), check_one(SIZE, AGENT)),
    "FR-008": (check_each(match(Observed.definition, {"networkMode": "awsvpc"})),),
    "FR-009": (check_each(roles.look_at_policies(roles.EXECUTION)),),
    "FR-010": (check_each(ecs.look_at_logs),),
    "FR-011": (check_each(ecs.look_at_image),),
    "FR-012": (check_each(match(Observed.container, {"essential": True})),),
    "FR-013": (check_each(ecs.look_at_variables),),
    "FR-014": (SECRETS,),
    "FR-015": (check_each(ecs.look_at_ports),),
    "FR-016": (check_one(roles.look_at_policies(roles.TASK), BFF),),
    "FR-017": (check_one(roles.look_at_policies(roles.TASK), AGENT),),
    "FR-018": (TASK_POLICIES, check_each(roles.look_at_policies(roles.EXECUTION))),
    "FR-019": (check_one(ecs.look_at_count, BFF),),
    "FR-020": (check_one(ecs.look_at_count, AGENT),),
    "FR-021": (
        _check_public(match(Observed.target_group, TARGET_GROUP)),
        *BEHIND,
        _check_public(around.look_at_registration),
    ),
    "FR-022": (DISCOVERY,),
    "FR-023": (check_each(net.look_at_subnet_zones),),
    "FR-024": (check_each(ROLLOUT),),
    "FR-025": (check_one(INGRESS, BFF),),
    "FR-026": (check_one(INGRESS, AGENT),),
    "FR-027": (check_one(net.look_at_flows(net.EGRESS, "FR-027"), BFF),),
    "FR-028": TO_ENDPOINTS,
    "FR-029": TO_DATABASE,
    "FR-030": (OPENNESS,),
    "FR-031": (check_one(net.look_at_place, BFF),),
    "FR-032": (check_one(net.look_at_place, AGENT),),
    "FR-033": (_check_public(match(Observed.target_group, HEALTH_CHECK)), *BEHIND),
    "FR-034": (_check_public(match(Observed.target_group, THRESHOLDS)),),
    "FR-035": (_check_public(around.measure_departure),),
    "FR-037": (check_each(BOUNDS), check_each(around.look_at_suspension)),
    "FR-038": (CPU,),
    "FR-039": (MEMORY,),
    "FR-040": (check_each(around.look_at_cooldown),),
    "FR-041": (check_each(SIZE),),
    "FR-042": (check_each(SIZE),),
    "FR-043": (check_each(SIZE),),
    "FR-044": (check_each(RETENTION),),
    "FR-045": (check_each(DEFICIT),),
    "FR-046": (_check_public(UNHEALTHY),),
    "FR-047": (ecs.look_at_references, _check_public(around.look_at_balancer)),
    "FR-048": (check_each(ecs.look_at_image),),
    "FR-049": (SECRETS,),
    "FR-050": (ecs.look_at_exports,),
    "SC-001": (check_each(measure.measure_deployment),),
    "SC-002": (check_each(measure.measure_replacement),),
    "SC-003": (_check_public(measure.measure_availability),),
    "SC-004": (check_each(measure.measure_scaling),),
    "SC-005": (_check_public(around.measure_detection),),
    "SC-006": (roles.look_at_all_requests, SECRETS),
    "SC-007": (check_each(measure.measure_log_delay),),
    "SC-008": (measure.measure_saving,),
    "SC-009": (
        check_each(match(Observed.service, {"availabilityZoneRebalancing": "ENABLED"})),
        check_each(net.look_at_zones),
    ),
    "SC-010": (OPENNESS,),
    "SC-011": (_check_called(measure.measure_discovery),),
    "US1-1": (ecs.look_at_cluster,),
    "US1-2": (ecs.look_at_references, *TO_DATABASE),
    "US1-3": (ecs.look_at_insights,),
    "US1-4": (ecs.look_at_weight("FARGATE"), ecs.look_at_weight("FARGATE_SPOT")),
    "US2-1": (ecs.look_at_separation,),
    "US2-2": (check_each(roles.look_at_policies(roles.EXECUTION)),),
    "US2-3": (check_each(SIZE),),
    "US2-4": (check_each(ecs.look_at_logs), check_each(RETENTION)),
    "US2-5": (check_one(roles.look_at_policies(roles.TASK), AGENT),),
    "US3-1": (
        check_each(around.look_at_registration),
        *BEHIND,
        around.look_at_https,
        _check_public(around.look_at_rule),
    ),
    "US3-2": (check_each(ROLLOUT),),
    "US3-3": (check_each(ecs.look_at_count), check_each(net.look_at_zones)),
    "US3-4": (_check_public(around.measure_departure), _check_public(measure.measure_replacement)),
    "US3-5": (check_each(BOUNDS), check_each(measure.measure_scaling)),
    "US4-1": (check_one(INGRESS, BFF),),
    "US4-2": (check_one(INGRESS, AGENT),),
    "US4-3": (check_one(net.look_at_reach, AGENT),),
    "US4-4": TO_DATABASE,
    "US4-5": (net.look_at_vpc_groups,),
    "US5-1": (SECRETS,),
    "US5-2": (check_one(roles.look_at_invocations, AGENT),),
    "US5-3": (check_one(roles.look_at_objects, AGENT),),
    "US5-4": (TASK_POLICIES, check_each(roles.look_at_trust)),
}
