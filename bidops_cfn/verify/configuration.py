"""Cluster, services, tasks, load balancer, scaling, alarms and discovery as AWS has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bidops_cfn import logical_ids
from bidops_cfn.deploy.client import Json
from bidops_cfn.settings.contract import Imports, secret_import, secrets_manager_import
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import MAX_TASKS, MIN_TASKS, Service
from bidops_cfn.spec.floors import PRESCRIBED
from bidops_cfn.spec.secret_texts import secret_in
from bidops_cfn.verify.finding import Finding, Inactive, Look, Unobserved, judge, match, show
from bidops_cfn.verify.observed import Observed

WEIGHTS = {"FARGATE": 70, "FARGATE_SPOT": 30}  # FR-004, FR-005


def choose_size(environment: Environment, service: Service) -> tuple[str, str]:
    """Return CPU and memory of a task as the specification wants them, else the settings."""
    own = environment.services[service.name].size
    (cpu, memory), _ = PRESCRIBED.get(environment.name, ((own.cpu, own.memory), ""))
    return str(cpu), str(memory)


def look_at_cluster(seen: Observed) -> Finding:
    """Check that the cluster is there, with both capacity providers (FR-001, US1-1)."""
    cluster = seen.cluster
    missing = sorted(WEIGHTS.keys() - set(cluster.get("capacityProviders", ())))
    wrong = [f"it has no {one}" for one in missing]
    wrong += [] if cluster["status"] == "ACTIVE" else [f"it is {cluster['status']}"]
    providers = show(list(cluster.get("capacityProviders", ())))
    return judge(f"{cluster['clusterName']} {cluster['status']}, {providers}", wrong)


def look_at_insights(seen: Observed) -> Finding:
    """Check that Container Insights is as the settings say (FR-003, US1-3)."""
    settings = {one["name"]: one["value"] for one in seen.cluster.get("settings", ())}
    found = settings.get("containerInsights")
    if found is None:
        raise Unobserved("ECS shows no setting containerInsights")
    wanted = seen.environment.container_insights
    return judge(f"containerInsights {found}", [] if found == wanted else [f"not {wanted}"])


def look_at_weight(provider: str) -> Look:
    """Return the check that a provider has its weight in every strategy (FR-004, FR-005)."""

    def look(seen: Observed) -> Finding:
        strategies = {"cluster": seen.cluster.get("defaultCapacityProviderStrategy", ())}
        for one in seen.services:
            strategies[one.name] = seen.service(one).get("capacityProviderStrategy", ())
        shares = {name: weigh(strategy).get(provider, 0) for name, strategy in strategies.items()}
        told = ", ".join(f"{name} {share:g} %" for name, share in shares.items())
        wanted = WEIGHTS[provider]
        wrong = [f"{name} is not {wanted} %" for name, one in shares.items() if one != wanted]
        return judge(f"{provider}: {told}", wrong, min(shares.values()), "%")

    return look


def weigh(strategy: Any) -> Mapping[str, float]:
    """Return the share in percent of each provider of a strategy, without what bases take."""
    weights = {one["capacityProvider"]: one.get("weight", 0) for one in strategy}
    total = sum(weights.values())
    return {name: 100 * weight / total for name, weight in weights.items()} if total else {}


def look_at_ports(seen: Observed, service: Service) -> Finding:
    """Check that the container exposes the service's port (FR-015)."""
    ports = [one.get("containerPort") for one in seen.container(service).get("portMappings", ())]
    told = f"{service.name} exposes {show(ports)}"
    return judge(told, [] if ports == [service.port] else [f"not {service.port} alone"])


def look_at_image(seen: Observed, service: Service) -> Finding:
    """Check that the image comes from the repository of StorageStack (FR-011, FR-048)."""
    image, wanted = str(seen.container(service)["image"]), seen.value(service.repository.value)
    right = image.startswith((f"{wanted}:", f"{wanted}@"))
    return judge(image, [] if right else [f"it is not of {wanted}"])


def list_variables(container: Json) -> Mapping[str, str]:
    """Return the plain variables of a container."""
    return {one["name"]: one.get("value", "") for one in container.get("environment", ())}


