"""Risky changes of a template, each as it might slip into a pull request."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Template = dict[str, Any]


@dataclass(frozen=True)
class Risk:
    """A change of the template, and what a line that shows it has to say."""

    name: str
    change: Callable[[Template], None]
    shown: str

    def of(self, text: str) -> str:
        """Return the template's text after the change."""
        template = copy.deepcopy(json.loads(text))
        self.change(template)
        return json.dumps(template, indent=1, sort_keys=True) + "\n"


def properties(template: Template, logical_id: str) -> Any:
    return template["Resources"][logical_id]["Properties"]


def statements(template: Template, role: str) -> Any:
    return properties(template, role)["Policies"][0]["PolicyDocument"]["Statement"]


def container(template: Template, service: str) -> Any:
    return properties(template, f"{service}TaskDefinition")["ContainerDefinitions"][0]


def statement(template: Template, role: str, sid: str) -> Any:
    return next(one for one in statements(template, role) if one["Sid"] == sid)


def trust(template: Template, role: str) -> Any:
    return properties(template, role)["AssumeRolePolicyDocument"]["Statement"][0]


def network(template: Template, service: str) -> Any:
    return properties(template, f"{service}Service")["NetworkConfiguration"]["AwsvpcConfiguration"]


def add_resource(template: Template, logical_id: str, kind: str, **declared: object) -> None:
    template["Resources"][logical_id] = {"Type": kind, "Properties": declared}


