"""The reviewed lists: a typo in one is named with file, key and what is allowed, never a crash."""

from __future__ import annotations

import pytest

from bidops_cfn.errors import UsageError
from bidops_cfn.review.requirements import requirements
from bidops_cfn.rules._allow_list import unknown_actions
from bidops_cfn.settings.contract import by_key
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES
from bidops_cfn.settings.shapes import Shape
from bidops_cfn.spec import flows, parts, permissions
from bidops_cfn.spec.parts import OF_SERVICE, OF_STACK, PARTS, STACK, Part, Reference, parts_of
from bidops_cfn.spec.resource_types import GUARDED, UNDERSTOOD
from bidops_cfn.spec.reviewed import NONE, parse


def test_every_part_is_played_by_an_understood_type() -> None:
    assert set(PARTS) == set(Part)
    assert {played.type for played in PARTS.values()} <= UNDERSTOOD.keys()
    assert set(GUARDED) <= UNDERSTOOD.keys()


def test_a_service_needs_what_its_callers_reach_it_by() -> None:
    assert set(parts_of(BFF)) - set(parts_of(AGENTCORE)) == {
        Part.TARGET_GROUP,
        Part.LISTENER_RULE,
        Part.UNHEALTHY_ALARM,
        Part.HEALTHY_ALARM,
        Part.ERROR_ALARM,
    }
    assert set(parts_of(AGENTCORE)) - set(parts_of(BFF)) == {Part.DISCOVERY}
    assert not set(STACK) & {*parts_of(BFF), *parts_of(AGENTCORE)}


def test_outputs_are_of_parts_that_are_there() -> None:
    def parts(values: object) -> set[Part]:
        assert isinstance(values, dict)
        return {one.part for one in values.values() if isinstance(one, Reference)}

    assert parts(OF_STACK) <= set(STACK)
    assert parts(OF_SERVICE) <= set(parts_of(BFF)) & set(parts_of(AGENTCORE))


ENTRY = 'actions = ["s3:GetObject"]\non = "objects"\n'


@pytest.mark.parametrize(
    ("file", "shape", "text", "problem"),
    [
        (permissions.FILE, permissions.SHAPE, "[[bff.task", "not valid TOML"),
        (
            permissions.FILE,
            permissions.SHAPE,
            '[[bff.task]]\nactions = ["s3:GetObject"]\non = "bukket"',
            'bff.task[0].on: found "bukket"',
        ),
        (
            permissions.FILE,
            permissions.SHAPE,
            '[[bff.task]]\naction = ["s3:GetObject"]\non = "objects"',
            'bff.task[0].action: found an unknown key (did you mean "actions"?)',
        ),
        (
            permissions.FILE,
            permissions.SHAPE,
            f'[[bff.task]]\n{ENTRY}requirement = "FR-16"',
            'bff.task[0].requirement: found "FR-16"; allowed: a requirement of docs/spec.md',
        ),
        (
            permissions.FILE,
            permissions.SHAPE,
            '[[bff.task]]\nactions = ["s3:*"]\non = "objects"',
            'bff.task[0].actions[0]: found "s3:*"; allowed: an action written out',
        ),
        (permissions.FILE, permissions.SHAPE, f"[[bff.tsak]]\n{ENTRY}", "bff.tsak: found an unk"),
        (
            flows.FILE,
            flows.SHAPE,
            '[bff]\n"egress 443 from S3" = "FR-028"',
            "this key; allowed: ingress PORT from PEER, or egress PORT to PEER",
        ),
        (flows.FILE, flows.SHAPE, '[bff]\n"egress 443 to S3" = ""', 'found ""; allowed: a requ'),
        (parts.FILE, parts.SHAPE, "[bff]\nsubnet = {}", 'did you mean "subnets"?'),
        (parts.FILE, parts.SHAPE, '[bff]\ngroup = "FR-025"', 'found "FR-025"; allowed: a ta'),
    ],
)
def test_a_typo_is_named_with_file_key_and_what_is_allowed(
    file: str, shape: Shape, text: str, problem: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse(file, text, shape)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    assert any(one.startswith(f"{file}:") and problem in one for one in caught.value.details)


def test_a_problem_of_a_list_says_its_line() -> None:
    text = f"[[bff.task]]\n{ENTRY}\n[[bff.task]]\n{ENTRY.replace('objects', 'object')}"
    with pytest.raises(UsageError) as caught:
        parse(permissions.FILE, text, permissions.SHAPE)
    (found,) = caught.value.details
    assert found.startswith(f"{permissions.FILE}:7: bff.task[1].on: found ")


def test_an_action_that_aws_does_not_have_is_a_mistake_of_the_list() -> None:
    assert not list(unknown_actions(permissions.allow_list()))
    listed = {"bff": {"task": [{"actions": ["s3:GetObject", "s3:GetObjct", "nope:Do"]}]}}
    first, second = map(str, unknown_actions(listed))
    assert first.startswith('bff.task[0].actions[1]: found "s3:GetObjct" (did you mean "s3:GetObj')
    assert second.startswith('bff.task[0].actions[2]: found "nope:Do"; allowed: an action as the')


def test_every_line_names_a_requirement_services_and_contract_that_there_are() -> None:
    named = {one.requirement for one in flows.reviewed_flows()}
    named |= {
        permissions.requirement_of(entry)
        for roles in permissions.allow_list().values()
        for entries in roles.values()
        for entry in entries
    }
    named |= {
        one["requirement"]
        for having in parts.reviewed_services().values()
        for one in having.values()
    }
    # What a setting adds, and no requirement asks for.
    assert named <= {*requirements(), NONE}
    settings = {
        entry["on"]
        for roles in permissions.allow_list().values()
        for entries in roles.values()
        for entry in entries
        if permissions.requirement_of(entry) == NONE
    }
    assert settings == {"exec channels", "exec logs"}
    known = {service.name for service in SERVICES}
    ends = {end for one in flows.reviewed_flows() for end in (one.owner, one.peer)} - {flows.S3}
    assert not {end for end in ends if end not in known and by_key(end) is None}


def test_both_ends_of_a_flow_between_services_have_a_line() -> None:
    inside = {service.name for service in SERVICES}
    lines = {(one.owner, one.direction, one.port, one.peer) for one in flows.reviewed_flows()}
    turned = {"ingress": "egress", "egress": "ingress"}
    assert not {
        one
        for one in lines
        if {one[0], one[3]} <= inside and (one[3], turned[one[1]], one[2], one[0]) not in lines
    }


@pytest.mark.parametrize(
    "flow",
    [
        ("bff", "ingress", 3001, "network.AlbSecurityGroupId"),
        ("bff", "egress", 3000, "network.AlbSecurityGroupId"),
        ("bff", "egress", 8080, "bff"),
        ("agentcore", "ingress", 8080, "network.AlbSecurityGroupId"),
        ("stranger", "egress", 443, "S3"),
    ],
)
def test_what_has_no_line_no_requirement_asks_for(flow: tuple[str, str, int, str]) -> None:
    assert flows.asked_by(*flow) == NONE
