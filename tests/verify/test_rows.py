"""Each row good, bad and not observed: one change of the account, one changed row."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bidops_cfn.cli.surroundings import assumptions
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Observation, Verification
from bidops_cfn.deploy.stack import find_stack
from bidops_cfn.review.requirements import requirements
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.settings.tables import Security
from bidops_cfn.spec.permissions import RESOURCES
from bidops_cfn.verify.assumptions import ASSUMED
from bidops_cfn.verify.observed import KeptAnswers, Observed
from bidops_cfn.verify.roles import list_patterns
from bidops_cfn.verify.survey import list_rows, look_at_row, verify
from bidops_cfn.verify.table import TABLE
from tests.conftest import NAMES, REPOSITORY
from tests.verify.account import Account, make_rule

HOLDS, FAILS, UNSEEN = Observation.HOLDS, Observation.FAILS, Observation.NOT_OBSERVED
Change = Callable[[Account], Any]
# Of everything as specified: what no call shows, only a drill measures, or takes long.
OPEN = {
    "FR-042",
    "FR-043",
    "SC-003",
    "SC-005",
    "SC-008",
    "US5-3",
    "A1",
    "A2",
    "A3",
    "A4",
    "A5",
    "A12",
    "A17",
}


@pytest.fixture
def account(dev: Environment) -> Account:
    return Account(dev)


def run(account: Account) -> dict[str, Verification]:
    world = account.world
    world.run(lambda: verify(world.runtime, world.target, timedelta(hours=24)))
    return {one.id: one for one in world.output.of("verification")}


def look(account: Account, name: str) -> Verification:
    """What one row finds, without the others."""
    world = account.world
    stack = find_stack(world.wire, "bidopsai-dev-compute")
    assert stack is not None

    context = DeploymentContext(KeptAnswers(world.wire), world.target, world.clock)
    seen = Observed(context, stack, account.ago(86400), account.now)
    (row,) = (one for one in list_rows(world.target) if one.id == name)
    return look_at_row(row, seen, [])


def test_everything_has_exactly_one_row(account: Account) -> None:
    assert list(TABLE) == list(requirements())
    found = run(account)
    assert list(found) == [*requirements(), *account.world.assumptions]
    assert len(account.world.output.of("verification")) == len(found)


def test_every_kind_of_resource_is_known(dev: Environment) -> None:
    keys = Security(secrets_key_output="Key", exec_log_group="/exec")
    account = Account(dataclasses.replace(dev, security=keys))
    account.exports["bidopsai-dev-security-Key"] = "arn:aws:kms:us-east-1:111111111111:key/1"
    world = account.world
    context = DeploymentContext(world.wire, world.target, world.clock)
    stack = find_stack(world.wire, "bidopsai-dev-compute")
    assert stack is not None
    seen = Observed(context, stack, account.now, account.now)
    empty = {on for on in RESOURCES if not any(list_patterns(seen, one, on) for one in SERVICES)}
    assert empty == {
        "mounted secrets", "security agent", "configuration key", "knowledge base key",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_assumption_of_the_reviews_is_known_once(name: str) -> None:
    texts = assumptions(REPOSITORY / "templates" / name / "REVIEW.md").values()
    assert texts
    for text in texts:
        assert sum(bool(pattern.search(text)) for pattern in ASSUMED) == 1, text


def test_as_specified_everything_holds_that_a_call_shows(account: Account) -> None:
    found = run(account)
    other = {one.id: one.reason for one in found.values() if one.outcome is not HOLDS}
    assert set(other) == OPEN, other
    for one in found.values():
        assert bool(one.reason) is (one.outcome is not HOLDS), one
        assert one.outcome is not HOLDS or (one.measured and one.calls), one


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


def unruled(group: str, port: int) -> Change:
    def change(account: Account) -> None:
        for one in account.rules[group]:
            if one["FromPort"] == port:
                one["ReferencedGroupInfo"] = {"GroupId": "sg-other"}

    return change


def targets(**more: Any) -> Change:
    return lambda account: account.target_group.update(more)


def role(name: str, part: str, value: Any) -> Change:
    return lambda account: account.roles[account.ids[name]].update({part: value})


def allowing(name: str, action: str, resource: str = "arn:x") -> Change:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return lambda account: account.roles[account.ids[name]]["inline"].update(
        extra={"Statement": [statement]}
    )


def decision(name: str, action: str, decided: str) -> Change:
    return lambda account: account.decisions.update({(account.ids[name], action): decided})


def unnamed(logical_id: str) -> Change:
    return lambda account: account.ids.pop(logical_id)


def elsewhere(account: Account) -> None:
    place = account.services["bff"]["networkConfiguration"]["awsvpcConfiguration"]
    place["subnets"] = ["subnet-9"]


def strategy(account: Account) -> None:
    account.services["bff"]["capacityProviderStrategy"] = [
        {"capacityProvider": "FARGATE", "weight": 1}
    ]


def one_zone(account: Account) -> None:
    for one in account.tasks["bff"]:
        one["availabilityZone"] = "us-east-1a"


def on_demand(account: Account) -> None:
    for few in account.tasks.values():
        for one in few:
            one["capacityProviderName"] = "FARGATE"


def stopped(account: Account, **more: Any) -> None:
    account.stopped["bff"][0].update(more)


def replaced_late(account: Account) -> None:
    account.tasks["bff"][-1]["startedAt"] = account.ago(500)


def not_replaced(account: Account) -> None:
    account.tasks["bff"].pop()
    account.services["bff"]["runningCount"] = 2


def slow_rollout(account: Account) -> None:
    account.rollouts["bff"]["startedAt"] = account.ago(9000)
    account.pushed = account.ago(9100)


def early_push(account: Account) -> None:
    account.pushed = account.ago(90000)


def late_scaling(account: Account) -> None:
    account.activities[0]["EndTime"] = account.ago(600)


def slow_registration(account: Account) -> None:
    account.registered["agentcore1"] += timedelta(seconds=9)


def public_address(account: Account) -> None:
    account.interfaces[-1]["Association"] = {"PublicIp": "198.51.100.7"}


def nat(account: Account) -> None:
    account.routes.append({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"})


def gateway(account: Account) -> None:
    account.routes.append({"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"})


def attach(group: str, **more: Any) -> Change:
    return lambda account: account.interfaces.append(account._interface("other", group, **more))


def unbound(account: Account) -> None:
    account.endpoint["PolicyDocument"] = (
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}'
    )


def stays_unhealthy(account: Account) -> None:
    account.services["bff"]["events"].pop(0)


def embedded(account: Account) -> None:
    account.definitions["bff"]["containerDefinitions"][0]["environment"].append(
        {"name": "KEY", "value": "AKIA" + "ABCDEFGHIJKLMNOP"}
    )


def failed_calls(account: Account) -> None:
    account.trail = [one | {"errorCode": "AccessDenied"} for one in account.trail]


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
    ("FR-001 US1-1", lambda a: a.cluster.update(status="FAILED"), without("DescribeClusters"),
     "it is FAILED"),
    ("FR-002 FR-047 US1-2", elsewhere,
     without("DescribeSubnets"), "bff stands in other subnets"),
    ("FR-003 US1-3", lambda a: a.cluster["settings"][0].update(value="disabled"),
     lambda a: a.cluster.update(settings=[]), "not enabled"),
    ("FR-004 FR-005 US1-4", strategy, without("DescribeClusters"), "bff is not"),
    ("FR-006 FR-041 US2-3", definition(cpu="256"), NO_DEFINITION, "cpu is 256, not 512"),
    ("FR-007", lambda a: a.definitions["agentcore"].update(memory="512"), NO_DEFINITION,
     "memory is 512, not 1024"),
    ("FR-008", definition(networkMode="bridge"), NO_DEFINITION, "networkMode is bridge"),
    ("FR-009 FR-018 US2-2", allowing("BffExecutionRole", "s3:DeleteObject"), NO_POLICIES,
     "may s3:DeleteObject on arn:x, which is not reviewed"),
    ("FR-010 US2-4", container(logConfiguration={"logDriver": "awslogs"}), NO_DEFINITION,
     "awslogs-group is none"),
    ("FR-011 FR-048", container(image="docker.io/bff:1"), NO_EXPORT, "it is not of"),
    ("FR-012", container(essential=False), NO_DEFINITION, "essential is false"),
    ("FR-013", container(environment=[]), NO_DEFINITION, "AWS_REGION is missing"),
    ("FR-014 FR-049 US5-1", container(secrets=[]), NO_EXPORT, "DATABASE_URL is missing"),
    ("FR-014 SC-006 US5-1", embedded, NO_DEFINITION, "KEY holds what looks like an AWS access key"),
    ("FR-015", container(portMappings=[{"containerPort": 22}]), NO_DEFINITION, "not 3000 alone"),
    ("FR-016 FR-018 US5-4", WIDE, NO_POLICIES, "may ssm:GetParameter on *, which is not reviewed"),
    ("FR-017 FR-018 US2-5 US5-4", role("AgentCoreTaskRole", "attached", [POLICY]),
     NO_POLICIES, "policy/A is attached"),
    ("FR-019 US3-3", service(runningCount=1), NO_SERVICE, "fewer than 2 tasks running"),
    ("FR-020", service("agentcore", desiredCount=11), NO_SERVICE, "11 tasks are wanted"),
    ("FR-021", targets(Port=80), NO_GROUPS, "Port is 80, not 3000"),
    ("FR-021 FR-047", targets(LoadBalancerArns=[]), NO_GROUPS, "LoadBalancerArns is none"),
    ("FR-022", lambda a: a.namespace.update(Type="HTTP"), without("GetService"),
     "not as specified"),
    ("FR-022", lambda a: a.discovery.update(Name="agent"), without("GetService"),
     "bff is told http://agentcore.dev.bidopsai.internal:8080, not http://agent."),
    ("SC-009", service(availabilityZoneRebalancing="DISABLED"), NO_SERVICE, "is DISABLED"),
    ("FR-023", lambda a: a.subnets["subnet-2"].update(AvailabilityZone="us-east-1a"),
     without("DescribeSubnets"), "bff stands in one zone"),
    ("FR-024 US3-2", service(deploymentConfiguration={"minimumHealthyPercent": 0}), NO_SERVICE,
     "minimumHealthyPercent is 0, not 50"),
    ("FR-025 FR-030 SC-010 US4-1 A14", rule("sg-bff", WORLD), NO_RULES, "0.0.0.0/0"),
    ("FR-025 US4-1 A14", OUTSIDE, NO_EXPORT, "bff has ingress 22 from 198.51.100.0/24"),
    ("FR-026 US4-2 A11", rule("sg-agentcore", "ingress 8080 from sg-other"), NO_RULES,
     "agentcore has ingress 8080 from sg-other"),
    ("FR-027", unruled("sg-bff", 8080), NO_RULES, "lacks egress 8080 to agentcore"),
    ("FR-028", unruled("sg-endpoints", 443), NO_RULES, "sg-endpoints lets bff not in on 443"),
    ("FR-029 US1-2 US4-4", unruled("sg-database", 5432), NO_RULES, "lets bff not in on 5432"),
    ("FR-031", lambda a: a.subnets["subnet-1"].update(CidrBlock="10.9.0.0/24"),
     without("DescribeSubnets"), "not 10.0.11.0/24 and 10.0.12.0/24"),
    ("FR-032 A7", lambda a: a.subnets["subnet-3"].update(CidrBlock="10.9.0.0/24"),
     without("DescribeSubnets"), "not 10.0.21.0/24 and 10.0.22.0/24"),
    ("FR-033", targets(HealthCheckPath="/"), NO_GROUPS, "HealthCheckPath is /, not /api/health"),
    ("FR-034 SC-005", targets(UnhealthyThresholdCount=5), NO_GROUPS, ""),
    ("FR-035 US3-4", stays_unhealthy, lambda a: a.services["bff"].update(events=[]),
     "neither stopped nor deregistered"),
    ("FR-037 US3-5", lambda a: a.scalable.update(MaxCapacity=40),
     without("DescribeScalableTargets"), "MaxCapacity is 40, not 10"),
    ("FR-037", lambda a: a.scalable.update(SuspendedState={"DynamicScalingOutSuspended": True}),
     NO_SERVICE, "DynamicScalingOutSuspended is on"),
    ("FR-038", lambda a: a.policies.update(CPUUtilization=90.0), without("DescribeScalingPolicies"),
     "not 70 %"),
    ("FR-039", lambda a: a.policies.pop("MemoryUtilization"), without("DescribeScalingPolicies"),
     "not 80 %"),
    ("FR-040", lambda a: setattr(a, "cooldown", 60), without("DescribeScalingPolicies"),
     "not 300 s"),
    ("FR-044 US2-4", lambda a: a.retention.clear(), without("DescribeLogGroups"),
     "retentionInDays is none, not 7"),
    ("FR-045", lambda a: a.alarms.pop(0), without("DescribeAlarms"),
     "none looks at DesiredTaskCount"),
    ("FR-045", lambda a: a.alarms[0].update(ActionsEnabled=False), NO_SERVICE, "are off"),
    ("FR-046", lambda a: a.alarms.pop(), without("DescribeAlarms"), "none looks at UnHealthyHost"),
    ("FR-050", lambda a: a.exports.pop("bidopsai-dev-compute-ClusterArn"),
     without("DescribeClusters"), "ClusterArn is missing"),
    ("SC-001", slow_rollout, lambda a: a.rollouts.clear(), "is more than 600 s"),
    ("SC-001", slow_rollout, early_push, "is more than 600 s"),
    ("SC-002", replaced_late, NO_TASKS, "100 s is more than 60 s"),
    ("SC-002 US3-4", not_replaced, lambda a: stopped(a, stopCode="ServiceSchedulerInitiated"),
     "600 s is more than 60 s"),
    ("SC-003", lambda a: a.healthy.append(0.0), without("GetMetricStatistics"), "less than 99.9 %"),
    ("SC-003", lambda a: setattr(a, "healthy", [0.0]), lambda a: a.healthy.pop(),
     "less than 99.9 %"),
    ("SC-004 US3-5", late_scaling, lambda a: a.activities.clear(), "590 s is more than 300 s"),
    ("SC-004", late_scaling, lambda a: a.history.clear(), "590 s is more than 300 s"),
    ("SC-004 US3-5", lambda a: a.activities[0].update(StatusCode="Failed", StatusMessage="no room"),
     lambda a: a.activities[0].update(Cause="a person"), "it failed: no room"),
    ("SC-006", decision("BffTaskRole", "ssm:GetParameter", "implicitDeny"), NO_SIMULATION,
     "may not ssm:GetParameter"),
    ("SC-006", decision("BffTaskRole", "iam:PassRole", "allowed"), NO_SIMULATION,
     "may iam:PassRole"),
    ("SC-007", lambda a: setattr(a, "log_delay", 45), lambda a: setattr(a, "lines", 0),
     "45 s is more than 30 s"),
    ("SC-008 A18", on_demand, NO_TASKS, "less than 30 %"),
    ("SC-009 US3-3", one_zone, NO_TASKS, "bff stands in one zone"),
    ("SC-011", slow_registration, lambda a: a.registered.clear(), "10 s is more than 5 s"),
    ("US2-1", lambda a: a.definitions["bff"].update(family="bidopsai-dev-agentcore"), NO_DEFINITION,
     "two services share one"),
    ("US3-1", lambda a: a.listener_rule.update(Priority="9"), without("DescribeRules"),
     "not as in the settings"),
    ("US3-1", service("agentcore", loadBalancers=[{"containerPort": 8080}]), NO_SERVICE,
     "not as specified"),
    ("US4-3", public_address, without("DescribeNetworkInterfaces"), "has 198.51.100.7"),
    ("US4-3 A7", nat, gateway, "routes 0.0.0.0/0 to nat-1"),
    ("US4-5", rule("sg-database", "ingress 5432 from 0.0.0.0/0"), without("DescribeSecurityGroups"),
     "sg-database lets 0.0.0.0/0 in on tcp 5432"),
    ("US5-2 US5-3", decision("AgentCoreTaskRole", "bedrock:InvokeModel", "explicitDeny"),
     NO_SIMULATION, "may not"),
    ("US5-4", role("BffTaskRole", "trust", {"Statement": [{"Principal": {"AWS": "*"}}]}),
     without("GetRole"), "trusts"),
    ("A1", allowing("BffTaskRole", "s3:GetObject"), NO_POLICIES, "extra and permissions"),
    ("A2", role("BffExecutionRole", "attached", [POLICY]), NO_POLICIES,
     "is attached"),
    ("A4 A5", lambda a: [role(f"AgentCore{one}Role", "attached", ["arn:p"])(a) for one in
                         ("Task", "Execution")], NO_POLICIES, "is attached"),
    ("A6", lambda a: a.versioning.update(Status="Suspended"), NO_EXPORT, "keeps no versions"),
    ("A8", attach("sg-endpoints", **LAMBDA), without("DescribeNetworkInterfaces"),
     "attached to a Lambda function"),
    ("A9", attach("sg-database", **LAMBDA), attach("sg-database"), "attached to a Lambda function"),
    ("A10", unbound, without("DescribeVpcEndpoints"), "allows everything"),
    ("A13", attach("sg-bff", **LAMBDA), NO_TASKS, "eni-other has it, and is of no task"),
    ("A15", rule("sg-alb", "ingress 22 from 0.0.0.0/0"), NO_EXPORT, "in on tcp 22"),
    ("A16", unruled("sg-alb", 3000), NO_RULES, "no egress rule covers 3000"),
]  # fmt: skip
BAD = [(name, bad, says) for ids, bad, _, says in CASES for name in ids.split()]
SEEN_NOT = [(name, unseen) for ids, _, unseen, _ in CASES for name in ids.split()]


def test_every_row_has_a_bad_case_but_what_nothing_can_refute() -> None:
    covered = {name for name, _, _ in BAD}
    everything = {*TABLE, *(f"A{number}" for number in range(1, 19))}
    assert everything - covered == {"FR-042", "FR-043", "A3", "A12", "A17"}


@pytest.mark.parametrize(("name", "bad", "says"), BAD, ids=[f"{n}-{s}" for n, _, s in BAD])
def test_a_row_fails(account: Account, name: str, bad: Change, says: str) -> None:
    if name == "US5-3":
        bad, says = decision("AgentCoreTaskRole", "s3:PutObject", "explicitDeny"), "s3:PutObject"
    bad(account)
    one = look(account, name)
    assert one.outcome is FAILS, one
    assert says in one.reason, one
    assert one.measured
    assert one.calls


@pytest.mark.parametrize(("name", "unseen"), SEEN_NOT)
def test_a_row_is_not_observed_where_the_answer_is_empty(
    account: Account, name: str, unseen: Change
) -> None:
    unseen(account)
    one = look(account, name)
    assert one.outcome is UNSEEN, one
    assert one.reason


@pytest.mark.parametrize("answer", ["inactive", "missing"])
def test_a_service_that_was_deleted_fails_where_its_tasks_are_counted(
    account: Account, answer: str
) -> None:
    if answer == "inactive":
        account.services["bff"]["status"] = "INACTIVE"
    else:
        gone = {"services": [], "failures": [{"arn": "bff", "reason": "MISSING"}]}
        account.answers["DescribeServices"] = gone
    for name, outcome in (("FR-019", FAILS), ("US3-3", FAILS), ("FR-006", UNSEEN)):
        one = look(account, name)
        assert one.outcome is outcome, one
        assert "deleted outside CloudFormation" in one.reason


def test_an_availability_holds_of_as_many_minutes_as_its_percentage_takes(account: Account) -> None:
    account.rollouts["bff"]["startedAt"] = account.rollouts["bff"]["finishedAt"] - timedelta(
        minutes=1000
    )
    account.healthy = [2.0] * 999
    few = look(account, "SC-003")
    assert (few.outcome, few.value) == (UNSEEN, 100)
    assert few.reason == "1000 minutes of rollouts, 999 with data"
    account.healthy.append(1.0)
    assert look(account, "SC-003").outcome is HOLDS


def test_what_few_minutes_of_rollouts_cannot_tell_is_open(account: Account) -> None:
    one = look(account, "SC-003")
    assert one.outcome is UNSEEN
    assert one.reason == "5 minutes cannot tell 99.9 %, which takes 1000 minutes of rollouts"


def test_a_moment_on_spot_does_not_tell_what_is_saved(account: Account) -> None:
    one = look(account, "SC-008")
    assert one.outcome is UNSEEN
    assert "only the bill tells" in one.reason


def test_a_registration_that_is_not_remembered_leaves_discovery_open(account: Account) -> None:
    del account.registered["agentcore8"]
    one = look(account, "SC-011")
    assert one.outcome is UNSEEN
    assert "agentcore: 2 tasks" in one.measured
    assert one.reason == "Cloud Map remembers no registration of 1 more, started in that time"


def test_a_scaling_whose_alarm_is_not_remembered_leaves_the_rest_open(account: Account) -> None:
    before = account.activities[0] | {"StartTime": account.ago(9000), "EndTime": account.ago(8990)}
    account.activities.append(before)
    one = look(account, "SC-004")
    assert one.outcome is UNSEEN
    assert "bff: 1 alarm of scaling out not remembered" in one.reason


def test_an_empty_account_holds_nothing(account: Account) -> None:
    keep = {"GetCallerIdentity", "DescribeStacks", "ListStackResources", "ListExports"}
    account.answers = {call.value.name: {} for call in Call if call.value.name not in keep}
    seen = {one.id for one in run(account).values() if one.outcome is not UNSEEN}
    assert seen == {"A6"}  # S3 answers nothing of a bucket that never kept versions


def empty(answer: Any, wanted: str, path: str = "") -> Any:
    """Return an answer with the lists at a path emptied."""
    if isinstance(answer, list):
        return [] if path == wanted else [empty(one, wanted, f"{path}[]") for one in answer]
    if isinstance(answer, dict):
        return {key: empty(one, wanted, f"{path}.{key}") for key, one in answer.items()}
    return answer


def list_paths(answer: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each list in an answer that holds something."""
    if isinstance(answer, list):
        yield from [path] * bool(answer)
        for one in answer:
            yield from list_paths(one, f"{path}[]")
    elif isinstance(answer, dict):
        for key, one in answer.items():
            yield from list_paths(one, f"{path}.{key}")


