"""Cluster, services, task definitions and containers as ECS has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bidops_cfn import logical_ids
from bidops_cfn.contract import Imports, secret_import, secrets_manager_import
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json
from bidops_cfn.model import (
    LOG_RETENTION_DAYS,
    MAX_HEALTHY_PERCENT,
    MAX_TASKS,
    MIN_HEALTHY_PERCENT,
    MIN_TASKS,
    Service,
    TaskSize,
)
from bidops_cfn.spec.secret_texts import secret_in
from bidops_cfn.spec.sizes import PRESCRIBED
from bidops_cfn.verify.finding import Finding, Unobserved, judge, merge
from bidops_cfn.verify.observed import LOWER, Observed
from bidops_cfn.verify.answers import list_items

Look = Callable[[Observed], Finding]
OnService = Callable[[Observed, Service], Finding]
PROVIDERS = ("FARGATE", "FARGATE_SPOT")
WEIGHTS = {"FARGATE": 70, "FARGATE_SPOT": 30}  # FR-004, FR-005


def each(check: OnService, wanted: Callable[[Service], bool] = lambda _: True) -> Look:
    """Return the check of all services that are ``wanted``."""

    def look(seen: Observed) -> Finding:
        return merge([check(seen, one) for one in seen.services if wanted(one)])

    return look


def of(check: OnService, name: str) -> Look:
    """Return the check of the service ``name``."""
    return each(check, lambda one: one.name == name)


def differ(what: str, found: object, wanted: object) -> Iterator[str]:
    """Yield that something is not as it should be, where that is so."""
    if found != wanted:
        yield f"{what} is {found}, not {wanted}"


def look_at_cluster(seen: Observed) -> Finding:
    """The cluster is there, with both capacity providers (FR-001, US1-1)."""
    cluster = seen.cluster
    providers = sorted(cluster.get("capacityProviders", ()))
    return judge(
        f"{cluster['clusterName']} {cluster['status']} with {', '.join(providers) or 'no provider'}",
        [*differ("cluster", cluster["status"], "ACTIVE"),
         *differ("capacity providers", providers, list(PROVIDERS))],
    )


def look_at_insights(seen: Observed) -> Finding:
    """Container Insights is as the settings say (FR-003, US1-3)."""
    settings = {one["name"]: one["value"] for one in seen.cluster.get("settings", ())}
    if "containerInsights" not in settings:
        raise Unobserved("ECS shows no setting containerInsights")
    found, wanted = settings["containerInsights"], seen.environment.container_insights
    return judge(f"containerInsights is {found}", differ("containerInsights", found, wanted))


def look_at_weight(provider: str) -> Look:
    """Return the check that a provider has its weight in every strategy (FR-004, FR-005)."""

    def look(seen: Observed) -> Finding:
        strategies = {"cluster": seen.cluster.get("defaultCapacityProviderStrategy", ())}
        for one in seen.services:
            strategies[one.name] = seen.service(one).get("capacityProviderStrategy", ())
        shares = {name: weigh(strategy).get(provider, 0) for name, strategy in strategies.items()}
        told = ", ".join(f"{name} {share:g} %" for name, share in shares.items())
        wrong = [
            problem
            for name, share in shares.items()
            for problem in differ(f"{provider} of {name}", share, WEIGHTS[provider])
        ]
        return judge(f"{provider}: {told}", wrong, min(shares.values()), "%")

    return look


def weigh(strategy: Any) -> Mapping[str, float]:
    """Return the share in percent of each provider of a strategy, without what bases take."""
    weights = {one["capacityProvider"]: one.get("weight", 0) for one in strategy}
    total = sum(weights.values())
    return {name: 100 * weight / total for name, weight in weights.items()} if total else {}


def look_at_definition(seen: Observed, service: Service) -> Finding:
    """The service runs a task definition of its own (FR-006, FR-007)."""
    found = seen.definition(service)
    family = f"bidopsai-{seen.environment.name}-{service.name}"
    return judge(
        f"{found['family']}:{found['revision']} {found.get('status', '')}",
        [*differ("family", found["family"], family),
         *differ("status", found.get("status"), "ACTIVE"),
         *differ("launch types", list(found.get("requiresCompatibilities", ())), ["FARGATE"])],
    )


def look_at_size(seen: Observed, service: Service) -> Finding:
    """Tasks have the size of their environment (FR-041 to FR-043)."""
    found, environment = seen.definition(service), seen.environment
    size = TaskSize(int(found["cpu"]), int(found["memory"]))
    settings = environment.services[service.name].size
    wanted, _ = PRESCRIBED.get(environment.name, (settings, ""))
    return judge(
        f"{service.name} {size.cpu} CPU, {size.memory} MiB",
        [*differ("cpu", size.cpu, wanted.cpu), *differ("memory", size.memory, wanted.memory)],
    )


def look_at_network_mode(seen: Observed, service: Service) -> Finding:
    """Tasks have interfaces of their own (FR-008)."""
    mode = seen.definition(service).get("networkMode")
    return judge(f"{service.name} {mode}", differ("network mode", mode, "awsvpc"))


def look_at_container(seen: Observed, service: Service) -> Finding:
    """The container is essential (FR-012)."""
    essential = seen.container(service).get("essential")
    return judge(f"{service.name} essential {essential}", differ("essential", essential, True))


def look_at_port(seen: Observed, service: Service) -> Finding:
    """The container exposes the service's port (FR-015)."""
    ports = [one.get("containerPort") for one in seen.container(service).get("portMappings", ())]
    told = ", ".join(map(str, ports)) or "no port"
    return judge(f"{service.name} {told}", differ("ports", ports, [service.port]))


