from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bidops_cfn.settings import texts

KINDS = tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_text_takes_some_and_refuses_others(name: str) -> None:
    text = getattr(texts, name)
    for value in KINDS[name]["allowed"]:
        assert list(text.check(value, "")) == []
    for value in KINDS[name]["refused"]:
        assert [problem.allowed for problem in text.check(value, "")] == [text.allowed]