def intercept(account: Account, edit: Callable[[Call, Any], Any]) -> Account:
    """Let every answer of the account pass through ``edit``."""
    handlers = account.world.wire.handlers
    for call, handler in list(handlers.items()):
        handlers[call] = lambda call=call, handler=handler, **asked: edit(call, handler(**asked))
    return account


def test_no_row_holds_on_a_list_without_anything(dev: Environment) -> None:
    """Empty each list that AWS answers, one after the other: what a row tells of it cannot hold."""
    lists: set[tuple[Call, str]] = set()

    def note(call: Call, answer: Any) -> Any:
        lists.update((call, path) for path in list_paths(answer))
        return answer

    whole = run(intercept(Account(dev), note))
    assert len(lists) > 50
    vacuous = set()
    for emptied, path in lists - {(Call.DESCRIBE_STACKS, ".Stacks")}:

        def edit(call: Call, answer: Any, emptied: Call = emptied, path: str = path) -> Any:
            return empty(answer, path) if call is emptied else answer

        for name, one in run(intercept(Account(dev), edit)).items():
            of_it = path.count(".") == 1 and "[]" not in path and emptied.text in one.calls
            if one.outcome is HOLDS and (of_it or one.measured != whole[name].measured):
                vacuous.add((f"{emptied.text}{path}", name))
    assert vacuous == set()  # a row that may hold on nothing belongs here, with the reason


