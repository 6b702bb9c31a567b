"""Rewriting a template into another one that means the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random
from typing import Any

from tests.mutants.mutant import Template

NAMED = ("Resources", "Parameters", "Conditions", "Outputs")
PLACEHOLDER = re.compile(r"\$\{(\w+)(?=[.}])")


def renamed(template: Template) -> Template:
    """Return the template with another name for every logical id."""
    ids = [name for section in NAMED for name in template[section]]
    names = {name: f"X{number:03}" for number, name in enumerate(reversed(ids))}
    changed: Template = _rename(template, names)
    for section in NAMED:
        changed[section] = {names[name]: value for name, value in changed[section].items()}
    return changed


def _rename(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_rename(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _rename(value, names) for key, value in node.items()}
    for key in ("Ref", "Condition"):
        if isinstance(changed.get(key), str):
            changed[key] = names.get(changed[key], changed[key])
    if "Fn::GetAtt" in changed:
        resource, attribute = changed["Fn::GetAtt"]
        changed["Fn::GetAtt"] = [names.get(resource, resource), attribute]
    if "Fn::If" in changed:
        changed["Fn::If"][0] = names[changed["Fn::If"][0]]
    if "Fn::Sub" in changed:
        changed["Fn::Sub"] = _rename_text(changed["Fn::Sub"], names)
    if "DependsOn" in changed:
        changed["DependsOn"] = [names.get(name, name) for name in changed["DependsOn"]]
    return changed


def _rename_text(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_rename_text(value[0], names), value[1]]
    return PLACEHOLDER.sub(lambda match: "${" + names.get(match[1], match[1]), value)


def reordered(node: Any, random: Random) -> Any:
    """Return ``node`` with the keys of every object in another order."""
    if isinstance(node, dict):
        keys = list(node)
        random.shuffle(keys)
        return {key: reordered(node[key], random) for key in keys}
    if isinstance(node, list):
        return [reordered(item, random) for item in node]
    return node


def respelt(node: Any, random: Random) -> Any:
    """Return ``node`` with references, attributes and joined texts in other spellings."""
    if isinstance(node, list):
        return [respelt(item, random) for item in node]
    if not isinstance(node, dict):
        return node
    spellings = [node, *_spellings(node)]
    chosen = random.choice(spellings)
    if chosen is not node:
        return chosen
    return {
        key: value if key in ("Fn::Sub", "Fn::GetAtt") else respelt(value, random)
        for key, value in node.items()
    }


def _spellings(node: dict[str, Any]) -> list[Any]:
    name: str
    argument: Any
    name, argument = next(iter(node.items())) if len(node) == 1 else ("", None)
    if name == "Ref" and argument != "AWS::NoValue":
        return [{"Fn::Sub": "${" + argument + "}"}, {"Fn::Join": ["", [node]]}]
    if name == "Fn::GetAtt":
        dotted = ".".join(argument)
        return [{name: dotted}, {"Fn::Sub": "${" + dotted + "}"}, {"Fn::Join": ["-", [node]]}]
    if name == "Fn::Join" and argument[0] == "" and len(argument[1]) > 1:
        variables = {f"V{n}": item for n, item in enumerate(argument[1])}
        return [{"Fn::Sub": ["".join("${" + v + "}" for v in variables), variables]}]
    if name == "Fn::Sub":
        listed = argument if isinstance(argument, list) else [argument, {}]
        return [{"Fn::Sub": listed}, {"Fn::Join": ["", ["", node, ""]]}]
    return []


def standalone(template: Template, random: Random) -> Template:
    """Return the template with some inline rules as resources; each group keeps one egress."""
    for logical_id, resource in list(template["Resources"].items()):
        if resource["Type"] != "AWS::EC2::SecurityGroup":
            continue
        group = resource["Properties"]
        for key, kept in (("SecurityGroupIngress", 0), ("SecurityGroupEgress", 1)):
            for number in range(len(group.get(key, [])) - 1, kept - 1, -1):
                if random.random() < 0.6:
                    rule = group[key].pop(number)
                    rule["GroupId"] = {"Fn::GetAtt": [logical_id, "GroupId"]}
                    moved = {"Type": f"AWS::EC2::{key}", "Properties": rule}
                    template["Resources"][f"{logical_id}{key}{number}"] = moved
            if not group.get(key, [None]):
                del group[key]
    return template


def inline(template: Template) -> Template:
    """Return the template with AgentCore's ingress inline: only one side of a pair can be."""
    rule = template["Resources"].pop("AgentCoreFromBffIngress")["Properties"]
    del rule["GroupId"]
    group = template["Resources"]["AgentCoreSecurityGroup"]["Properties"]
    group["SecurityGroupIngress"] = [rule]
    template["Resources"]["AgentCoreService"]["DependsOn"].remove("AgentCoreFromBffIngress")
    return template
