from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.facts.proofs.spot import Share, least_saving, spot_tasks
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.review.subject import Subject
from bidops_cfn.rules.cluster import worst_saving
from bidops_cfn.settings.services import SERVICES


def strategy(on_demand: tuple[int, int], spot: tuple[int, int]) -> tuple[Share, ...]:
    return Share("FARGATE", *on_demand), Share("FARGATE_SPOT", *spot)


@pytest.mark.parametrize(
    ("shares", "tasks", "expected"),
    [
        (strategy((0, 70), (0, 30)), 10, (3, 3)),
        (strategy((0, 70), (0, 30)), 2, (0, 1)),
        (strategy((0, 70), (3, 30)), 2, (2, 2)),
        (strategy((0, 70), (3, 30)), 9, (4, 5)),
        (strategy((2, 70), (0, 30)), 2, (0, 0)),
        (strategy((2, 70), (0, 30)), 10, (2, 3)),
        (strategy((0, 0), (0, 0)), 4, (0, 0)),
    ],
)
def test_tasks_on_spot_are_the_base_and_a_share_rounded_both_ways(
    shares: tuple[Share, ...], tasks: int, expected: tuple[int, int]
) -> None:
    assert spot_tasks(shares, tasks) == expected


@pytest.mark.requirement("SC-008")
@pytest.mark.parametrize(
    ("base", "percent", "tasks"),
    [
        (0, Fraction(0), 2),
        (1, Fraction(35, 2), 4),
        (2, Fraction(105, 4), 8),
        (3, Fraction(280, 9), 9),
        (10, Fraction(70), 2),
    ],
)
def test_the_saving_is_the_least_over_every_count_and_rounding(
    base: int, percent: Fraction, tasks: int
) -> None:
    assert least_saving(strategy((0, 70), (base, 30)), 70) == (percent, tasks)
    assert worst_saving(base, 70) == float(percent)


@given(
    st.integers(0, 5),
    st.integers(0, 100),
    st.integers(0, 5),
    st.integers(0, 100),
    st.integers(2, 10),
)
def test_never_more_tasks_run_on_spot_than_there_are(
    base: int, weight: int, spot_base: int, spot_weight: int, tasks: int
) -> None:
    fewest, most = spot_tasks(strategy((base, weight), (spot_base, spot_weight)), tasks)
    assert 0 <= fewest <= most <= tasks
    assert most - fewest <= 1


def outcomes(subject: Subject) -> set[Outcome]:
    return {one.outcome for one in subject.verdicts if one.claim.name == "spot-saving"}


@pytest.mark.requirement("SC-008")
def test_dev_and_test_save_thirty_percent_under_the_stated_discount(
    subjects: list[Subject],
) -> None:
    for subject in subjects:
        expected = set() if subject.name == "prod" else {Outcome.PROVED}
        assert outcomes(subject) == expected


@pytest.mark.parametrize(
    ("base", "outcome"),
    [(0, Outcome.REFUTED), ({"Ref": "Base"}, Outcome.UNKNOWN), (None, Outcome.UNKNOWN)],
    ids=["no base", "a base that is not known", "no strategy"],
)
def test_a_saving_is_refuted_where_it_is_known_to_be_less_and_else_left_open(
    dev_subject: Subject, base: object, outcome: Outcome
) -> None:
    template = json.loads(dev_subject.text)
    for service in SERVICES:
        properties = template["Resources"][f"{service.title}Service"]["Properties"]
        if base is None:
            del properties["CapacityProviderStrategy"]
        else:
            properties["CapacityProviderStrategy"][1]["Base"] = base
    assert outcomes(Subject(dev_subject.environment, json.dumps(template))) == {outcome}


@pytest.mark.requirement("SC-008")
def test_a_second_service_that_runs_bff_on_demand_counts(dev_subject: Subject) -> None:
    template: dict[str, Any] = json.loads(dev_subject.text)
    shadow = json.loads(json.dumps(template["Resources"]["BffService"]))
    shadow["Properties"]["CapacityProviderStrategy"] = [
        {"CapacityProvider": "FARGATE", "Base": 0, "Weight": 1}
    ]
    template["Resources"]["Shadow"] = shadow
    changed = Subject(dev_subject.environment, json.dumps(template))
    (found,) = [
        one
        for one in changed.verdicts
        if (one.claim.name, one.claim.subject) == ("spot-saving", "bff")
    ]
    assert found.outcome is Outcome.REFUTED