def test_tasks_that_do_not_run_have_no_place(account: Account) -> None:
    account.interfaces.clear()
    for name, service in (("FR-031", "bff"), ("FR-032", "agentcore"), ("A7", "agentcore")):
        one = look(account, name)
        assert one.outcome is UNSEEN
        assert one.reason == f"cannot tell: no network interface of {service} to look at"


def test_no_secret_is_told(account: Account) -> None:
    embedded(account)
    told = "\n".join(map(repr, run(account).values()))
    assert not re.search("AKIA[A-Z]", told)


@pytest.mark.parametrize(
    ("image", "asked"),
    [
        (":1.0.0", {"imageTag": "1.0.0"}),
        ("@sha256:0a", {"imageDigest": "sha256:0a"}),
        (":1.0.0@sha256:0a", {"imageDigest": "sha256:0a"}),
    ],
)
def test_the_push_of_the_image_that_runs_is_asked_for(
    account: Account, image: str, asked: dict[str, str]
) -> None:
    container(image=f"111111111111.dkr.ecr.us-east-1.amazonaws.com/bidopsai/app{image}")(account)
    assert look(account, "SC-001").value == 500
    made = account.world.wire.made(Call.DESCRIBE_IMAGES)
    assert made[0] == {
        "registryId": "111111111111", "repositoryName": "bidopsai/app", "imageIds": [asked],
    }  # fmt: skip
