"""What the proofs take for granted, by how the review words it, and how far AWS shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.preflight.groups import (
    covers_port,
    describe,
    format_ports,
    get_range,
    identify,
    is_expected,
    list_groups,
    list_open,
)
from bidops_cfn.deploy.preflight.network import is_unbounded
from bidops_cfn.deploy.preflight.vpc import find_endpoints
from bidops_cfn.review.writing import counted
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import Service
from bidops_cfn.verify.finding import Finding, OnService, Unobserved, judge, leave_open, merge
from bidops_cfn.verify.measures import measure_spot
from bidops_cfn.verify.network import (
    EGRESS,
    INGRESS,
    is_about,
    list_unknown,
    look_at_flows,
    look_at_place,
    look_at_routes,
    look_at_subnet_zones,
)
from bidops_cfn.verify.observed import Observed, list_details
from bidops_cfn.verify.roles import find_strangers, list_attached, list_inline

LookAtWords = Callable[[Observed, re.Match[str]], Finding]
BY_OUTPUT = {one.value.output: one for one in Imports}


def look_at_role(seen: Observed, words: re.Match[str]) -> Finding:
    """Check that a role has no policy of others; resources' policies are not listed."""
    role = seen.find(words["what"])
    inline, attached = list_inline(seen, role), list_attached(seen, role)
    if not inline:
        raise Unobserved(f"IAM shows no policy of {role}")
    wrong = [f"{one} is attached to {role}" for one in attached]
    wrong += [f"{role} has {' and '.join(sorted(inline))}"] if len(inline) > 1 else []
    wrong += [f"{role} {one}" for one in find_strangers(seen, role)]
    told = f"{role}: {len(inline)} inline, {len(attached)} attached"
    return judge(told, wrong, but="no call lists the policies of resources that admit a role")


def _look_at_rules(seen: Observed, service: Service) -> Finding:
    return merge([look_at_flows(one)(seen, service) for one in (INGRESS, EGRESS)])


def look_at_use(seen: Observed, service: Service) -> Finding:
    """Check that a group is attached to interfaces of its service's tasks alone."""
    tasks = (*seen.running(service), *seen.tasks(service), *seen.tasks(service, "STOPPED"))
    ids = {one for task in tasks for one in list_details(task, "networkInterfaceId")}
    if not ids:
        raise Unobserved(f"ECS names no interface of the tasks of {service.name}")
    found = [one["NetworkInterfaceId"] for one in seen.task_interfaces(service)]
    wrong = [f"{one} has it, and is of no task" for one in sorted(set(found) - ids)]
    return judge(f"{seen.group(service)}: {counted(len(found), 'interface')}", wrong)


def _of_groups(look: OnService) -> LookAtWords:

    def look_at_groups(seen: Observed, words: re.Match[str]) -> Finding:
        owners = {logical_ids.security_group(one): one for one in seen.services}
        names = words["what"].split(" and ")
        strange = [one for one in names if one not in owners]
        if strange:
            raise Unobserved(f"no service has the group {strange[0]}")
        return merge([look(seen, owners[one]) for one in names])

    return look_at_groups


def look_at_attached(seen: Observed, words: re.Match[str]) -> Finding:
    """Check that an imported group is attached to what the contract says alone."""
    value = BY_OUTPUT[words["what"]]
    groups = seen.values(value.value)
    balancer = seen.value(Imports.PUBLIC_ALB_ARN.value)
    found = seen.context.network.list_interfaces(groups)
    if not found:
        raise Unobserved(f"EC2 shows nothing that {', '.join(groups)} is attached to")
    others = [
        (one, group)
        for one in found  # EC2 was asked for those of the groups, whether it tells which or not
        for group in ({*groups} & {*list_groups(one)} or groups[:1])
        if not is_expected(value, one, balancer)
    ]
    told = f"{', '.join(groups)}: {counted(len(found), 'interface')}"
    wrong = [describe(one, group, value) for one, group in others if identify(one)]
    if value is Imports.ALB_SECURITY_GROUP:
        wrong += [
            f"{group} lets {get_range(rule)} in on {format_ports(rule)}"
            for group in groups
            for rule in list_open(seen.rules(group))
        ]
    strange = f"{describe(*others[0], value)}: cannot tell what that is" if others else ""
    return judge(told, wrong, but=strange)


def look_at_tier(seen: Observed, words: re.Match[str]) -> Finding:
    """Check ranges, zones and routes of the subnets of a tier, and that its tasks stand there."""
    tier = BY_OUTPUT[words["what"]]
    services = [one for one in seen.services if one.subnets is tier]
    if not services:
        raise Unobserved(f"no service stands in {tier.value.output}")
    places = [look(seen, one) for one in services for look in (look_at_place, look_at_subnet_zones)]
    return merge([look_at_routes(seen, tier), *places])