def look_at_image(seen: Observed, service: Service) -> Finding:
    """The image comes from the repository of StorageStack (FR-011, FR-048)."""
    image = str(seen.container(service).get("image", ""))
    wanted = seen.value(service.repository.value)
    right = image.startswith((f"{wanted}:", f"{wanted}@"))
    return judge(image, [] if right else [f"it is not of {wanted}"])


def look_at_variables(seen: Observed, service: Service) -> Finding:
    """The container has region, environment, and the variables of the settings (FR-013)."""
    found = list_variables(seen.container(service))
    wanted = {
        "AWS_REGION": seen.environment.region,
        "ENVIRONMENT": seen.environment.name,
        **service.environment,
        **seen.environment.services[service.name].environment,
    }
    wrong = [f"{name} is {'another' if name in found else 'missing'}"
             for name, value in wanted.items() if found.get(name) != value]
    return judge(f"{service.name} {len(found)} variables", wrong)


def list_variables(container: Json) -> Mapping[str, str]:
    """Return the plain variables of a container."""
    return {one["name"]: one.get("value", "") for one in container.get("environment", ())}


def look_at_secrets(seen: Observed, service: Service) -> Finding:
    """Secrets are mounted from where SecurityStack keeps them (FR-014, FR-049, US5-1)."""
    container, settings = seen.container(service), seen.environment.services[service.name]
    found = {one["name"]: one["valueFrom"] for one in container.get("secrets", ())}
    wanted = {name: seen.value(secret_import(output)) for name, output in settings.secrets.items()}
    for name, output in settings.secrets_manager.items():
        wanted[name] = seen.value(secrets_manager_import(output))
    wrong = [f"{name} is {'another' if name in found else 'missing'}"
             for name, arn in wanted.items() if found.get(name) != arn]
    wrong += [f"{name} is not of the settings" for name in found.keys() - wanted.keys()]
    wrong += find_embedded(container)
    return judge(f"{service.name} {len(found)} secrets, no credential beside them", wrong)


def find_embedded(container: Json) -> Iterator[str]:
    """Yield each plain variable that looks like a credential; never its value."""
    for name, value in list_variables(container).items():
        kind = secret_in(value)
        if kind:
            yield f"{name} holds what looks like {kind}"


def look_at_logs(seen: Observed, service: Service) -> Finding:
    """The container logs to its group, in streams of the service's name (FR-010)."""
    options = seen.container(service).get("logConfiguration", {}).get("options", {})
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    return judge(
        f"{service.name} to {group}, streams {prefix}/",
        [*differ("log group", group, seen.find(logical_ids.log_group(service))),
         *differ("stream prefix", prefix, service.name)],
    )


def look_at_retention(seen: Observed, service: Service) -> Finding:
    """Logs are kept for seven days (FR-044)."""
    name = seen.find(logical_ids.log_group(service))
    groups = list_items(
        seen.client, Call.DESCRIBE_LOG_GROUPS, "logGroups", LOWER, logGroupNamePrefix=name
    )
    found = next((one for one in groups if one["logGroupName"] == name), None)
    if found is None:
        raise Unobserved(f"CloudWatch Logs shows no group {name}")
    days = found.get("retentionInDays")
    told = f"{service.name} {days} days" if days else f"{service.name} for ever"
    return judge(told, differ("retention", days, LOG_RETENTION_DAYS), days, "days")


