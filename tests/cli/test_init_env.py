from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from bidops_cfn.cli.init_env import priorities
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import settings_file
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.settings.toml_text import copied, renamed, shared
from tests.cli.running import run

REVIEWS = ("REVIEW.md", "compute.json", "iam.tsv", "network.tsv", "settings.tsv")


SHAPE = settings_file(SERVICES)


def files(project: Path) -> dict[str, str]:
    return {
        str(path.relative_to(project)): path.read_text(encoding="utf-8")
        for path in sorted(project.rglob("*"))
        if path.is_file()
    }


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_fourth_environment_is_one_command_and_passes_every_check(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(project)
    assert run(project, "init-env", "staging", "--from", "test") == 0
    output = capsys.readouterr()
    assert output.out == ""
    after = files(project)
    assert set(after) - set(before) == {
        "params/staging.toml",
        *(f"templates/staging/{name}" for name in REVIEWS),
    }
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {
        f"templates/{name}" for name in ("ENVIRONMENTS.md", "TRACEABILITY.md", "contract.json")
    }
    for check in (
        ["render", "--all", "--check"],
        ["review", "--all", "--check"],
        ["check", "--env", "staging"],
    ):
        assert run(project, *check) == 0, capsys.readouterr()


def test_the_report_says_what_was_renamed_what_is_shared_and_what_to_type(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "init-env", "staging", "--from", "test") == 0
    text = capsys.readouterr().err
    named, shared_ = text.split("Shared with test")
    assert '  services.bff.listener.hosts = ["staging.bidopsai.example"]\n' in named
    assert '  account_id = "222222222222"\n' in shared_
    assert '  services.agentcore.bedrock.agent_aliases = ["AGENTTEST1/ALIASTEST1"]\n' in shared_
    assert "priority 100: set services.bff.listener.priority = 101\n" in text
    assert text.endswith(
        "  bidops-cfn render --all && bidops-cfn review --all && bidops-cfn check --env staging\n"
    )
    assert max(map(len, text.splitlines())) <= 100


def test_the_free_priority_is_free_in_every_environment_of_the_account(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(project / "params/dev.toml", "111111111111", "222222222222")
    rewrite(project / "params/dev.toml", "priority = 100", "priority = 101")
    assert run(project, "render", "--all") == 0
    assert run(project, "init-env", "staging", "--from", "test") == 0
    assert "services.bff.listener.priority = 102\n" in capsys.readouterr().err


def test_an_account_of_its_own_needs_no_other_priority(
    project: Path,
) -> None:
    environments = load.load_all(project / "params", ("dev", "test"))
    assert list(priorities(environments[0], environments[1:])) == []


def test_the_settings_are_the_others_but_for_the_name(project: Path) -> None:
    assert run(project, "init-env", "qa-2", "--from", "test") == 0
    text = (project / "params/qa-2.toml").read_text(encoding="utf-8")
    assert not re.search(r"\btest\b", text)
    assert text.replace("qa-2", "test") == (project / "params/test.toml").read_text("utf-8")
    template = json.loads((project / "templates/qa-2/compute.json").read_text("utf-8"))
    assert template["Metadata"]["BidopsCfn"]["Environment"] == "qa-2"


def test_a_copy_that_would_not_load_is_not_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # An environment called "us": its name is also a word of the region.
    (project / "params/test.toml").rename(project / "params/us.toml")
    (project / "templates/test").rename(project / "templates/us")
    assert run(project, "render", "--all") == 0
    before = files(project)
    assert run(project, "init-env", "staging", "--from", "us") == 2
    text = capsys.readouterr().err
    assert "the settings of us do not hold under the name staging: nothing was written" in text
    assert "region" in text
    assert files(project) == before


def test_a_template_that_was_never_rendered_is_asked_for_before_anything_is_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "templates/prod/compute.json").unlink()
    before = files(project)
    assert run(project, "init-env", "staging", "--from", "test") == 2
    assert "Render it first: bidops-cfn render --all" in capsys.readouterr().err
    assert files(project) == before


def test_settings_come_last_so_that_a_failed_attempt_can_be_repeated(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "templates/staging").write_text("in the way", encoding="utf-8")
    assert run(project, "init-env", "staging", "--from", "test") == 2
    assert "is not a folder" in capsys.readouterr().err
    assert not (project / "params/staging.toml").exists()
    (project / "templates/staging").unlink()
    assert run(project, "init-env", "staging", "--from", "test") == 0


def test_a_name_is_replaced_in_strings_and_comments_and_only_as_a_word() -> None:
    text = (
        "# Settings of bff.\n"
        "[services.bff] # of bff\n"
        'path = "/bidopsai/bff/bff-2"\n'
        "bff = 'bff.example'\n"
        'words = "bffs xbff \\"bff\\""\n'
    )
    assert copied(text, "bff", "web") == (
        "# Settings of web.\n"
        "[services.bff] # of web\n"
        'path = "/bidopsai/web/web-2"\n'
        "bff = 'web.example'\n"
        'words = "bffs xbff \\"web\\""\n'
    )


def test_renamed_and_shared_settings_are_told_apart_by_key_path() -> None:
    old = tomllib.loads('account_id = "1"\nregion = "r"\n[imports.network]\nVpcId = "vpc-old"\n')
    new = tomllib.loads('account_id = "1"\nregion = "r"\n[imports.network]\nVpcId = "vpc-new"\n')
    assert renamed(old, new) == {"imports.network.VpcId": "vpc-new"}
    assert shared(old, new, SHAPE) == {"account_id": "1"}
    assert shared(new, new, SHAPE) == {"account_id": "1", "imports.network.VpcId": "vpc-new"}


@pytest.mark.parametrize("name", ["dev", "test", "prod"])
def test_every_committed_environment_can_be_copied(project: Path, name: str) -> None:
    text = copied((project / f"params/{name}.toml").read_text("utf-8"), name, "fourth")
    (project / "params/fourth.toml").write_text(text, encoding="utf-8")
    assert load.load(project / "params", "fourth").discovery.namespace == "fourth.bidopsai.internal"


def test_beside_shared_neighbours_a_listener_rule_gets_a_priority_of_its_own(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(project / "params" / "test.toml", "bidopsai-{environment}-{stack}", "{stack}")
    for command in ("render", "review"):
        assert run(project, command, "--all") == 0
    assert run(project, "init-env", "staging", "--from", "test") == 0, capsys.readouterr()
    test, staging = load.load_all(project / "params", ("test", "staging"))
    assert test.services["bff"].listener is not None
    assert staging.services["bff"].listener is not None
    assert staging.services["bff"].listener.priority == test.services["bff"].listener.priority + 1
    assert "services.bff.listener.priority = 101" in capsys.readouterr().err
