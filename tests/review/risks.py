"""Risky changes of a template, each as it might slip into a pull request: ``risks.toml``."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Template = dict[str, Any]


def properties(template: Template, logical_id: str) -> Any:
    return template["Resources"][logical_id]["Properties"]


def statements(template: Template, role: str) -> Any:
    return properties(template, role)["Policies"][0]["PolicyDocument"]["Statement"]


def container(template: Template, service: str) -> Any:
    return properties(template, f"{service}TaskDefinition")["ContainerDefinitions"][0]


def add_resource(template: Template, logical_id: str, kind: str, **declared: object) -> None:
    template["Resources"][logical_id] = {"Type": kind, "Properties": declared}


def rule(port: int, **peer: object) -> dict[str, object]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "Description": "x", **peer}


def admit_the_load_balancer_to_the_agent(t: Template) -> None:
    (admitted,) = properties(t, "BffSecurityGroup")["SecurityGroupIngress"]
    peer = rule(8080, SourceSecurityGroupId=admitted["SourceSecurityGroupId"])
    properties(t, "AgentCoreSecurityGroup")["SecurityGroupIngress"] = [peer]


def widen_the_agents_port_to_all(t: Template) -> None:
    properties(t, "AgentCoreFromBffIngress").update(FromPort=0, ToPort=65535)


def swap_the_task_roles(t: Template) -> None:
    one, other = properties(t, "BffTaskDefinition"), properties(t, "AgentCoreTaskDefinition")
    one["TaskRoleArn"], other["TaskRoleArn"] = other["TaskRoleArn"], one["TaskRoleArn"]


def put_a_secret_into_plain_sight(t: Template) -> None:
    moved = container(t, "Bff")["Secrets"].pop()
    container(t, "Bff")["Environment"].append({"Name": moved["Name"], "Value": "hunter2"})


def add_a_second_container(t: Template) -> None:
    side = {"Name": "side", "Image": "docker.io/other/side:1", "Secrets": [], "Environment": []}
    containers = properties(t, "BffTaskDefinition")["ContainerDefinitions"]
    containers.append({**containers[0], **side})


def hide_a_wide_branch_behind_a_condition(t: Template) -> None:
    t["Conditions"]["Debug"] = {"Fn::Equals": [{"Ref": "BffImage"}, ":debug"]}
    branches = ["Debug", rule(3000, CidrIp="10.0.0.0/8"), {"Ref": "AWS::NoValue"}]
    properties(t, "BffSecurityGroup")["SecurityGroupIngress"].append({"Fn::If": branches})


def send_to_another_prefix_list(t: Template) -> None:
    for one in properties(t, "AgentCoreSecurityGroup")["SecurityGroupEgress"]:
        if "DestinationPrefixListId" in one:
            one["DestinationPrefixListId"] = "pl-0123456789abcdef0"


def redirect_requests_elsewhere(t: Template) -> None:
    add_resource(
        t,
        "Elsewhere",
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        ListenerArn=properties(t, "BffListenerRule")["ListenerArn"],
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/login"]}],
        Actions=[{"Type": "redirect", "RedirectConfig": {"Host": "evil.example"}}],
    )


FUNCTIONS: dict[str, Callable[[Template], None]] = {
    function.__name__.replace("_", " "): function
    for function in (
        admit_the_load_balancer_to_the_agent,
        widen_the_agents_port_to_all,
        swap_the_task_roles,
        put_a_secret_into_plain_sight,
        add_a_second_container,
        hide_a_wide_branch_behind_a_condition,
        send_to_another_prefix_list,
        redirect_requests_elsewhere,
    )
}


@dataclass(frozen=True)
class Risk:
    """A change of the template, and what a line that shows it has to say."""

    name: str
    shown: str = ""
    at: str = ""
    put: str = ""
    add: str = ""
    drop: str = ""
    value: Any = None

    def change(self, template: Template) -> None:
        """Change ``template``."""
        if self.name in FUNCTIONS:
            FUNCTIONS[self.name](template)
            return
        path = self.put or self.add or self.drop
        node: Any = template if path.startswith("/") else template["Resources"]
        inside = [self.at, *(["Properties", *path.split("/")] if path else [])]
        *steps, last = path[1:].split("/") if path.startswith("/") else inside
        for step in steps:
            node = _inner(node, step)
        if self.add:
            _inner(node, last).append(self.value)
        elif self.drop:
            del node[int(last) if isinstance(node, list) else last]
        else:
            node[last] = self.value

    def of(self, text: str) -> str:
        """Return the template's text after the change."""
        template = copy.deepcopy(json.loads(text))
        self.change(template)
        return json.dumps(template, indent=1, sort_keys=True) + "\n"


def _inner(node: Any, step: str) -> Any:
    """Return what a step leads to: in a list by its index, or the statement with this Sid."""
    if not isinstance(node, list):
        return node[step]
    return node[int(step)] if step.isdecimal() else next(one for one in node if one["Sid"] == step)


def rows(file: Path, table: str) -> tuple[Risk, ...]:
    """Return the changes in a table of a file."""
    return tuple(Risk(**row) for row in tomllib.loads(file.read_text("utf-8"))[table])


RISKS, UNREAD = (rows(Path(__file__).with_suffix(".toml"), table) for table in ("risk", "unread"))


def named(name: str) -> Risk:
    """Return the risk called ``name``."""
    return next(one for one in RISKS if one.name == name)


def cases(file: Path) -> dict[str, Risk]:
    """Return the changes of a file by their names; a row without a change is a risk."""
    return {
        one.name: one if one.at or one.put or one.drop else named(one.name)
        for one in rows(file, "case")
    }


def bring(name: str, template: Template) -> None:
    """Change ``template`` as the risk called ``name`` does."""
    named(name).change(template)
