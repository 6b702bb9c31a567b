from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.settings.problem import join, quoted
from bidops_cfn.settings.toml_text import key_lines

TEXT = '''\
# comment = 1
region = "x" # ]
[tags]
"a b" = """
[not.a.table]
key = 2
"""
Owner = 'it''s'

[services.bff] # [other]
health_command = [ # "
  "CMD", # one, two
  "a]",

  ["nested", "b"], {c = 1, d = "}"}]
tmpfs."/tmp" = 64
[services.bff.listener]
hosts = ["a", "b"]
'''.replace("'it''s'", '"its = \\"x\\""')


def test_every_key_has_its_line() -> None:
    found = key_lines(TEXT)
    assert found.repeated == ()
    assert {path: found.of(path) for path in found.first} == {
        "region": 2,
        "tags": 3,
        'tags."a b"': 4,
        "tags.Owner": 8,
        "services": 10,
        "services.bff": 10,
        "services.bff.health_command": 11,
        "services.bff.health_command[0]": 12,
        "services.bff.health_command[1]": 13,
        "services.bff.health_command[2]": 15,
        "services.bff.health_command[3]": 15,
        "services.bff.tmpfs": 16,
        'services.bff.tmpfs."/tmp"': 16,
        "services.bff.listener": 17,
        "services.bff.listener.hosts": 18,
        "services.bff.listener.hosts[0]": 18,
        "services.bff.listener.hosts[1]": 18,
    }


def test_what_is_missing_is_looked_for_around_its_place() -> None:
    found = key_lines(TEXT)
    assert found.of("services.bff.cpu") == 10
    assert found.of("services.bff.health_command[9]") == 11
    assert found.of('tags."x.y"') == 3
    assert found.of("account_id") is None
    assert found.of("") is None


def test_what_stands_there_twice_is_found_with_both_lines() -> None:
    found = key_lines('a = 1\n[t]\nb = 1\n"b" = 2\n[u.v]\n[u]\n[t]\n[[w]]\nx = 1\n[[w]]\nx = 2\n')
    assert found.repeated == (("t.b", 4), ("t", 7))
    assert (found.of("w[1]"), found.of("w[1].x"), found.of("w[1].y")) == (10, 11, 10)
    assert (found.of("t.b"), found.of("t")) == (3, 2)


@given(st.text(alphabet="ab=[]{}\"'#\\\n., ", max_size=40))
def test_any_text_comes_to_an_end(text: str) -> None:
    assert key_lines(text).of("nothing like this") is None


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=4),
        st.lists(st.integers() | st.booleans(), max_size=3),
        max_size=5,
    )
)
def test_a_table_that_is_written_key_by_key_is_found_line_by_line(table: dict[str, Any]) -> None:
    lines = [f"{quoted(key)} = {json.dumps(value)}" for key, value in table.items()]
    found = key_lines("\n".join(["[t]", *lines]))
    assert not found.repeated
    assert [found.of(join("t", key)) for key in table] == list(range(2, len(table) + 2))
