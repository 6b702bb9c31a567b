"""Every line of preflight on the sandbox: good as it is, bad after one call of any AWS client."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bidops_cfn.compute import template as templates
from bidops_cfn.deploy.boto_client import BotoClient
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.survey import CHECKS, run_check
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.runtime import SystemClock
from bidops_cfn.deploy.target import Target
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAG
from bidops_cfn_sandbox.server import Sandbox
from tests.sandbox.account import IMAGES as PARAMETERS
from tests.sandbox.account import Account, account
from tests.settings_files import with_service, with_table

Change = Callable[["Place"], object]
Case = tuple[str, Change, Verdict, str]
OK, FAILED, WARNING = Verdict.OK, Verdict.REFUSED, Verdict.WARNING
IMAGES = {one.name: f":{SANDBOX_IMAGE_TAG}" for one in SERVICES}
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
ALARM = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:smoke"
HOOK = "Org::Guard::Hook"


class Place:
    """The account of an environment in a sandbox, and what NetworkStack exports there."""

    def __init__(self, held: Account) -> None:
        self.client = held.client
        stem = f"bidopsai-{held.environment.name}-network-"
        self.exports = {name.removeprefix(stem): one for name, one in held.exports().items()}

    def agent_routes(self) -> str:
        subnet = self.exports["PrivateAgentSubnetIds"].split(",")[0]
        (table,) = self.client("ec2").describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": [subnet]}]
        )["RouteTables"]
        return str(table["RouteTableId"])

    def endpoint(self, service: str) -> str:
        found = self.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
        return str(
            next(one["VpcEndpointId"] for one in found if one["ServiceName"].endswith(service))
        )


@pytest.fixture(scope="module")
def complete(dev: Environment) -> Environment:
    """Dev with all that preflight looks at: a topic, a rollback alarm, a secret of each kind."""
    found = with_service(dev, "bff", secrets_manager={"TOKEN": "TokenSecretArn"})
    found = with_table(found, "alarms", topic_arn=TOPIC)
    return with_table(found, "deploy", rollback_alarms=(ALARM,))


@contextmanager
def standing(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with Sandbox([environment]) as sandbox, account(sandbox, environment) as held:
        for name, value in sandbox.variables(environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield Place(held)


@pytest.fixture
def place(complete: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with standing(complete, monkeypatch) as found:
        yield found


def make_context(environment: Environment) -> DeploymentContext:
    text = templates.render(environment)
    target = Target(environment, text, text, "templates/dev/compute.json", images=IMAGES)
    return DeploymentContext(BotoClient(environment.region), target, SystemClock())


def run(environment: Environment, name: str, context: DeploymentContext | None = None) -> Preflight:
    (check,) = (one for one in CHECKS if one.name == name)
    return run_check(check, context or make_context(environment))


def said(found: Preflight) -> str:
    return "\n".join((found.message, *found.details, found.hint))


def test_as_it_stands_everything_is_well(place: Place, complete: Environment) -> None:
    context = make_context(complete)
    found = {one.name: run(complete, one.name, context) for one in CHECKS}
    assert {name: one.verdict for name, one in found.items() if one.verdict is not OK} == {
        "exports": Verdict.SKIPPED,
        "scan findings": Verdict.SKIPPED,
        "signatures": Verdict.SKIPPED,
    }, found


def call(service: str, operation: str, **parameters: Any) -> Change:
    """A call of any AWS client; a parameter may be taken from the place."""

    def change(place: Place) -> None:
        given = {key: one(place) if callable(one) else one for key, one in parameters.items()}
        getattr(place.client(service), operation)(**given)

    return change


def export(output: str) -> Callable[[Place], str]:
    return lambda place: place.exports[output]


def subnet(place: Place) -> str:
    return place.exports["PrivateAppSubnetIds"].split(",")[0]


def nat_route(place: Place) -> None:
    ec2 = place.client("ec2")
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet(place), AllocationId=allocation)["NatGateway"]
    ec2.create_route(
        RouteTableId=place.agent_routes(),
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=nat["NatGatewayId"],
    )


def without_endpoint(service: str) -> Change:
    return call("ec2", "delete_vpc_endpoints", VpcEndpointIds=lambda at: [at.endpoint(service)])


without_names = call(
    "ec2",
    "modify_vpc_attribute",
    VpcId=export("VpcId"),
    EnableDnsHostnames={"Value": False},
)


def other_group_on_endpoint(place: Place) -> None:
    ec2 = place.client("ec2")
    other = ec2.create_security_group(
        GroupName="other", Description="other", VpcId=place.exports["VpcId"]
    )["GroupId"]
    ec2.modify_vpc_endpoint(
        VpcEndpointId=place.endpoint(".logs"),
        AddSecurityGroupIds=[other],
        RemoveSecurityGroupIds=[place.exports["VpcEndpointSecurityGroupId"]],
    )


def interface(output: str) -> Change:
    return call(
        "ec2",
        "create_network_interface",
        SubnetId=subnet,
        Groups=lambda place: [place.exports[output]],
        Description="a bastion",
    )


SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
open_port = call(
    "ec2",
    "authorize_security_group_ingress",
    GroupId=export("AlbSecurityGroupId"),
    IpPermissions=[SSH],
)


def listener_rule(priority: int, host: str) -> Change:
    return call(
        "elbv2",
        "create_rule",
        ListenerArn=export("HttpsListenerArn"),
        Priority=priority,
        Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    )


plain_http = call(
    "elbv2",
    "modify_listener",
    ListenerArn=export("HttpsListenerArn"),
    Protocol="HTTP",
    Port=80,
)


def another_group(place: Place) -> None:
    group = place.client("ec2").create_security_group(
        GroupName="another", Description="another", VpcId=place.exports["VpcId"]
    )["GroupId"]
    arn = place.exports["PublicAlbArn"]
    place.client("elbv2").set_security_groups(LoadBalancerArn=arn, SecurityGroups=[group])


MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
without_agreement = call("bedrock", "delete_foundation_model_agreement", modelId=MODEL)
without_role = call("iam", "delete_role", RoleName="AWSServiceRoleForECS")
without_topic = call("sns", "delete_topic", TopicArn=TOPIC)
alarm = call(
    "cloudwatch",
    "set_alarm_state",
    AlarmName="smoke",
    StateValue="ALARM",
    StateReason="a test",
)


def quota(value: float) -> Change:
    return call(
        "service-quotas",
        "request_service_quota_increase",
        ServiceCode="fargate",
        QuotaCode="L-36FBB829",
        DesiredValue=value,
    )


SPOT = {"Class": "Standard/Spot", "Resource": "vCPU", "Service": "Fargate", "Type": "Resource"}
USE = {
    "MetricName": "ResourceCount",
    "Dimensions": [{"Name": key, "Value": value} for key, value in SPOT.items()],
    "Value": 3999.5,
}
use = call("cloudwatch", "put_metric_data", Namespace="AWS/Usage", MetricData=[USE])
OF_APP = {"repositoryName": "bidopsai/app", "imageIds": [{"imageTag": SANDBOX_IMAGE_TAG}]}
without_image = call("ecr", "batch_delete_image", **OF_APP)


def arm_image(place: Place) -> None:
    ecr = place.client("ecr")
    (image,) = ecr.batch_get_image(**OF_APP)["images"]
    manifest = json.loads(image["imageManifest"])
    manifest["manifests"] = [
        one for one in manifest["manifests"] if one["platform"]["architecture"] == "arm64"
    ]
    without_image(place)
    ecr.put_image(
        repositoryName="bidopsai/app",
        imageManifest=json.dumps(manifest),
        imageManifestMediaType="application/vnd.oci.image.index.v1+json",
        imageTag=SANDBOX_IMAGE_TAG,
    )


def parameter(place: Place) -> str:
    return str(place.client("ssm").describe_parameters()["Parameters"][0]["Name"])


def other_key(place: Place) -> None:
    key = place.client("kms").create_key()["KeyMetadata"]["KeyId"]
    place.client("ssm").put_parameter(
        Name=parameter(place), Value="x", Type="SecureString", KeyId=key, Overwrite=True
    )


without_secret = call("ssm", "delete_parameter", Name=parameter)


def without_subscriptions(place: Place) -> None:
    sns = place.client("sns")
    for one in sns.list_subscriptions()["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def hook(**configuration: Any) -> Change:
    def change(place: Place) -> None:
        client, name = place.client("cloudformation"), {"Type": "HOOK", "TypeName": HOOK}
        client.activate_type(**name)
        inner = {"HookConfiguration": {"HookInvocationStatus": "ENABLED", **configuration}}
        text = json.dumps({"CloudFormationConfiguration": inner})
        client.set_type_configuration(**name, Configuration=text)

    return change


def counts(environment: Environment) -> dict[str, float]:
    """What all services need: vCPU of Spot, whose base is 3 tasks of each, and secrets."""
    services = environment.services.values()
    each = sum(one.cpu for one in services) / 1024
    return {
        "creation": sum(one.desired_count * one.cpu for one in services) / 1024,
        "least": 5 * each,
        "most": 6 * each,
        "secrets": sum(len(one.secrets) + len(one.secrets_manager) for one in services),
    }


# The line of preflight, what one call changes, and what the line says then.
CASES: list[Case] = [
    ("models", without_agreement, WARNING, "agreement NOT_AVAILABLE"),
    ("subnets", nat_route, FAILED, "routes 0.0.0.0/0 to nat-"),
    (
        "endpoints",
        without_endpoint(".bedrock-agent-runtime"),
        FAILED,
        "bedrock-agent-runtime has no interface endpoint that is available",
    ),
    ("endpoints", without_endpoint(".s3"), FAILED, "s3: no gateway endpoint on rtb-"),
    ("endpoints", without_names, FAILED, "has enableDnsHostnames off"),
    ("endpoints", other_group_on_endpoint, FAILED, "does not have the group sg-"),
    ("groups", interface("DatabaseSecurityGroupId"), WARNING, "is attached to a bastion"),
    ("load balancer", open_port, FAILED, "lets 0.0.0.0/0 in on tcp 22"),
    ("public alb", another_group, WARNING, "SecurityGroups is sg-"),
    ("https", plain_http, FAILED, "Protocol is HTTP, not HTTPS"),
    ("listener", listener_rule(100, "other.example"), FAILED, "has its priority already"),
    ("listener", listener_rule(1, "*.bidopsai.example"), WARNING, "answers all its requests"),
    ("roles", without_role, WARNING, "no AWSServiceRoleForECS"),
    ("quotas", quota(1), FAILED, "the creation needs {creation:g} vCPU Spot, the quota is 1"),
    (
        "quotas",
        quota(5),
        WARNING,
        "10 tasks of each service need {least:g} to {most:g} vCPU Spot",
    ),
    ("quotas", use, WARNING, "the quota is 4000, of which 3999.5 are used"),
    ("images", without_image, FAILED, "1 not found in ECR"),
    ("platform", arm_image, FAILED, "is for linux/arm64; its task definition runs linux/amd64"),
    ("secrets", without_secret, FAILED, "1 of {secrets} secrets do not exist"),
    ("secrets key", other_key, FAILED, "security.secrets_key_output is not set"),
    ("notifications", without_subscriptions, WARNING, "has no confirmed subscription"),
    ("notifications", without_topic, FAILED, "does not exist"),
    ("alarms", alarm, FAILED, "smoke: is in ALARM"),
    ("hooks", hook(FailureMode="FAIL"), WARNING, f"{HOOK} (it refuses): AWS::Application"),
    ("hooks", hook(TargetStacks="NONE"), OK, "none of 1 hooks"),
    (
        "hooks",
        hook(TargetFilters={"TargetNames": ["AWS::S3::Bucket"]}),
        OK,
        "none of 1 hooks judges this template",
    ),
]


@pytest.mark.parametrize("number", range(4))
def test_what_one_call_makes_bad_is_found(place: Place, complete: Environment, number: int) -> None:
    """In each of four accounts, each line of preflight is made bad once."""
    lines: dict[str, list[Case]] = defaultdict(list)
    for case in CASES:
        lines["images" if case[0] == "platform" else case[0]].append(case)
    cases = [few[number] for few in lines.values() if number < len(few)]
    for _, change, _, _ in cases:
        change(place)
    context = make_context(complete)
    for name, _, verdict, words in cases:
        found = run(complete, name, context)
        assert found.verdict is verdict, (name, found)
        assert words.format(**counts(complete)) in said(found), (name, found)
    assert max(map(len, lines.values())) <= 4


def test_the_command_that_a_missing_role_comes_with_creates_it(
    place: Place, complete: Environment
) -> None:
    iam = place.client("iam")
    for role in ("AWSServiceRoleForECS", "AWSServiceRoleForApplicationAutoScaling_ECSService"):
        iam.delete_role(RoleName=role)
    commands = run(complete, "roles").hint.splitlines()
    for command in commands:
        iam.create_service_linked_role(AWSServiceName=command.split()[-1])
    assert len(commands) == 2
    assert run(complete, "roles").verdict is OK


def test_the_key_of_the_settings_is_the_key_of_the_secrets(
    complete: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed = with_table(complete, "security", secrets_key_output="SecretsKeyArn")
    with standing(keyed, monkeypatch) as place:
        assert run(keyed, "secrets key").verdict is OK
        other_key(place)
        found = run(keyed, "secrets key")
    assert found.verdict is FAILED
    assert "and tasks may use arn:aws:kms:" in said(found)


def test_our_own_listener_rule_is_known_after_a_deployment(
    complete: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox([complete]) as sandbox, account(sandbox, complete) as held:
        for name, value in sandbox.variables(complete).items():
            monkeypatch.setenv(name, value)
        held.deploy(complete.stack_name, templates.render(complete), PARAMETERS, "CREATE")
        found = run(complete, "listener")
    assert found.verdict is OK