def look_at_count(seen: Observed, service: Service) -> Finding:
    """At least two tasks are wanted and run (FR-019, FR-020)."""
    found = seen.service(service)
    desired, runs = found["desiredCount"], found["runningCount"]
    wrong = [] if MIN_TASKS <= desired <= MAX_TASKS else [f"{desired} tasks are wanted"]
    wrong += [f"{runs} of at least {MIN_TASKS} tasks run"] if runs < MIN_TASKS else []
    return judge(f"{service.name} {runs} of {desired} tasks run", wrong, runs, "tasks")


def look_at_rollout(seen: Observed, service: Service) -> Finding:
    """Rolling updates keep half of the tasks healthy (FR-024, US3-2)."""
    found = seen.service(service)
    has = found.get("deploymentConfiguration", {})
    low, high = has.get("minimumHealthyPercent"), has.get("maximumPercent")
    kind = found.get("deploymentController", {}).get("type", "ECS")
    breaker = has.get("deploymentCircuitBreaker", {})
    return judge(
        f"{service.name} {low} % to {high} %",
        [*differ("minimum", low, MIN_HEALTHY_PERCENT),
         *differ("maximum", high, MAX_HEALTHY_PERCENT),
         *differ("deployment controller", kind, "ECS"),
         *differ("circuit breaker", breaker.get("enable"), True)],
    )


def look_at_separation(seen: Observed) -> Finding:
    """Each service has a task definition of its own (US2-1)."""
    families = [seen.definition(one)["family"] for one in seen.services]
    wrong = [] if len(set(families)) == len(families) else ["two services share one"]
    return judge(", ".join(families), wrong)


def look_at_exports(seen: Observed) -> Finding:
    """What other stacks need is exported, and is what runs (FR-050)."""
    names = {one.export: one.value for one in seen.stack.outputs if one.export}
    exported = seen.context.exports
    wanted = {"ClusterArn": seen.cluster["clusterArn"], "NamespaceId": seen.find("Namespace")}
    for one in seen.services:
        wanted[f"{one.title}ServiceArn"] = seen.service(one)["serviceArn"]
        wanted[f"{one.title}TaskDefinitionArn"] = seen.service(one)["taskDefinition"]
    wrong = []
    for key, value in wanted.items():
        found = next((name for name in names if name.endswith(f"-{key}")), None)
        if found is None:
            wrong.append(f"{key} is not exported")
        elif exported.get(found) != value:
            wrong.append(f"{found} is {exported.get(found, 'no export')}, and {value} runs")
    return judge(f"{len(names)} exports", wrong, len(names), "exports")


def look_at_registration(seen: Observed, service: Service) -> Finding:
    """A public service stands behind its target group, the others behind none (US3-1)."""
    balancers = seen.service(service).get("loadBalancers", ())
    if not service.public:
        return judge(f"{service.name} behind no load balancer",
                     ["it has one"] if balancers else [])
    arn = seen.find(logical_ids.target_group(service))
    places = [(one.get("targetGroupArn"), one.get("containerPort")) for one in balancers]
    wrong = [] if places == [(arn, service.port)] else [f"it is not registered on {service.port}"]
    return judge(f"{service.name} registers on {', '.join(str(port) for _, port in places)}"
                 if places else f"{service.name} registers nowhere", wrong)


def look_at_references(seen: Observed) -> Finding:
    """The services stand in what NetworkStack exports (FR-002, FR-047, US1-2)."""
    vpc = seen.value(Imports.VPC_ID.value)
    tiers = {one.subnets for one in seen.services}
    places = {tier: [net["VpcId"] for net in seen.subnets(tier)] for tier in tiers}
    wrong = [f"{tier.value.output}: not in {vpc}" for tier, vpcs in places.items()
             if set(vpcs) != {vpc}]
    for one in seen.services:
        used = seen.service(one)["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
        wrong += differ(f"subnets of {one.name}", sorted(used), sorted(seen.values(one.subnets.value)))
    return judge(f"{', '.join(one.name for one in seen.services)} in {vpc}", wrong)
