"""ECS services, how they are deployed and called, and what tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items
from bidops_cfn.facts.exposures import EVENT_RULE
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, Unordered, expect
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules._values import (
    Given,
    OnlyFor,
    Rows,
    Values,
    imported,
    of_model,
    of_settings,
    of_stack,
    own,
)
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import MAX_HEALTHY_PERCENT, MIN_HEALTHY_PERCENT, Service
from bidops_cfn.spec.parts import Part

TTL_SECONDS = 5  # SC-011


class Runs(Values):
    """Each service runs its own task definition on the stack's cluster.

    A service that runs another's tasks has another's rights. The task definition is told by its
    container; the service that is meant for it must refer to it, so that a new revision is rolled
    out with the stack.
    """

    id = "E9601"
    source = "cfn-reference/aws-resource-ecs-service"
    requirements = ("FR-001", "FR-019", "FR-020")
    rows: ClassVar[Rows] = {
        Part.SERVICE: {"Cluster": own(Part.CLUSTER), "TaskDefinition": own(Part.TASK_DEFINITION)}
    }


class Deployment(Values):
    """Deployments keep to the specified percentages and roll back by themselves.

    A version that does not start must not replace one that runs. The circuit breaker rolls back
    what does not start, after ECS's default of half the desired tasks, at least 3 and at most 200;
    a public service also rolls back on its server error alarm, which watches the target group: one
    on the service is a cycle.
    """

    id = "E9602"
    source = "ecs/deployment-circuit-breaker"
    requirements = ("FR-024", "SC-003", "US3-2")
    rows: ClassVar[Rows] = {
        Part.SERVICE: {
            "DeploymentConfiguration": {
                "MinimumHealthyPercent": MIN_HEALTHY_PERCENT,
                "MaximumPercent": MAX_HEALTHY_PERCENT,
                "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
                "Alarms": OnlyFor(
                    lambda service: service.public,
                    {"AlarmNames": [own(Part.ERROR_ALARM)], "Enable": True, "Rollback": True},
                ),
            }
        }
    }


def _exec(case: ReadingUnderReview, _service: Service) -> object:
    known = case.known_settings  # off without settings, too
    return True if known and known.security.exec_log_group else Maybe(False)


class Switches(Values):
    """Services tag their tasks, rebalance over zones and refuse ECS Exec.

    Tasks carry the tags of their service, spread over zones, and take no shell. Tags follow the
    service, so that costs are attributed. After a zone comes back ECS moves tasks there. ECS Exec
    is a shell with the task's rights: off, but where settings name the log group of its sessions,
    which those of production cannot.
    """

    id = "E9605"
    source = "ecs/service-rebalancing"
    requirements = ("FR-023", "SC-009", "US3-3")
    rows: ClassVar[Rows] = {
        Part.SERVICE: {
            "AvailabilityZoneRebalancing": "ENABLED",
            "EnableECSManagedTags": True,
            "EnableExecuteCommand": Given(_exec),
            "PropagateTags": "SERVICE",
        }
    }


class Grace(Values):
    """Services behind the load balancer, and they alone, have a grace period.

    Without a grace period slow starters are killed before they are ready. Failing checks of the
    load balancer and of the container are ignored for as long as the settings say after a task has
    started. ECS long refused the property on a service without a load balancer; there the
    container's own check has a start period (E9212).
    """

    id = "E9606"
    source = "ecs/load-balancer-healthcheck"
    requirements = ("FR-035", "SC-003")
    rows: ClassVar[Rows] = {
        Part.SERVICE: {
            "HealthCheckGracePeriodSeconds": OnlyFor(
                lambda service: service.public, of_settings("health_grace_seconds")
            )
        }
    }


class Registries(Values):
    """Services that others call register with their discovery entry, and no other does.

    A port beside an A record is refused when the service is created, and lints clean.
    ServiceRegistries carries the registry's ARN alone: container name and port belong to SRV
    records.
    """

    id = "E9607"
    source = "ecs/service-discovery"
    requirements = ("FR-022", "SC-011")
    rows: ClassVar[Rows] = {
        Part.SERVICE: {
            "ServiceRegistries": OnlyFor(
                lambda service: service.callers, [{"RegistryArn": own(Part.DISCOVERY, "Arn")}]
            )
        }
    }


class Namespace(Values):
    """Discovery namespace is private, in the imported VPC, with a short SOA.

    The SOA record bounds how long "no such name" is remembered. The name is a setting of the
    environment, never below .local, which mDNS takes. A short time to live lets a caller find the
    first task at once.
    """

    id = "E9608"
    source = "cfn-reference/aws-resource-servicediscovery-privatednsnamespace"
    requirements = ("FR-022", "FR-047", "SC-011")
    rows: ClassVar[Rows] = {
        Part.NAMESPACE: {
            "Name": of_stack("discovery.namespace"),
            "Vpc": imported(Imports.VPC_ID.value),
            "Description": Maybe(SOME_TEXT),
            "Properties": {"DnsProperties": {"SOA": {"TTL": TTL_SECONDS}}},
        }
    }


class Discovery(Values):
    """Called services have A records with a short time to live, kept by ECS.

    A caller finds a new task as soon as the record's time to live is over. Several answers with a
    short time to live; ECS reports health by the custom check, with one failure to take a task out.
    """

    id = "E9609"
    source = "ecs/service-discovery"
    requirements = ("FR-022", "SC-011")
    rows: ClassVar[Rows] = {
        Part.DISCOVERY: {
            "Name": of_model("name"),
            "Description": Maybe(SOME_TEXT),
            "NamespaceId": own(Part.NAMESPACE, "Id"),
            "DnsConfig": {
                "DnsRecords": [{"Type": "A", "TTL": TTL_SECONDS}],
                "RoutingPolicy": "MULTIVALUE",
            },
            "HealthCheckCustomConfig": {"FailureThreshold": 1},
        }
    }


FAILED = "ECS Deployment State Change"
INTERRUPTED = "ECS Task State Change"
# The logical ids that the rules usually have, for a finding about one that is missing.
USUAL = {FAILED: "FailedDeploymentRule", INTERRUPTED: "SpotInterruptionRule"}


class EventRules(HouseRule):
    """EventBridge tells the topic that settings name of deployments and Spot tasks.

    A rule that is switched off or matches something else tells nothing; one with another target
    tells others what runs here. Where settings name no topic, there is no rule.
    """

    id = "E9806"
    source = "ecs/ecs_service_deployment_events"
    fix = "Set events_topic_arn in [alarms] of params/<environment>.toml and render again"
    judges = properties(EVENT_RULE, "EventPattern", "State", "Targets")
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        topic = case.settings.alarms.events_topic_arn
        wanted = _patterns(case) if topic else {}
        for resource in case.reading.document.of_type(EVENT_RULE):
            kinds = [
                symbols.show(one) for one in items(resource.get("EventPattern", "detail-type"))
            ]
            pattern = wanted.pop(" ".join(kinds), None)
            if pattern is None:
                yield Mismatch(resource.path, "tells of what no setting asks for")
                continue
            targets = [{"Arn": topic, "Id": "topic"}]
            expected = {"EventPattern": pattern, "State": Maybe("ENABLED"), "Targets": targets}
            yield from expect(resource.properties, expected, resource.at())
        for kind in wanted:
            yield Mismatch(("Resources",), f"lacks the rule for {kind}", about=USUAL[kind])


def _patterns(case: ReadingUnderReview) -> dict[str, object]:
    services = [case.parts.id(service.name, Part.SERVICE) for service in case.services]
    cluster = case.parts.id("", Part.CLUSTER)
    return {
        FAILED: {
            "source": ["aws.ecs"],
            "detail-type": [FAILED],
            "resources": Unordered([{symbols.REF: one} for one in services]),
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        },
        INTERRUPTED: {
            "source": ["aws.ecs"],
            "detail-type": [INTERRUPTED],
            "detail": {
                "clusterArn": [{symbols.GETATT: [cluster, "Arn"]}],
                "lastStatus": ["STOPPED"],
                "stopCode": ["SpotInterruption"],
            },
        },
    }
