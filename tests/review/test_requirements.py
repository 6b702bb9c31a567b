from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bidops_cfn.errors import UsageError
from bidops_cfn.review.requirements import (
    Class,
    Requirement,
    evidence,
    requirement,
    requirements,
    selector,
)
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import claimed

SPECIFICATION = Path(__file__).parents[2] / "docs" / "spec.md"


def specified() -> Iterator[tuple[str, str]]:
    """Yield id and text of everything that the specification asks for."""
    text = SPECIFICATION.read_text(encoding="utf-8")
    yield from re.findall(r"(?m)^- \*\*((?:FR|SC)-\d{3})\*\*: (.*?)\s*$", text)
    story = ""
    for line in text.splitlines():
        heading = re.match(r"### (?:User Story (\d+))?", line)
        scenario = re.match(r"(\d+)\. (\*\*Given\*\*.*)", line)
        if heading:
            story = heading[1] or ""
        elif scenario and story:
            yield f"US{story}-{scenario[1]}", scenario[2].replace("**", "").strip()


def test_the_catalogue_is_the_specification_word_for_word() -> None:
    assert {one.id: one.text for one in requirements().values()} == dict(specified())


def test_the_catalogue_has_every_functional_requirement_criterion_and_scenario() -> None:
    ids = list(requirements())
    counts = [sum(name.startswith(prefix) for name in ids) for prefix in ("FR", "SC", "US")]
    assert counts == [49, 11, 23]


@pytest.mark.parametrize("one", requirements().values(), ids=requirements())
def test_every_requirement_has_evidence_where_it_applies(
    one: Requirement, subjects: list[Subject]
) -> None:
    concerned = [subject for subject in subjects if one.applies_to(subject.name)]
    assert concerned
    for subject in concerned:
        for shown in one.shows:
            assert evidence(subject.readings, [shown]), f"{shown} finds nothing"


@pytest.mark.parametrize("one", requirements().values(), ids=requirements())
def test_only_what_names_its_claims_is_called_proved(
    one: Requirement, subjects: list[Subject]
) -> None:
    assert bool(one.claims) == (one.shown_as is Class.PROVED)
    for subject in subjects:
        if one.applies_to(subject.name):
            found = claimed(one, subject.verdicts)
            names = {verdict.claim.name for verdict in found}
            assert names == {claim.partition("/")[0] for claim in one.claims}


@pytest.mark.parametrize("one", requirements().values(), ids=requirements())
def test_what_a_template_cannot_show_says_what_is_not_shown(one: Requirement) -> None:
    if one.shown_as in (Class.RUN_TIME, Class.DELEGATED):
        assert one.note or one.reading


def test_an_id_is_found_in_any_letter_case() -> None:
    assert requirement("fr-026") is requirements()["FR-026"]


@pytest.mark.parametrize(
    ("name", "why"), [("FR-036", "skips this number"), ("FR-099", "has none"), ("x", "has none")]
)
def test_an_unknown_id_is_an_error_that_says_how_ids_look(name: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        requirement(name)
    assert "FR-026" in caught.value.hint


def test_a_selector_has_type_service_text_and_path() -> None:
    found = selector('ECS::Service[bff]{"Base": 3} CapacityProviderStrategy/*')
    assert (found.type, found.service, found.text) == ("ECS::Service", "bff", '"Base": 3')
    assert found.steps == ("CapacityProviderStrategy", "*")


def test_something_else_is_no_selector() -> None:
    with pytest.raises(ValueError, match="what is this"):
        selector("what is this")
