"""Changes of the account, and the rows that each of them makes fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.deploy.scripted.network import BALANCER
from tests.verify.account import Account
from tests.verify.state import make_rule

Change = Callable[[Account], Any]


def without(*operations: str) -> Change:
    """AWS answers with nothing."""
    return lambda account: account.answers.update({one: {} for one in operations})


def container(**more: Any) -> Change:
    return lambda account: account.definitions["bff"]["containerDefinitions"][0].update(more)


def definition(**more: Any) -> Change:
    return lambda account: account.definitions["bff"].update(more)


def service(name: str = "bff", **more: Any) -> Change:
    return lambda account: account.services[name].update(more)


def rule(group: str, line: str) -> Change:
    return lambda account: account.rules[group].append(make_rule(group, line))


def placement(name: str = "bff", **more: Any) -> Change:
    def change(account: Account) -> None:
        account.services[name]["networkConfiguration"]["awsvpcConfiguration"].update(more)

    return change


def route(**target: str) -> Change:
    """The agent's subnets lead everywhere by a route to ``target``."""
    everywhere = {"DestinationCidrBlock": "0.0.0.0/0", **target}
    return lambda account: account.network.tables["agent"]["Routes"].append(everywhere)


def targets(**more: Any) -> Change:
    return lambda account: account.target_group.update(more)


def balancer(**more: Any) -> Change:
    return lambda account: account.network.balancer.update(more)


def role(name: str, part: str, value: Any) -> Change:
    return lambda account: account.roles[account.ids[name]].update({part: value})


def allowing(name: str, action: str, resource: str = "arn:x") -> Change:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return lambda account: account.roles[account.ids[name]]["inline"].update(
        extra={"Statement": [statement]}
    )


def decision(name: str, action: str, decided: str) -> Change:
    return lambda account: account.decisions.update({(account.ids[name], action): decided})


def one_zone(account: Account) -> None:
    for one in account.tasks["bff"]:
        one["availabilityZone"] = "us-east-1a"


def on_demand(account: Account) -> None:
    for few in account.tasks.values():
        for one in few:
            one["capacityProviderName"] = "FARGATE"


def stopped(account: Account, **more: Any) -> None:
    account.stopped["bff"][0].update(more)


def not_replaced(account: Account) -> None:
    account.tasks["bff"].pop()
    account.services["bff"]["runningCount"] = 2


def slow_rollout(account: Account) -> None:
    account.rollouts["bff"]["startedAt"] = account.ago(9000)
    account.pushed = account.ago(9100)


def late_scaling(account: Account) -> None:
    account.activities[0]["EndTime"] = account.ago(600)


def attach(group: str, **more: Any) -> Change:
    return lambda account: account.network.interfaces.append(
        account.interface("other", group, **more)
    )


def embedded(account: Account) -> None:
    account.definitions["bff"]["containerDefinitions"][0]["environment"].append(
        {"name": "KEY", "value": "AKIA" + "ABCDEFGHIJKLMNOP"}
    )


def failed_calls(account: Account) -> None:
    account.trail = [one | {"errorCode": "AccessDenied"} for one in account.trail]


def let_in(group: str, port: int, **end: Any) -> Change:
    """Change whom the rules of a group on a port are about."""

    def change(account: Account) -> None:
        for one in account.rules[group]:
            if one["FromPort"] == port:
                del one["ReferencedGroupInfo"]
                one.update(end)

    return change


def unruled(group: str, port: int) -> Change:
    return let_in(group, port, ReferencedGroupInfo={"GroupId": "sg-other"})


def rolling(account: Account) -> None:
    new = {"id": "2", "status": "PRIMARY", "rolloutState": "IN_PROGRESS"}
    old = {"id": "1", "status": "ACTIVE", "rolloutState": "COMPLETED"}
    account.services["bff"]["deployments"] = [new, old]


def alarms_of_others(account: Account) -> None:
    for name, one in account.template.items():
        if one["Type"] == "AWS::CloudWatch::Alarm":
            del account.ids[name]


def scaled_out_too(account: Account) -> None:
    """A second task starts in time, and a third one late: one of them replaces what failed."""
    late = {"createdAt": account.ago(300), "startedAt": account.ago(290)}
    account.tasks["bff"].append(account.task("bff", 3) | late)


