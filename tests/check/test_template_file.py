from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.check.report import Finding
from bidops_cfn.check.template_file import Template, parse, read
from bidops_cfn.errors import UsageError

REPOSITORY = Path(__file__).parents[2]
COMMITTED = (REPOSITORY / "templates" / "dev" / "compute.json").read_text("utf-8")


def laughs(levels: int) -> str:
    nine = (f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels))
    return "\n".join(["a0: &a0 [x, x, x, x, x, x, x, x, x]", *nine])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("hello", "not an object"),
        ("42", "not an object"),
        ("[]", "not an object"),
        ('"text"', "not an object"),
        (COMMITTED[:20_000], ""),
        ('{"a": 1,}', "Not JSON"),
        ('{"a": NaN}', "NaN is no JSON value"),
        ("{a: 1}", "Not JSON"),
        ("\ufeff" + COMMITTED, "byte order mark"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "deeper than 50"),
        ("[" * 200_000, "deeper than 50"),
        ("- " * 200_000 + "x", "deeper than 50"),
        ("a: " + "[" * 200_000, "deeper than 50"),
        ('{"a": 1, "a": 2}', "Duplicate found 'a'"),
        ('!!python/object/apply:os.system ["true"]', "could not be parsed"),
        ("a: 1\n---\nb: 2\n", "expected a single document"),
        ("a: *b\n", "undefined alias"),
        ("\x00\x01", ""),
        (laughs(9), "more than 250000 nodes"),
    ],
)  # fmt: skip
def test_what_is_no_template_is_a_finding(text: str, says: str) -> None:
    finding = parse(text)
    assert isinstance(finding, Finding)
    assert says in finding.message
    assert finding.rule == "E0000"
    assert finding.level == "error"


def test_a_finding_says_the_line() -> None:
    finding = parse('{\n "a": 1,\n "a": 2\n}')
    assert isinstance(finding, Finding)
    assert finding.line == 2


def test_json_is_read_with_and_without_its_lines() -> None:
    template = parse(COMMITTED)
    assert isinstance(template, Template)
    assert template.marked == template.plain
    assert type(template.plain) is dict


def test_yaml_is_read_with_its_tags_resolved() -> None:
    template = parse("Resources:\n  A:\n    Value: !Sub ${X.Y}\n    Other: !GetAtt X.Y\n")
    assert isinstance(template, Template)
    assert template.plain == {
        "Resources": {"A": {"Value": {"Fn::Sub": "${X.Y}"}, "Other": {"Fn::GetAtt": ["X", "Y"]}}}
    }


def test_brackets_inside_texts_do_not_nest() -> None:
    template = parse('{"a": "' + "[{" * 500 + '", "b": "\\"["}')
    assert isinstance(template, Template)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (bytes(range(256)), "not UTF-8 text (byte 128)"),
        (COMMITTED.encode("utf-16"), "not UTF-8"),
        (b'{"a": "' + b"x" * 10_000_000 + b'"}', "more than 1,048,576 bytes"),
    ],
)
def test_what_is_no_text_is_a_finding(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "template.json"
    file.write_bytes(content)
    finding = read(file)
    assert isinstance(finding, Finding)
    assert says in finding.message


def test_an_endless_file_ends() -> None:
    finding = read(Path("/dev/zero"))
    assert isinstance(finding, Finding)
    assert "more than 1,048,576 bytes" in finding.message


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_what_cannot_be_read_is_an_error_of_its_own(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / name)


def read_plain(text: str) -> object:
    found = parse(text)
    assert isinstance(found, Template), found
    return found.plain


CASES = Path(__file__).parent / "cases"


def test_a_date_is_the_text_that_cloudformation_takes_it_for() -> None:
    text = (CASES / "unquoted-dates.yaml").read_text("utf-8")
    quoted = text.replace("2010-09-09", '"2010-09-09"').replace("2012-10-17", '"2012-10-17"')
    assert read_plain(text) == read_plain(quoted)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2010-09-09", "2010-09-09"),
        ("2010-09-09T10:00:00Z", "2010-09-09T10:00:00Z"),
        ("2010-9-9 1:02:03.4", "2010-9-9 1:02:03.4"),
        ("[2012-10-17]", ["2012-10-17"]),
        ("{2012-10-17: x}", {"2012-10-17": "x"}),
        ("!Sub 2012-10-17", {"Fn::Sub": "2012-10-17"}),
    ],
)
def test_every_date_in_yaml_is_text(written: str, read: object) -> None:
    assert read_plain(f"a: {written}\n") == {"a": read}


def test_a_pair_of_surrogates_is_one_character() -> None:
    text = (CASES / "surrogate-pair.json").read_text("utf-8")
    found = parse(text)
    assert isinstance(found, Template)
    assert found.plain["Description"] == found.marked["Description"] == "\N{ROCKET}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\ud83d\ude80", "\N{ROCKET}"),
        (r"\uD83D\uDE80!", "\N{ROCKET}!"),
        (r"\\ud83d\\ude80", r"\ud83d\ude80"),
        (r"\\\ud83d\ude80", "\\\N{ROCKET}"),
        (r"\ud83d\ude80\ud83d\ude80", "\N{ROCKET}" * 2),
        ("\N{ROCKET}", "\N{ROCKET}"),
        (r"\u00e9\/", "é/"),
    ],
)
def test_escapes_of_json_are_read_in_values_and_keys(written: str, read: str) -> None:
    for text, expected in (
        (f'{{"a": "{written}"}}', {"a": read}),
        (f'{{"{written}": 1}}', {read: 1}),
    ):
        found = parse(text)
        assert isinstance(found, Template)
        assert found.plain == found.marked == expected


@pytest.mark.parametrize("half", [r"\ud83d", r"\ude80\ud83d", r"\ud83d\\ude80"])
def test_half_a_pair_is_no_character(half: str) -> None:
    assert isinstance(parse(f'{{"a": "{half}"}}'), Finding)