def rule(**peer: object) -> dict[str, object]:
    return {"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "Description": "x", **peer}


def open_bff_to_the_world(t: Template) -> None:
    properties(t, "BffSecurityGroup")["SecurityGroupIngress"].append(rule(CidrIp="0.0.0.0/0"))


def open_bff_to_half_the_world_by_ipv6(t: Template) -> None:
    properties(t, "BffSecurityGroup")["SecurityGroupIngress"].append(rule(CidrIpv6="2000::/3"))


def admit_the_load_balancer_to_the_agent(t: Template) -> None:
    balancer = properties(t, "BffSecurityGroup")["SecurityGroupIngress"][0]["SourceSecurityGroupId"]
    properties(t, "AgentCoreSecurityGroup")["SecurityGroupIngress"] = [
        {**rule(SourceSecurityGroupId=balancer), "FromPort": 8080, "ToPort": 8080}
    ]


def widen_the_agents_port_to_all(t: Template) -> None:
    properties(t, "AgentCoreFromBffIngress").update(FromPort=0, ToPort=65535)


def delete_all_egress_of_the_agent(t: Template) -> None:
    del properties(t, "AgentCoreSecurityGroup")["SecurityGroupEgress"]


def let_the_agent_out_on_443(t: Template) -> None:
    properties(t, "AgentCoreSecurityGroup")["SecurityGroupEgress"].append(
        {**rule(CidrIp="0.0.0.0/0"), "FromPort": 443, "ToPort": 443}
    )


def give_the_agent_a_public_address(t: Template) -> None:
    network(t, "AgentCore")["AssignPublicIp"] = "ENABLED"


def move_the_agent_to_other_subnets(t: Template) -> None:
    network(t, "AgentCore")["Subnets"] = [{"Fn::ImportValue": "public-subnet-a"}]


def give_the_agent_another_group(t: Template) -> None:
    network(t, "AgentCore")["SecurityGroups"].append({"Fn::ImportValue": "debug-group"})


def swap_the_task_roles(t: Template) -> None:
    one, other = properties(t, "BffTaskDefinition"), properties(t, "AgentCoreTaskDefinition")
    one["TaskRoleArn"], other["TaskRoleArn"] = other["TaskRoleArn"], one["TaskRoleArn"]


def let_the_agent_delete_objects(t: Template) -> None:
    statement(t, "AgentCoreTaskRole", "ReadAndWriteKnowledgeBase")["Action"].append(
        "s3:DeleteObject"
    )


def let_the_agent_do_everything_with_bedrock(t: Template) -> None:
    statement(t, "AgentCoreTaskRole", "InvokeModels")["Action"].append("bedrock:*")


def let_the_agent_use_every_bucket(t: Template) -> None:
    statement(t, "AgentCoreTaskRole", "ReadAndWriteKnowledgeBase")["Resource"] = ["*"]


def let_bff_call_models(t: Template) -> None:
    statements(t, "BffTaskRole").append(
        {"Effect": "Allow", "Action": ["BEDROCK:invokemodel"], "Resource": "*", "Sid": "X"}
    )


def let_bff_pass_roles_by_a_policy_of_its_own(t: Template) -> None:
    add_resource(
        t,
        "Extra",
        "AWS::IAM::Policy",
        PolicyName="extra",
        Roles=[{"Ref": "BffTaskRole"}],
        PolicyDocument={
            "Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
        },
    )


def allow_all_but_one_action(t: Template) -> None:
    statements(t, "BffTaskRole").append(
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*", "Sid": "AllBut"}
    )


def attach_a_managed_policy(t: Template) -> None:
    properties(t, "BffTaskRole")["ManagedPolicyArns"] = [
        "arn:aws:iam::aws:policy/AdministratorAccess"
    ]


def trust_another_account(t: Template) -> None:
    trust(t, "AgentCoreTaskRole")["Principal"] = {"AWS": "arn:aws:iam::999999999999:root"}


def trust_without_a_condition(t: Template) -> None:
    del trust(t, "AgentCoreTaskRole")["Condition"]


def decrypt_without_a_condition(t: Template) -> None:
    del statement(t, "BffExecutionRole", "DecryptMountedSecrets")["Condition"]


def read_every_parameter(t: Template) -> None:
    statement(t, "BffExecutionRole", "ReadMountedParameters")["Resource"] = ["*"]


def allow_ecs_exec(t: Template) -> None:
    properties(t, "BffService")["EnableExecuteCommand"] = True


def run_privileged(t: Template) -> None:
    container(t, "AgentCore")["Privileged"] = True


def run_as_root(t: Template) -> None:
    container(t, "Bff")["User"] = "0"


def write_to_the_root_file_system(t: Template) -> None:
    container(t, "Bff")["ReadonlyRootFilesystem"] = False


def put_a_secret_into_plain_sight(t: Template) -> None:
    moved = container(t, "Bff")["Secrets"].pop()
    container(t, "Bff")["Environment"].append({"Name": moved["Name"], "Value": "hunter2"})


def run_the_image_of_another_account(t: Template) -> None:
    container(t, "AgentCore")["Image"] = "docker.io/other/agent:1"


def add_a_second_container(t: Template) -> None:
    properties(t, "BffTaskDefinition")["ContainerDefinitions"].append(
        {**container(t, "Bff"), "Name": "side", "Image": "docker.io/other/side:1", "Secrets": []}
    )
    properties(t, "BffTaskDefinition")["ContainerDefinitions"][1]["Environment"] = []


def send_every_request_to_bff(t: Template) -> None:
    properties(t, "BffListenerRule")["Conditions"] = [{"Field": "path-pattern", "Values": ["/*"]}]


def hide_a_wide_branch_behind_a_condition(t: Template) -> None:
    t["Conditions"]["Debug"] = {"Fn::Equals": [{"Ref": "BffImage"}, ":debug"]}
    properties(t, "BffSecurityGroup")["SecurityGroupIngress"].append(
        {"Fn::If": ["Debug", rule(CidrIp="10.0.0.0/8"), {"Ref": "AWS::NoValue"}]}
    )


def trust_any_source(t: Template) -> None:
    trust(t, "BffTaskRole")["Condition"]["ArnLike"]["aws:SourceArn"] = "*"


def send_to_another_prefix_list(t: Template) -> None:
    rules = properties(t, "AgentCoreSecurityGroup")["SecurityGroupEgress"]
    next(one for one in rules if "DestinationPrefixListId" in one)["DestinationPrefixListId"] = (
        "pl-0123456789abcdef0"
    )


def take_a_role_from_outside(t: Template) -> None:
    outside = "arn:aws:iam::333333333333:role/administrator"
    properties(t, "BffTaskDefinition")["TaskRoleArn"] = outside


def bound_a_role_by_another_policy(t: Template) -> None:
    boundary = "arn:aws:iam::aws:policy/AdministratorAccess"
    properties(t, "BffTaskRole")["PermissionsBoundary"] = boundary


def let_a_deployment_choose_any_image(t: Template) -> None:
    t["Parameters"]["BffImage"]["AllowedPattern"] = ".*"


def add_a_user(t: Template) -> None:
    administrator = ["arn:aws:iam::aws:policy/AdministratorAccess"]
    add_resource(t, "Backdoor", "AWS::IAM::User", ManagedPolicyArns=administrator)


def give_a_policy_to_a_group(t: Template) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    add_resource(
        t,
        "Extra",
        "AWS::IAM::ManagedPolicy",
        Groups=["developers"],
        PolicyDocument={"Statement": [everything]},
    )


def redirect_requests_elsewhere(t: Template) -> None:
    listener = properties(t, "BffListenerRule")["ListenerArn"]
    add_resource(
        t,
        "Elsewhere",
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/login"]}],
        Actions=[{"Type": "redirect", "RedirectConfig": {"Host": "evil.example"}}],
    )


def send_logs_elsewhere(t: Template) -> None:
    container(t, "AgentCore")["LogConfiguration"]["LogDriver"] = "splunk"


def run_another_command(t: Template) -> None:
    container(t, "AgentCore")["Command"] = ["sh", "-c", "nc -l 8080 | sh"]


def read_another_secret(t: Template) -> None:
    container(t, "Bff")["Secrets"][0]["ValueFrom"] = {"Fn::ImportValue": "the-root-password"}


def answer_to_another_load_balancer(t: Template) -> None:
    properties(t, "BffService")["LoadBalancers"].append(
        {
            "ContainerName": "bff",
            "ContainerPort": 3000,
            "TargetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:999999999999:targetgroup/x/1",
        }
    )


def answer_to_the_agents_name(t: Template) -> None:
    registry = {"RegistryArn": {"Fn::GetAtt": ["AgentCoreDiscovery", "Arn"]}}
    properties(t, "BffService")["ServiceRegistries"] = [registry]


def run_code_when_an_alarm_is_quiet(t: Template) -> None:
    code = "arn:aws:lambda:us-east-1:999999999999:function:x"
    properties(t, "BffCpuAlarm")["OKActions"] = [code]


def read_the_image_from_parameter_store(t: Template) -> None:
    t["Parameters"]["BffImage"] = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x"}


def choose_an_image_for_all(t: Template) -> None:
    t["Parameters"]["BffImage"]["Default"] = ":others"


def run_in_the_group_of_root(t: Template) -> None:
    container(t, "Bff")["User"] = "1000:0"


def with_properties(logical_id: str, **more: object) -> Callable[[Template], None]:
    return lambda t: properties(t, logical_id).update(more)


def with_container(service: str, **more: object) -> Callable[[Template], None]:
    return lambda t: container(t, service).update(more)


LOGS = "LogConfiguration"
# What no fact looks into: whether it widens anything cannot be told.
UNREAD: dict[str, tuple[Callable[[Template], None], str, str]] = {
    "a mesh": (
        with_properties("BffService", ServiceConnectConfiguration={"Enabled": True}),
        "BffService",
        "ServiceConnectConfiguration",
    ),
    "a lattice": (
        with_properties("AgentCoreService", VpcLatticeConfigurations=[{"PortName": "http"}]),
        "AgentCoreService",
        "VpcLatticeConfigurations",
    ),
    "code in a deployment": (
        lambda t: properties(t, "BffService")["DeploymentConfiguration"].update(
            LifecycleHooks=[{"HookTargetArn": "arn:aws:lambda:us-east-1:9:function:x"}]
        ),
        "BffService",
        "DeploymentConfiguration.LifecycleHooks",
    ),
    "a volume of its own": (
        with_properties("BffService", VolumeConfigurations=[{"Name": "v"}]),
        "BffService",
        "VolumeConfigurations",
    ),
    "another log router": (
        with_container("Bff", FirelensConfiguration={"Type": "fluentbit"}),
        "BffTaskDefinition",
        "ContainerDefinitions.FirelensConfiguration",
    ),
    "logs to another host": (
        lambda t: container(t, "Bff")[LOGS]["Options"].update({"awslogs-endpoint": "https://x"}),
        "BffTaskDefinition",
        "ContainerDefinitions.LogConfiguration.Options.awslogs-endpoint",
    ),
    "another host by a name of AWS": (
        with_container("Bff", ExtraHosts=[{"Hostname": "ssm", "IpAddress": "192.0.2.1"}]),
        "BffTaskDefinition",
        "ContainerDefinitions.ExtraHosts",
    ),
    "another resolver": (
        with_container("AgentCore", DnsServers=["192.0.2.1"]),
        "AgentCoreTaskDefinition",
        "ContainerDefinitions.DnsServers",
    ),
    "a parameter of the kernel": (
        with_container("Bff", SystemControls=[{"Namespace": "net.core.somaxconn", "Value": "1"}]),
        "BffTaskDefinition",
        "ContainerDefinitions.SystemControls",
    ),
    "images that are not resolved": (
        with_container("Bff", VersionConsistency="disabled"),
        "BffTaskDefinition",
        "ContainerDefinitions.VersionConsistency",
    ),
    "faults on purpose": (
        with_properties("BffTaskDefinition", EnableFaultInjection=True),
        "BffTaskDefinition",
        "EnableFaultInjection",
    ),
    "another proxy": (
        with_properties("BffTaskDefinition", ProxyConfiguration={"ContainerName": "x"}),
        "BffTaskDefinition",
        "ProxyConfiguration",
    ),
    "a target from elsewhere": (
        with_properties("BffTargetGroup", Targets=[{"Id": "192.0.2.1"}]),
        "BffTargetGroup",
        "Targets",
    ),
    "a request that is rewritten": (
        with_properties("BffListenerRule", Transforms=[{"Type": "url-rewrite"}]),
        "BffListenerRule",
        "Transforms",
    ),
    "a role for scaling": (
        with_properties("BffScalableTarget", RoleARN="arn:aws:iam::111111111111:role/x"),
        "BffScalableTarget",
        "RoleARN",
    ),
    "a tag that policies may ask for": (
        with_properties("BffTaskRole", Tags=[{"Key": "admin", "Value": "true"}]),
        "BffTaskRole",
        "Tags",
    ),
    "a mesh of the whole cluster": (
        with_properties("Cluster", ServiceConnectDefaults={"Namespace": "x"}),
        "Cluster",
        "ServiceConnectDefaults",
    ),
}


RISKS = tuple(
    Risk(change.__name__.replace("_", " "), change, shown)
    for change, shown in (
        (open_bff_to_the_world, "bff\tingress\ttcp\t3000\t0.0.0.0/0"),
        (open_bff_to_half_the_world_by_ipv6, "bff\tingress\ttcp\t3000\t2000::/3"),
        (admit_the_load_balancer_to_the_agent, "agentcore\tingress\ttcp\t8080\tnetwork.Alb"),
        (widen_the_agents_port_to_all, "agentcore\tingress\ttcp\tall\tbff"),
        (delete_all_egress_of_the_agent, "agentcore\tegress\tall\tall\t0.0.0.0/0 (EC2 adds it"),
        (let_the_agent_out_on_443, "agentcore\tegress\ttcp\t443\t0.0.0.0/0"),
        (give_the_agent_a_public_address, "agentcore\taddress\t-\t-\tENABLED"),
        (move_the_agent_to_other_subnets, "agentcore\tsubnet\t-\t-\t${import public-subnet-a}"),
        (give_the_agent_another_group, "agentcore\tgroup\t-\t-\t${import debug-group}"),
        (swap_the_task_roles, "AgentCoreTaskRole\tused as\ttask role\t-\tbff"),
        (let_the_agent_delete_objects, "AgentCoreTaskRole\tallows\ts3:DeleteObject"),
        (let_the_agent_do_everything_with_bedrock, "AgentCoreTaskRole\tallows\tbedrock:* ="),
        (let_the_agent_use_every_bucket, "AgentCoreTaskRole\tallows\ts3:PutObject\tWrite\t*"),
        (let_bff_call_models, "BffTaskRole\tallows\tbedrock:InvokeModel\tRead\t*\t-\tX\tNONE"),
        (let_bff_pass_roles_by_a_policy_of_its_own, "BffTaskRole\tallows\tiam:PassRole"),
        (allow_all_but_one_action, "BffTaskRole\tallows\teverything but iam:* ="),
        (attach_a_managed_policy, "BffTaskRole\tallows\tunknown: managed policy"),
        (trust_another_account, "AgentCoreTaskRole\ttrusts\tsts:AssumeRole\t-\tAWS arn:aws:iam::9"),
        (trust_without_a_condition, "AgentCoreTaskRole\ttrusts\tsts:AssumeRole\t-\tService ecs-ta"),
        (decrypt_without_a_condition, "kms:Decrypt\tWrite\t${security.SecretsKeyArn}\t-\tDecrypt"),
        (read_every_parameter, "BffExecutionRole\tallows\tssm:GetParameter\tRead\t*"),
        (allow_ecs_exec, "admits commands from outside (ECS Exec)"),
        (run_privileged, "is privileged"),
        (run_as_root, "may run as root"),
        (write_to_the_root_file_system, "may write to its root file system"),
        (
            put_a_secret_into_plain_sight,
            "❌ **Plain variable** | bff | `SESSION_SECRET` | **no requirement**",
        ),
        (run_the_image_of_another_account, "docker.io/other/agent:1"),
        (add_a_second_container, "docker.io/other/side:1"),
        (send_every_request_to_bff, "bff\troute\t-\t-\tpath-pattern /*"),
        (
            trust_any_source,
            "BffTaskRole\ttrusts\tsts:AssumeRole\t-\tService ecs-tasks.amazonaws.com",
        ),
        (
            send_to_another_prefix_list,
            "tcp\t443\tpl-0123456789abcdef0\tAgentCoreSecurityGroup\tNONE",
        ),
        (take_a_role_from_outside, "role/administrator\tused as\ttask role\t-\tbff\t-\t-\tNONE"),
        (
            bound_a_role_by_another_policy,
            "BffTaskRole\tbounded\t-\t-\tarn:aws:iam::aws:policy/Admin",
        ),
        (let_a_deployment_choose_any_image, "BffImage may be .*"),
        (add_a_user, "no review looks into** | template | `Backdoor (AWS::IAM::User)`"),
        (give_a_policy_to_a_group, 'Extra for groups ["developers"]'),
        (redirect_requests_elsewhere, "template\troute\t-\t-\tpath-pattern /login at ${network."),
        (send_logs_elsewhere, "❌ **Logs** | agentcore | `splunk to ${AgentCoreLogGroup}`"),
        (run_another_command, "image's own** | agentcore | `Command ["),
        (read_another_secret, "DATABASE_URL from ${import the-root-password}"),
        (answer_to_another_load_balancer, "bff\ttarget\t-\t-\tbff on 3000 by arn:aws:elastic"),
        (hide_a_wide_branch_behind_a_condition, "bff\tingress\ttcp\t3000\t10.0.0.0/8"),
        (
            answer_to_the_agents_name,
            "❌ **Name in the VPC** | bff | `agentcore in ${Namespace.Id}`",
        ),
        (run_code_when_an_alarm_is_quiet, "❌ **Action of an alarm** | template | `arn:aws:lambda"),
        (read_the_image_from_parameter_store, "❌ **Image that a deployment may choose** | bff"),
        (choose_an_image_for_all, "`BffImage is :others where none is given`"),
        (run_in_the_group_of_root, "may run in root's group"),
    )
)
