from __future__ import annotations

from bidops_cfn.settings.services import AGENTCORE, BFF
from bidops_cfn.spec.parts import OF_SERVICE, OF_STACK, PARTS, STACK, Part, Reference, parts_of
from bidops_cfn.spec.resource_types import GUARDED, UNDERSTOOD


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