def compare(found: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[str]:
    """Yield what is missing or another, by name; values are not told."""
    for name, value in wanted.items():
        if found.get(name) != value:
            yield f"{name} is {'another' if name in found else 'missing'}"


def look_at_variables(seen: Observed, service: Service) -> Finding:
    """Check that the container has the variables of environment and settings (FR-013)."""
    found, environment = list_variables(seen.container(service)), seen.environment
    wanted = {"AWS_REGION": environment.region, "ENVIRONMENT": environment.name}
    wanted |= {**service.environment, **environment.services[service.name].environment}
    return judge(f"{service.name}: {len(found)} variables", compare(found, wanted))


def look_at_secrets(seen: Observed, service: Service) -> Finding:
    """Check that secrets come from where SecurityStack keeps them (FR-014, FR-049)."""
    container, settings = seen.container(service), seen.environment.services[service.name]
    found = {one["name"]: one["valueFrom"] for one in container.get("secrets", ())}
    wanted = {name: seen.value(secret_import(output)) for name, output in settings.secrets.items()}
    for name, output in settings.secrets_manager.items():
        wanted[name] = seen.value(secrets_manager_import(output))
    wrong = [*compare(found, wanted)]
    wrong += [f"{name} is not of the settings" for name in sorted(found.keys() - wanted.keys())]
    for name, value in list_variables(container).items():
        kind = secret_in(value)
        wrong += [f"{name} holds what looks like {kind}"] if kind else []
    if not wanted and not wrong:
        raise Unobserved(f"the settings mount no secret in {service.name}")
    return judge(f"{service.name} mounts {', '.join(sorted(found)) or 'nothing'}", wrong)


def look_at_logs(seen: Observed, service: Service) -> Finding:
    """Check that the container logs to its group, in streams of the service's name (FR-010)."""
    group, options = seen.find(logical_ids.log_group(service)), "logConfiguration.options"
    wanted = {f"{options}.awslogs-group": group, f"{options}.awslogs-stream-prefix": service.name}
    return match(Observed.container, wanted)(seen, service)


def look_at_count(seen: Observed, service: Service) -> Finding:
    """Check that at least two tasks are wanted and run (FR-019, FR-020)."""
    try:
        found = seen.service(service)
    except Inactive as gone:
        return judge(f"{service.name}: no task running", [str(gone)], 0, "tasks")
    desired, runs = found["desiredCount"], found["runningCount"]
    wrong = [] if MIN_TASKS <= desired <= MAX_TASKS else [f"{desired} tasks are wanted"]
    wrong += [f"fewer than {MIN_TASKS} tasks running"] if runs < MIN_TASKS else []
    return judge(f"{service.name}: {runs}/{desired} tasks running", wrong, runs, "tasks")


def look_at_separation(seen: Observed) -> Finding:
    """Check that each service has a task definition of its own (US2-1)."""
    families = [seen.definition(one)["family"] for one in seen.services]
    wrong = [] if len(set(families)) == len(families) else ["two services share one"]
    return judge(", ".join(families), wrong)


def look_at_exports(seen: Observed) -> Finding:
    """Check that what other stacks need is exported, and is what runs (FR-050)."""
    names = [one.export for one in seen.stack.outputs if one.export]
    exported = seen.context.neighbours.exports
    wanted = {
        "ClusterArn": seen.cluster["clusterArn"],
        "NamespaceId": seen.find(logical_ids.NAMESPACE),
    }
    for one in seen.services:
        wanted[f"{one.title}ServiceArn"] = seen.service(one)["serviceArn"]
        wanted[f"{one.title}TaskDefinitionArn"] = seen.service(one)["taskDefinition"]
    found = {
        key: exported[name]
        for key in wanted
        for name in names
        if name.endswith(f"-{key}") and name in exported
    }
    return judge(f"{len(names)} exports", compare(found, wanted), len(names), "exports")


def look_at_references(seen: Observed) -> Finding:
    """Check that the services stand in what NetworkStack exports (FR-002, FR-047, US1-2)."""
    vpc, wrong = seen.value(Imports.VPC_ID.value), []
    for one in seen.services:
        places = {net["VpcId"] for net in seen.subnets(one.subnets)}
        wrong += [f"{one.name} is not in {vpc}"] if places != {vpc} else []
        if set(seen.placement(one)["subnets"]) != set(seen.values(one.subnets.value)):
            wrong.append(f"{one.name} stands in other subnets")
    return judge(f"{', '.join(one.name for one in seen.services)} in {vpc}", wrong)
