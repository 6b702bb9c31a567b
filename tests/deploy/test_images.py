"""Image references: what people type, what parameters hold, what ECR is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.compute.parameters import IMAGE_PATTERN
from bidops_cfn.deploy.images import identifier, parse, reference, shown
from bidops_cfn.errors import UsageError
from bidops_cfn.model import SERVICES

DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1.4.2", ":1.4.2"),
        (":1.4.2", ":1.4.2"),
        ("v1", ":v1"),
        ("latest-1", ":latest-1"),
        (DIGEST, f"@{DIGEST}"),
        (f"@{DIGEST}", f"@{DIGEST}"),
    ],
)
def test_a_tag_and_a_digest_become_the_parameters_value(typed: str, value: str) -> None:
    assert reference(typed) == value


@pytest.mark.parametrize(
    "typed",
    ["", "latest", ":latest", "-1", "a b", "a/b", "x" * 129, "sha256:0A", DIGEST.upper(), "1\n"],
)
def test_what_is_no_reference_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"tag|digest"):
        reference(typed)


@given(st.text(max_size=140))
def test_whatever_is_accepted_satisfies_the_template(typed: str) -> None:
    import re

    try:
        value = reference(typed)
    except ValueError:
        return
    assert re.fullmatch(IMAGE_PATTERN, value)
    assert reference(shown(value)) == value


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        parse(["bff", "web=1", "bff=latest", "agentcore=1", "agentcore=2"], SERVICES)
    assert len(caught.value.details) == 4
    assert "--image bff=1.4.2" in caught.value.hint


def test_images_are_found_by_service() -> None:
    assert parse(["bff=1.4.2", f"agentcore={DIGEST}"], SERVICES) == {
        "bff": ":1.4.2",
        "agentcore": f"@{DIGEST}",
    }


def test_ecr_is_asked_for_a_tag_or_a_digest() -> None:
    assert identifier(":1.4.2") == {"imageTag": "1.4.2"}
    assert identifier(f"@{DIGEST}") == {"imageDigest": DIGEST}
