from __future__ import annotations

import json
from pathlib import Path

import pytest

from bidops_cfn.cli.root import root


def run(project: Path, *arguments: str) -> int:
    return root(["--project", str(project), *arguments])


def test_the_files_of_an_environment_are_written_beside_its_template(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("iam.tsv", "network.tsv", "settings.tsv", "REVIEW.md"):
        (project / "templates" / "dev" / name).unlink(missing_ok=True)
    assert run(project, "review", "--env", "dev") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "templates/dev/iam.tsv: written",
        "templates/dev/network.tsv: written",
        "templates/dev/settings.tsv: written",
        "templates/dev/REVIEW.md: written",
    ]
    assert run(project, "review", "--env", "dev") == 0
    assert "REVIEW.md: unchanged" in capsys.readouterr().err


def test_a_changed_template_makes_its_review_stale_and_the_difference_is_shown(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "review", "--env", "dev") == 0
    template = project / "templates" / "dev" / "compute.json"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace('"FromPort": 8080', '"FromPort": 80'), encoding="utf-8")
    capsys.readouterr()
    assert run(project, "review", "--env", "dev", "--check") == 1
    out, err = capsys.readouterr()
    assert "+agentcore\tingress\ttcp\t80-8080\tbff\tAgentCoreFromBffIngress\tNONE" in out
    assert "templates/dev/network.tsv: stale" in err
    assert "bidops-cfn review --all && git diff templates" in err
    assert "80-8080" not in (project / "templates" / "dev" / "network.tsv").read_text("utf-8")


def test_every_review_file_is_written_and_then_up_to_date(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "review", "--all") == 0
    for name in ("ENVIRONMENTS.md", "TRACEABILITY.md", "contract.json"):
        assert (project / "templates" / name).is_file()
    capsys.readouterr()
    assert run(project, "review", "--all", "--check") == 0
    assert capsys.readouterr().err == "15 review files are up to date.\n"


def test_a_missing_review_file_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "review", "--env", "test") == 0
    (project / "templates" / "test" / "iam.tsv").unlink()
    assert run(project, "review", "--env", "test", "--check") == 1
    assert "templates/test/iam.tsv: missing" in capsys.readouterr().err


def test_review_files_without_settings_are_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "review", "--all") == 0
    (project / "params" / "test.toml").unlink()
    capsys.readouterr()
    assert run(project, "review", "--all", "--check") == 1
    assert "templates/test/iam.tsv: params/test.toml is missing" in capsys.readouterr().err


def test_the_page_is_one_file(project: Path, tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    assert run(project, "review", "--html", str(page)) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert [f'data-environment="{name}"' in text for name in ("dev", "test", "prod")] == [True] * 3


def test_inputs_for_aws_provers_are_written(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "proofs"
    assert run(project, "review", "--env", "prod", "--aws-proofs", str(folder)) == 0
    assert json.loads((folder / "roles" / "BffTaskRole" / "reviewed.json").read_text("utf-8"))
    assert (folder / "run.sh").read_text("utf-8").startswith("#!/usr/bin/env bash\n")


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "does not exist"), ("{", "it is not JSON"), ("[]", "it is not a JSON object")],
)
def test_a_template_that_cannot_be_read_is_one_clear_error(
    project: Path, content: str | None, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    template = project / "templates" / "dev" / "compute.json"
    template.unlink()
    if content is not None:
        template.write_text(content, encoding="utf-8")
    assert run(project, "review", "--env", "dev") == 2
    err = capsys.readouterr().err
    assert why in err
    assert "Traceback" not in err
