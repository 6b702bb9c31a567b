"""CODEOWNERS, read as GitHub reads it: the last line that matches decides, one owner suffices."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LINES = [
    line.split()
    for line in (REPOSITORY / ".github" / "CODEOWNERS").read_text().splitlines()
    if line.strip() and not line.startswith("#")
]
SECURITY = "@bidops-ai/security"


def matches(pattern: str, path: str) -> bool:
    """Tell whether ``pattern`` matches: everything, a folder, a file, files of one folder."""
    folder, _, last = pattern.removeprefix("/").rpartition("/")
    if pattern == "*":
        return True
    if not last:
        return path.startswith(f"{folder}/")
    if last.startswith("*"):
        parent, _, name = path.rpartition("/")
        return parent == folder and name.endswith(last[1:])
    return path == pattern.removeprefix("/")


def owners(path: str) -> list[str]:
    return next(found for pattern, *found in reversed(LINES) if matches(pattern, path))


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_a_line_has_one_owner_and_something_to_own(line: list[str]) -> None:
    pattern, *found = line
    assert len(found) == 1, "two owners on a line are an or"
    assert any(REPOSITORY.glob(pattern.removeprefix("/")))


DECIDING = (
    *("templates/prod/compute.json", "templates/prod/settings.tsv", "templates/contract.json"),
    *(
        "bidops_cfn/settings/consistency.py",
        "bidops_cfn/settings/tables.py",
        "bidops_cfn/settings/texts.py",
    ),
    *("bidops_cfn/settings/names.py", "bidops_cfn/settings/load.py", "bidops_cfn/printable.py"),
    *("bidops_cfn/spec/secret_texts.py", "bidops_cfn/rules/_house_rule.py"),
    *("bidops_cfn/rules/proofs.py", "bidops_cfn/check/engine.py"),
    *("bidops_cfn/facts/proofs/roles.py", "bidops_cfn/review/requirements.toml"),
    *("bidops_cfn/permissions/scopes.py", "judges/policies/forbidden.toml"),
    *("bidops_cfn/compute/roles.py", "bidops_cfn/compute/template.py"),
    *("bidops_cfn/settings/contract.py", "bidops_cfn/settings/services.py"),
    *("bidops_cfn/verify/table.py", "bidops_cfn/cli/verify.py", "tests/settings/test_shapes.py"),
    *("tests/mutants/corpus.py", ".github/CODEOWNERS", ".github/workflows/ci.yml"),
    *("pyproject.toml", "requirements/run.txt", "Makefile", ".ci/run"),
)


@pytest.mark.parametrize("path", DECIDING)
def test_what_decides_a_verdict_is_for_security_to_approve(path: str) -> None:
    assert (REPOSITORY / path).exists()
    assert owners(path) == [SECURITY]


def test_settings_are_for_both_since_each_stands_in_a_file_of_both() -> None:
    for file in (REPOSITORY / "params").glob("*.toml"):
        assert owners(f"params/{file.name}") == ["@bidops-ai/platform"]
        assert owners(f"templates/{file.stem}/settings.tsv") == [SECURITY]