def _look_at_versions(seen: Observed, _words: re.Match[str]) -> Finding:
    bucket = seen.value(Imports.KNOWLEDGE_BASE_BUCKET.value)
    status = seen.client(Call.GET_BUCKET_VERSIONING, Bucket=bucket).get("Status")
    wrong = [] if status == "Enabled" else [f"{bucket} keeps no versions"]
    return judge(f"{bucket}: versioning {status or 'never turned on'}", wrong)


def look_at_gateway(seen: Observed, _words: re.Match[str]) -> Finding:
    """Check that the prefix list is S3's, and that the gateway's policy bounds it."""
    wanted = f"com.amazonaws.{seen.environment.region}.s3"
    identity = seen.environment.network.s3_prefix_list_id
    call, what = Call.DESCRIBE_PREFIX_LISTS, f"prefix list {identity}"
    name = seen.first(call, "PrefixLists", what, PrefixListIds=[identity]).get("PrefixListName")
    gateways = [
        one for one in find_endpoints(seen.context, "s3") if one.get("VpcEndpointType") == "Gateway"
    ]
    wrong = [] if name == wanted else [f"{identity} is {name}, not {wanted}"]
    wrong += [
        f"the policy of {one['VpcEndpointId']} allows everything"
        for one in gateways
        if is_unbounded(one.get("PolicyDocument"))
    ]
    told = f"{identity} is {name}, {counted(len(gateways), 'gateway endpoint')}"
    shown = all(one.get("PolicyDocument") for one in gateways or ({},))
    return judge(told, wrong, but="" if shown else "EC2 shows no policy of an S3 gateway endpoint")


def look_at_outlet(seen: Observed, words: re.Match[str]) -> Finding:
    """Check that the load balancer's group lets requests out to a service."""
    service = next((one for one in seen.services if one.name == words["what"]), None)
    if service is None:
        raise Unobserved(f"there is no service {words['what']}")
    groups, ours = seen.values(Imports.ALB_SECURITY_GROUP.value), seen.group(service)
    rules = [
        one
        for group in groups
        for one in seen.rules(group)
        if one["IsEgress"] and covers_port(one, service.port)
    ]
    reaching = [one for one in rules if is_about(seen, service, one)]
    wrong = [] if reaching else [f"no egress rule covers {service.port} to {ours}"]
    told = f"{', '.join(groups)}: {counted(len(reaching), 'egress rule')} for {service.port}"
    unknown = list_unknown(rules, ", ".join(groups), "out of")
    return leave_open(told, "; ".join(unknown)) if unknown and wrong else judge(told, wrong)


def explain(why: str) -> LookAtWords:
    """Return the check of something that no call shows."""
    return lambda _seen, _words: leave_open("", why)


ASSUMED: Mapping[re.Pattern[str], LookAtWords] = {
    re.compile(pattern): look
    for pattern, look in {
        r"no other stack attaches a policy to (?P<what>\w+) or admits": look_at_role,
        r"what \S+ asks another service to do": explain(
            "what another service does with its own permission is seen in that service alone"
        ),
        r"writing an object can replace it": _look_at_versions,
        r"`(?P<what>Private(App|Agent)SubnetIds)`": look_at_tier,
        r"`(?P<what>(VpcEndpoint|Database|Alb)SecurityGroupId)`, ": look_at_attached,
        r"the region's S3 list": look_at_gateway,
        r"no other stack adds rules to (?P<what>\w+( and \w+)*)$": _of_groups(_look_at_rules),
        r"the resolver of .* answers DNS": explain(
            "no rule of a group stops what a task asks the VPC's resolver; no call shows it"
        ),
        r"no other stack attaches (?P<what>\w+( and \w+)*) to anything": _of_groups(look_at_use),
        r"lets requests out to (?P<what>\S+) on": look_at_outlet,
        r"Spot is \d+ % cheaper": explain(
            "the discount is an assumption of the settings; Spot's price changes by the hour"
        ),
        r"Spot has capacity": lambda seen, _words: measure_spot(seen),
    }.items()
}


def look_at_assumption(seen: Observed, text: str) -> Finding:
    """Return the finding on an assumption in the review's words."""
    for pattern, look in ASSUMED.items():
        words = pattern.search(text)
        if words:
            return look(seen, words)
    raise Unobserved("no check knows this assumption")
