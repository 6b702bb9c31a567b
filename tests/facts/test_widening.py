from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.facts.reading import read
from bidops_cfn.facts.widening import Change, FactChange, changes

Template = dict[str, Any]
Committed = Callable[[str], Template]


def compared(template: Template, change: Callable[[Template], None]) -> tuple[FactChange, ...]:
    old = read(template)
    change(template)
    return changes(old, read(template))


def properties(template: Template, name: str) -> Template:
    found: Template = template["Resources"][name]["Properties"]
    return found


def statements(template: Template, role: str) -> list[Template]:
    found: list[Template] = properties(template, role)["Policies"][0]["PolicyDocument"]["Statement"]
    return found


def no_egress(template: Template) -> None:
    del properties(template, "AgentCoreSecurityGroup")["SecurityGroupEgress"]


def more_ports(template: Template) -> None:
    properties(template, "AgentCoreFromBffIngress")["ToPort"] = 9000


def deletion(template: Template) -> None:
    statements(template, "AgentCoreTaskRole")[-1]["Action"].append("s3:DeleteObject")


def everything(template: Template) -> None:
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    statements(template, "BffTaskRole").append(allow)


def no_condition(template: Template) -> None:
    trust = properties(template, "BffTaskRole")["AssumeRolePolicyDocument"]["Statement"][0]
    del trust["Condition"]


def more_conditions(template: Template) -> None:
    secure = {"Bool": {"aws:SecureTransport": "true"}}
    statements(template, "AgentCoreTaskRole")[-1]["Condition"] = secure


def fewer_actions(template: Template) -> None:
    statements(template, "AgentCoreTaskRole")[-1]["Action"] = ["s3:GetObject"]


def many_branches(template: Template) -> None:
    for number in range(9):
        equals = {"Fn::Equals": [{"Ref": "BffDesiredCount"}, str(number)]}
        template["Conditions"][f"C{number}"] = equals
        topic = {"Type": "AWS::SNS::Topic", "Condition": f"C{number}"}
        template["Resources"][f"T{number}"] = topic


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (no_egress, "egress everything to 0.0.0.0/0, which EC2 adds by itself"),
        (more_ports, "ingress tcp 8080-9000"),
        (deletion, "s3:DeleteObject on arn:"),
        (everything, "* on *"),
        (no_condition, "Service ecs-tasks.amazonaws.com may assume the role"),
    ],
)
def test_a_widening_is_called_one(
    committed: Committed, change: Callable[[Template], None], shown: str
) -> None:
    widened = [
        one.shown for one in compared(committed("dev"), change) if one.change is Change.WIDENED
    ]
    assert any(shown in text for text in widened), widened


def test_what_could_not_be_read_completely_cannot_be_told(committed: Committed) -> None:
    (found,) = compared(committed("dev"), many_branches)
    assert found.change is Change.UNKNOWN
    assert found.told == "cannot tell: conditions and listed values make more than 64 cases"


@pytest.mark.parametrize("change", [fewer_actions, more_conditions])
def test_a_narrowing_is_called_one(
    committed: Committed, change: Callable[[Template], None]
) -> None:
    found = compared(committed("dev"), change)
    assert found
    assert {one.change for one in found} == {Change.NARROWED}


def test_the_same_template_is_neither(committed: Committed) -> None:
    assert compared(committed("prod"), lambda _: None) == ()


def test_other_spellings_are_neither(committed: Committed) -> None:
    def respell(template: Template) -> None:
        statements(template, "BffTaskRole")[0]["Action"] = "logs:createlogstream"
        statements(template, "BffTaskRole").append(
            {**statements(template, "BffTaskRole")[0], "Action": "LOGS:PutLogEvents"}
        )
        properties(template, "AgentCoreFromBffIngress")["IpProtocol"] = 6

    assert compared(committed("dev"), respell) == ()


def test_a_change_says_where_it_is_written(committed: Committed) -> None:
    (found,) = (
        one for one in compared(committed("dev"), more_ports) if one.change is Change.WIDENED
    )
    assert found.path == ("Resources", "AgentCoreFromBffIngress")
    assert found.subject == "${AgentCoreSecurityGroup.GroupId}"
