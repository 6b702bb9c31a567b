from __future__ import annotations

import pytest

from bidops_cfn.settings.problem import Problem, join, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1.5, "1.5"),
        ("a" * 60, f'"{"a" * 60}"'),
        ("a" * 61, f'"{"a" * 57}..."'),
        ("größer", '"größer"'),
        ("\x1b[31m", r'"\u001b[31m"'),
        ('say "x"', r'"say \"x\""'),
        ([1], "an array"),
        ({}, "a table"),
    ],
)
def test_values_are_shown_on_one_line_as_a_settings_file_writes_them(
    value: object, text: str
) -> None:
    assert shown(value) == text


def test_key_paths_quote_what_toml_quotes() -> None:
    assert join("", "a-b_1") == "a-b_1"
    assert join("a", "/tmp") == 'a."/tmp"'
    assert str(Problem("a", "b", "c")) == "a: found b; allowed: c"