def as_specified(account: Account) -> None:
    """Nothing is changed."""


def halves(group: str) -> Change:
    """The world, in two pieces."""

    def change(account: Account) -> None:
        for half in ("0.0.0.0/1", "128.0.0.0/1"):
            rule(group, f"ingress 22 from {half}")(account)

    return change


EVERYTHING = (
    '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'
)
POLICY = "arn:aws:iam::aws:policy/A"
WORLD = "ingress 3000 from 0.0.0.0/0"
LAMBDA = {"InterfaceType": "lambda"}
NO_EXPORT = without("ListExports")
NO_RULES = without("DescribeSecurityGroupRules")
NO_DEFINITION = without("DescribeTaskDefinition")
NO_SERVICE = without("DescribeServices")
NO_TASKS = without("ListTasks")
NO_SIMULATION = without("SimulatePrincipalPolicy")
NO_POLICIES = without("ListRolePolicies")
NO_GROUPS = without("DescribeTargetGroups")
WIDE = allowing("BffTaskRole", "ssm:GetParameter", "*")
OUTSIDE = rule("sg-bff", "ingress 22 from 198.51.100.0/24")
# ids -> what makes them fail, what leaves them open, and what the failure says
CASES: list[tuple[str, Change, Change, str]] = [
    ("FR-001, US1-1", lambda a: a.cluster.update(status="FAILED"), without("DescribeClusters"),
     "it is FAILED"),
    ("FR-002, FR-047, US1-2", placement(subnets=["subnet-9"]),
     without("DescribeSubnets"), "bff stands in other subnets"),
    ("FR-003, US1-3", lambda a: a.cluster["settings"][0].update(value="disabled"),
     lambda a: a.cluster.update(settings=[]), "not enabled"),
    ("FR-004, FR-005, US1-4",
     service(capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}]),
     without("DescribeClusters"), "bff is not"),
    ("FR-006, FR-041, US2-3", definition(cpu="256"), NO_DEFINITION, "cpu is 256, not 512"),
    ("FR-007", lambda a: a.definitions["agentcore"].update(memory="512"), NO_DEFINITION,
     "memory is 512, not 1024"),
    ("FR-008", definition(networkMode="bridge"), NO_DEFINITION, "networkMode is bridge"),
    ("FR-009, FR-018, US2-2", allowing("BffExecutionRole", "s3:DeleteObject"), NO_POLICIES,
     "may s3:DeleteObject on arn:x, which is not reviewed"),
    ("FR-010, US2-4", container(logConfiguration={"logDriver": "awslogs"}), NO_DEFINITION,
     "awslogs-group is none"),
    ("FR-011, FR-048", container(image="docker.io/bff:1"), NO_EXPORT, "it is not of"),
    ("FR-012", container(essential=False), NO_DEFINITION, "essential is false"),
    ("FR-013", container(environment=[]), NO_DEFINITION, "AWS_REGION is missing"),
    ("FR-014, FR-049, US5-1", container(secrets=[]), NO_EXPORT, "DATABASE_URL is missing"),
    ("FR-014, SC-006, US5-1", embedded, NO_DEFINITION,
     "KEY holds what looks like an AWS access key"),
    ("FR-015", container(portMappings=[{"containerPort": 22}]), NO_DEFINITION, "not 3000 alone"),
    ("FR-016, FR-018, US5-4", WIDE, NO_POLICIES,
     "may ssm:GetParameter on *, which is not reviewed"),
    ("FR-017, FR-018, US2-5, US5-4", role("AgentCoreTaskRole", "attached", [POLICY]),
     NO_POLICIES, "policy/A is attached"),
    ("FR-019, US3-3", service(runningCount=1), NO_SERVICE, "fewer than 2 tasks running"),
    ("FR-020", service("agentcore", desiredCount=11), NO_SERVICE, "11 tasks are wanted"),
    ("FR-021", targets(Port=80), NO_GROUPS, "Port is 80, not 3000"),
    ("FR-021, FR-033, FR-047, US3-1", targets(LoadBalancerArns=[]), NO_GROUPS,
     "LoadBalancerArns is none"),
    ("FR-021, FR-033, US3-1", balancer(Scheme="internal"), without("DescribeLoadBalancers"),
     "app/public/1a2b: Scheme is internal, not internet-facing"),
    ("US3-1", lambda a: a.network.listener.update(Protocol="HTTP"), without("DescribeListeners"),
     "Protocol is HTTP, not HTTPS"),
    ("US3-1", lambda a: a.exports.update({"bidopsai-dev-network-PublicAlbArn": f"{BALANCER}0"}),
     NO_EXPORT, f"it is no listener of {BALANCER}0"),
    ("FR-022", lambda a: a.namespace.update(Type="HTTP"), without("GetService"),
     "not as specified"),
    ("FR-022", lambda a: a.discovery["agentcore"].update(Name="agent"), without("GetService"),
     "bff is told http://agentcore.dev.bidopsai.internal:8080, not http://agent."),
    ("SC-009", service(availabilityZoneRebalancing="DISABLED"), NO_SERVICE, "is DISABLED"),
    ("FR-023", lambda a: a.network.subnets["subnet-app-b"].update(AvailabilityZone="us-east-1a"),
     without("DescribeSubnets"), "bff stands in one zone"),
    ("FR-024, US3-2", service(deploymentConfiguration={"minimumHealthyPercent": 0}), NO_SERVICE,
     "minimumHealthyPercent is 0, not 50"),
    ("FR-025, FR-030, SC-010, US4-1, rules to BffSecurityGroup", rule("sg-bff", WORLD), NO_RULES,
     "0.0.0.0/0"),
    ("FR-025, US4-1, rules to BffSecurityGroup", OUTSIDE, NO_EXPORT,
     "bff has ingress 22 from 198.51.100.0/24"),
    ("FR-026, US4-2, rules to AgentCoreSecurityGroup",
     rule("sg-agentcore", "ingress 8080 from sg-other"), NO_RULES,
     "agentcore has ingress 8080 from sg-other"),
    ("FR-027", unruled("sg-bff", 8080), NO_RULES, "lacks egress 8080 to agentcore"),
    ("FR-028", unruled("sg-endpoints", 443), NO_RULES, "sg-endpoints lets bff not in on 443"),
    ("FR-029, US1-2, US4-4", unruled("sg-database", 5432), NO_RULES, "lets bff not in on 5432"),
    ("FR-031", lambda a: a.network.subnets["subnet-app-a"].update(CidrBlock="10.9.0.0/24"),
     without("DescribeSubnets"), "not 10.0.11.0/24 and 10.0.12.0/24"),
    ("FR-032, PrivateAgentSubnetIds",
     lambda a: a.network.subnets["subnet-agent-a"].update(CidrBlock="10.9.0.0/24"),
     without("DescribeSubnets"), "not 10.0.21.0/24 and 10.0.22.0/24"),
    ("FR-033", targets(HealthCheckPath="/"), NO_GROUPS, "HealthCheckPath is /, not /api/health"),
    ("FR-034, SC-005", targets(UnhealthyThresholdCount=5), NO_GROUPS, ""),
    ("FR-035, US3-4", lambda a: a.services["bff"]["events"].pop(0),
     lambda a: a.services["bff"].update(events=[]),
     "neither stopped nor deregistered"),
    ("FR-037, US3-5", lambda a: a.scalable.update(MaxCapacity=40),
     without("DescribeScalableTargets"), "MaxCapacity is 40, not 10"),
    ("FR-037", lambda a: a.scalable.update(SuspendedState={"DynamicScalingOutSuspended": True}),
     NO_SERVICE, "DynamicScalingOutSuspended is on"),
    ("FR-038", lambda a: a.policies.update(CPUUtilization=90.0), without("DescribeScalingPolicies"),
     "not 70 %"),
    ("FR-039", lambda a: a.policies.pop("MemoryUtilization"), without("DescribeScalingPolicies"),
     "not 80 %"),
    ("FR-040", lambda a: setattr(a, "cooldown", 60), without("DescribeScalingPolicies"),
     "not 300 s"),
    ("FR-044, US2-4", lambda a: a.retention.clear(), without("DescribeLogGroups"),
     "retentionInDays is none, not 7"),
    ("FR-045", lambda a: a.alarms.pop("BffTaskDeficitAlarm"), without("DescribeAlarms"),
     "none looks at DesiredTaskCount"),
    ("FR-045", lambda a: a.alarms["BffTaskDeficitAlarm"].update(ActionsEnabled=False), NO_SERVICE,
     "are off"),
    ("FR-046", lambda a: a.alarms.pop("BffUnhealthyTargetsAlarm"), without("DescribeAlarms"),
     "none looks at UnHealthyHost"),
    ("FR-050", lambda a: a.exports.pop("bidopsai-dev-compute-ClusterArn"),
     without("DescribeClusters"), "ClusterArn is missing"),
    ("SC-001", slow_rollout, lambda a: a.rollouts.clear(), "is more than 600 s"),
    ("SC-001", slow_rollout, lambda a: setattr(a, "pushed", a.ago(90000)), "is more than 600 s"),
    ("SC-002", lambda a: a.tasks["bff"][-1].update(startedAt=a.ago(500)), NO_TASKS,
     "100 s is more than 60 s"),
    ("SC-002, US3-4", not_replaced, lambda a: stopped(a, stopCode="ServiceSchedulerInitiated"),
     "600 s is more than 60 s"),
    ("SC-003", lambda a: a.healthy.append(0.0), without("GetMetricStatistics"), "less than 99.9 %"),
    ("SC-003", lambda a: setattr(a, "healthy", [0.0]), lambda a: a.healthy.pop(),
     "less than 99.9 %"),
    ("SC-004, US3-5", late_scaling, lambda a: a.activities.clear(), "590 s is more than 300 s"),
    ("SC-004", late_scaling, lambda a: a.history.clear(), "590 s is more than 300 s"),
    ("SC-004, US3-5",
     lambda a: a.activities[0].update(StatusCode="Failed", StatusMessage="no room"),
     lambda a: a.activities[0].update(Cause="a person"), "it failed: no room"),
    ("SC-006", decision("BffTaskRole", "ssm:GetParameter", "implicitDeny"), NO_SIMULATION,
     "may not ssm:GetParameter"),
    ("SC-006", decision("BffTaskRole", "iam:PassRole", "allowed"), NO_SIMULATION,
     "may iam:PassRole"),
    ("SC-007", lambda a: setattr(a, "log_delay", 45), lambda a: setattr(a, "lines", 0),
     "45 s is more than 30 s"),
    ("SC-008, Spot has capacity", on_demand, NO_TASKS, "less than 30 %"),
    ("SC-009, US3-3", one_zone, NO_TASKS, "bff stands in one zone"),
    ("SC-011", lambda a: a.registered["agentcore"].update(agentcore1=a.ago(3440)),
     lambda a: a.registered.clear(), "10 s is more than 5 s"),
    ("US2-1", lambda a: a.definitions["bff"].update(family="bidopsai-dev-agentcore"), NO_DEFINITION,
     "two services share one"),
    ("US3-1", lambda a: a.listener_rule.update(Priority="9"), without("DescribeRules"),
     "not as in the settings"),
    ("US3-1", service("agentcore", loadBalancers=[{"containerPort": 8080}]), NO_SERVICE,
     "not as specified"),
    ("US4-3", attach("sg-agentcore", Association={"PublicIp": "198.51.100.7"}),
     without("DescribeNetworkInterfaces"), "has 198.51.100.7"),
    ("US4-3", placement("agentcore", assignPublicIp="ENABLED"), NO_SERVICE,
     "agentcore gives its tasks public addresses"),
    ("US4-3, PrivateAgentSubnetIds", route(NatGatewayId="nat-1"),
     route(TransitGatewayId="tgw-1"), "routes 0.0.0.0/0 to nat-1"),
    ("US4-5", rule("sg-database", "ingress 5432 from 0.0.0.0/0"), without("DescribeSecurityGroups"),
     "sg-database lets 0.0.0.0/0 in on tcp 5432"),
    ("US4-5", halves("sg-alb"), without("DescribeSecurityGroups"),
     "sg-alb lets 0.0.0.0/1 in on tcp 22; sg-alb lets 128.0.0.0/1 in on tcp 22"),
    ("`AlbSecurityGroupId`", halves("sg-alb"), NO_EXPORT, "0.0.0.0/1 in on tcp 22"),
    ("US4-5", rule("sg-agentcore", "ingress 22 from 2000::/3"),
     without("DescribeSecurityGroups"), "2000::/3"),
    ("US5-2", decision("AgentCoreTaskRole", "bedrock:InvokeModel", "explicitDeny"), NO_SIMULATION,
     "may not"),
    ("US5-3", decision("AgentCoreTaskRole", "s3:PutObject", "explicitDeny"), NO_SIMULATION,
     "s3:PutObject"),
    ("US5-4", role("BffTaskRole", "trust", {"Statement": [{"Principal": {"AWS": "*"}}]}),
     without("GetRole"), "trusts"),
    ("a policy to BffTaskRole", allowing("BffTaskRole", "s3:GetObject"), NO_POLICIES,
     "extra and permissions"),
    ("a policy to BffExecutionRole", role("BffExecutionRole", "attached", [POLICY]), NO_POLICIES,
     "is attached"),
    ("a policy to AgentCoreExecutionRole, a policy to AgentCoreTaskRole",
     lambda a: [role(f"AgentCore{one}Role", "attached", ["arn:p"])(a) for one in
                         ("Task", "Execution")], NO_POLICIES, "is attached"),
    ("writing an object", lambda a: a.versioning.update(Status="Suspended"), NO_EXPORT,
     "keeps no versions"),
    ("VpcEndpointSecurityGroupId", attach("sg-endpoints", **LAMBDA),
     without("DescribeNetworkInterfaces"),
     "attached to a Lambda function"),
    ("DatabaseSecurityGroupId", attach("sg-database", **LAMBDA), attach("sg-database"),
     "attached to a Lambda function"),
    ("FR-028", let_in("sg-endpoints", 443, CidrIpv4="198.51.100.0/24"), NO_RULES,
     "sg-endpoints lets bff not in on 443"),
    ("out to bff", let_in("sg-alb", 3000, CidrIpv6="2001:db8::/32"), NO_RULES,
     "no egress rule covers 3000"),
    ("US4-3", attach("sg-agentcore", Ipv6Addresses=[{"Ipv6Address": "2001:db8::1"}]),
     without("DescribeNetworkInterfaces"), "eni-other has 2001:db8::1"),
    ("SC-004", lambda a: a.activities[0].update(StatusCode="InProgress", EndTime=None),
     lambda a: a.activities.clear(), "1190 s is more than 300 s"),
    ("SC-004", lambda a: a.activities[0].update(StatusCode="Unfulfilled"),
     lambda a: a.activities.clear(), "it failed"),
    ("PrivateAgentSubnetIds", lambda a: a.network.subnets["subnet-agent-b"].update(
        AvailabilityZone="us-east-1a"), without("DescribeSubnets"), "agentcore stands in one zone"),
    ("S3 list", lambda a: a.network.endpoints["s3"].update(PolicyDocument=EVERYTHING),
     without("DescribeVpcEndpoints"), "allows everything"),
    ("attaches BffSecurityGroup to", attach("sg-bff", **LAMBDA), NO_TASKS,
     "eni-other has it, and is of no task"),
    ("`AlbSecurityGroupId`", rule("sg-alb", "ingress 22 from 0.0.0.0/0"), NO_EXPORT,
     "in on tcp 22"),
    ("out to bff", unruled("sg-alb", 3000), NO_RULES, "no egress rule covers 3000"),
]  # fmt: skip
LIST = {"PrefixListId": "pl-1"}
# What is not known of an answer that is partial, late, or from the middle of a deployment.
UNKNOWN: list[tuple[str, Change, str]] = [
    *((ids, lambda a, lost=lost: a.network.balancer.pop(lost), f"cannot tell its {lost}")
      for ids, lost in (("FR-021, FR-033, US3-1", "Scheme"), ("US3-1", "Type"))),
    ("US5-2", failed_calls, "CloudTrail shows no call that succeeded in that time"),
    ("US3-1", balancer(AvailabilityZones=[{"ZoneName": "us-east-1a"}]), "is not in us-east-1b"),
    ("US3-1", balancer(SecurityGroups=["sg-1"]), "SecurityGroups is sg-1, not sg-alb"),
    ("US3-1", balancer(SecurityGroups=[]), "cannot tell its SecurityGroups"),
    ("US3-1", balancer(State={"Code": "provisioning"}), "State is provisioning"),
    ("US3-1", lambda a: a.network.listener.pop("Protocol"), "cannot tell its Protocol"),
    ("FR-037", lambda a: a.scalable.pop("SuspendedState"), "not tell DynamicScalingInSuspended"),
    ("FR-037", lambda a: a.scalable["SuspendedState"].pop("ScheduledScalingSuspended"),
     "does not tell ScheduledScalingSuspended of bff"),
    ("FR-008, FR-013, FR-041, US5-1", rolling,
     "the rollout of bff is not completed: tasks of more"),
    ("FR-012", service(deployments=[]), "the rollout of bff is not completed: it is not shown"),
    ("SC-001", lambda a: setattr(a, "pushed", a.ago(3400)),
     "pushed after the rollout of bff began"),
    ("SC-003", as_specified, "5 minutes cannot tell 99.9 %, which takes 1000 minutes of rollouts"),
    ("SC-008", as_specified, "only the bill tells"),
    ("SC-004", lambda a: a.activities.append(
        a.activities[0] | {"StartTime": a.ago(9000), "EndTime": a.ago(8990)}),
     "bff: 1 alarm of scaling out not remembered"),
    ("SC-001", container(image="docker.io/bff:1"), "docker.io/bff:1 is not in ECR"),
    ("SC-001", lambda a: setattr(a, "pushed", None), "ECR does not tell when"),
    ("SC-002", lambda a: [a.tasks["bff"].pop(), service(desiredCount=2, runningCount=2)(a)],
     "bff was scaled in, or a start is not remembered"),
    ("SC-008", lambda a: a.tasks["bff"][0].pop("capacityProviderName"),
     "ECS names no capacity provider of some tasks"),
    ("US5-4", role("BffTaskRole", "trust", {"Statement": []}), "IAM shows no trust of"),
    ("SC-002, US3-4", scaled_out_too, "more tasks started than failed"),
    ("FR-035, US3-4", lambda a: a.stopped["bff"].pop(), "events name no task"),
    ("FR-035", lambda a: a.stopped["bff"][1].update(stoppingAt=a.ago(300)), "events name no task"),
    ("out to bff", let_in("sg-alb", 3000, **LIST), "cannot tell what pl-1 lets out of sg-alb"),
    ("FR-045", alarms_of_others, "the stack has no alarm"),
    ("FR-028", let_in("sg-endpoints", 443, **LIST),
     "cannot tell what pl-1 lets in to sg-endpoints"),
    ("FR-030, SC-010", let_in("sg-bff", 3000, **LIST), "cannot tell what pl-1 lets in to bff"),
    ("US4-5", let_in("sg-bff", 3000, **LIST), "cannot tell what pl-1 lets in to sg-bff"),
    ("FR-030", let_in("sg-bff", 3000), "what a rule without other end lets in to bff"),
    ("VpcEndpointSecurityGroupId", lambda a: a.answers.update(DescribeNetworkInterfaces={
        "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}]}), "cannot tell what that is"),
    ("FR-045", lambda a: a.alarms["BffTaskDeficitAlarm"].pop("ActionsEnabled"),
     "does not tell whether the actions are on"),
    ("FR-016, US5-4", without("ListAttachedRolePolicies"), "it has no AttachedPolicies"),
    ("FR-016", lambda a: a.answers.update(ListAttachedRolePolicies={
        "AttachedPolicies": [], "IsTruncated": True}), "does not say where"),
    ("US4-5", lambda a: a.answers.update(DescribeSecurityGroups={
        "SecurityGroups": [{"GroupId": "sg-bff"}]}), "it has no IpPermissions"),
    ("out to bff", let_in("sg-alb", 3000, CidrIpv4="10.0/x"), "10.0/x"),
    ("`AlbSecurityGroupId`", rule("sg-alb", "ingress 22 from 10.0/x"), "10.0/x"),
    ("US4-5", rule("sg-database", "ingress 5432 from 10.0/x"), "10.0/x"),
]  # fmt: skip
