"""The command line of ``review``: files beside each template, one page, inputs of provers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import Shell

FILES = ("iam.tsv", "network.tsv", "settings.tsv", "REVIEW.md")


def test_the_files_of_an_environment_are_written_beside_its_template(shell: Shell) -> None:
    folder = shell.template().parent
    for name in FILES:
        (folder / name).unlink()
    for state in ("written", "unchanged"):
        ran = shell("review", "--env", "dev")
        assert (ran.code, ran.out) == (0, "")
        assert ran.err.splitlines() == [f"templates/dev/{name}: {state}" for name in FILES]


def test_what_is_stale_or_missing_is_told_with_the_difference(shell: Shell) -> None:
    file = shell.template()
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"FromPort": 8080', '"FromPort": 80'), encoding="utf-8")
    (file.parent / "iam.tsv").unlink()
    ran = shell("review", "--env", "dev", "--check")
    assert ran.code == 1
    assert "+agentcore\tingress\ttcp\t80-8080\tbff\tAgentCoreFromBffIngress\tNONE" in ran.out
    assert "templates/dev/network.tsv: stale" in ran.err
    assert "templates/dev/iam.tsv: missing" in ran.err
    assert "bidops-cfn review --all && git diff templates" in ran.err
    assert "80-8080" not in (file.parent / "network.tsv").read_text("utf-8")


def test_every_review_file_is_written_and_then_up_to_date(shell: Shell) -> None:
    names = [
        f"templates/{name}" for name in ("ENVIRONMENTS.md", "TRACEABILITY.md", "contract.json")
    ]
    for name in names:
        (shell.project / name).unlink()
    said = shell("review", "--all").err.splitlines()
    assert [line for line in said if "unchanged" not in line] == [
        f"{one}: written" for one in names
    ]
    assert shell("review", "--all", "--check").err == "15 review files are up to date.\n"


def test_the_page_is_one_file(shell: Shell, tmp_path: Path) -> None:
    shell.said("review", "--html", str(tmp_path / "review.html"))
    text = (tmp_path / "review.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert [f'data-environment="{name}"' in text for name in ("dev", "test", "prod")] == [True] * 3


def test_inputs_for_aws_provers_are_written(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "proofs"
    shell.said("review", "--env", "prod", "--aws-proofs", str(folder))
    assert json.loads((folder / "roles" / "BffTaskRole" / "reviewed.json").read_text("utf-8"))
    assert (folder / "run.sh").read_text("utf-8").startswith("#!/usr/bin/env bash\n")


def test_beside_one_of_them_the_page_about_all_shows_what_the_others_have_otherwise(
    shell: Shell, tmp_path: Path
) -> None:
    (shell.project / "params/prod.toml").unlink()
    shell.said("review", "--html", str(tmp_path / "review.html"), "--against", "dev")
    text = (tmp_path / "review.html").read_text(encoding="utf-8")
    assert 'id="what-the-change-did-test"' in text
    assert 'id="what-the-change-did-dev"' not in text


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "does not exist"), ("{", "it is not JSON"), ("[]", "it is not a JSON object")],
)
def test_a_template_that_cannot_be_read_is_one_clear_error(
    shell: Shell, content: str | None, why: str
) -> None:
    shell.template().unlink()
    if content is not None:
        shell.template().write_text(content, encoding="utf-8")
    ran = shell("review", "--env", "dev")
    assert ran.code == 2
    assert why in ran.err
    assert "Traceback" not in ran.err
