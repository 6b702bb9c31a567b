"""The registry of resource types, against the committed templates and the other stacks."""

from __future__ import annotations

import json
from pathlib import Path

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.models.registry import TYPES
from bidops_cfn_sandbox.network_stack import network_stack
from bidops_cfn_sandbox.other_stacks import security_stack, storage_stack
from tests.sandbox.account import IMAGES, Account
from tests.sandbox.models.specimen import listed
from tests.settings_files import with_table


def test_every_attribute_of_every_type_has_a_value(
    dev_account: Account, dev: Environment, dev_template: str
) -> None:
    document = json.loads(dev_template)
    document["Outputs"] = {
        f"{logical_id}{attribute}": {
            "Value": {"Fn::Join": [",", {"Fn::GetAtt": [logical_id, attribute]}]}
            if attribute == "LoadBalancerArns"
            else {"Fn::GetAtt": [logical_id, attribute]}
        }
        for logical_id, resource in document["Resources"].items()
        for attribute in TYPES[resource["Type"]].attributes
    }
    dev_account.deploy(dev.stack_name, json.dumps(document), IMAGES, "CREATE")
    stack = dev_account.stack(dev.stack_name)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert len(stack["Outputs"]) == len(document["Outputs"])


def test_every_type_is_used_by_a_stack(dev: Environment) -> None:
    topic = "arn:aws:sns:us-east-1:111111111111:ops"
    templates = [
        template.render(with_table(dev, "alarms", events_topic_arn=topic)),
        network_stack(dev),
        storage_stack(dev, owns_repositories=True),
        security_stack(dev, {}),
    ]
    used = {
        resource["Type"]
        for text in templates
        for resource in json.loads(text)["Resources"].values()
    }
    assert set(TYPES) == used


def test_the_properties_of_every_type_are_those_that_are_committed() -> None:
    """No specimen misses a property that is taken out: it has those that are there."""
    found = [line for name, kind in sorted(TYPES.items()) for line in listed(kind.properties, name)]
    committed = Path(__file__).with_name("properties.txt").read_text(encoding="utf-8")
    assert found == committed.splitlines()


def test_create_only_properties_and_names_are_properties_of_their_type() -> None:
    for kind in TYPES.values():
        assert kind.create_only | kind.required <= set(kind.properties), kind.name
        assert not kind.named or kind.named in kind.properties, kind.name
