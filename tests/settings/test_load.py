from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bidops_cfn.errors import UsageError
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import NO_BEDROCK, Environment, Listener
from bidops_cfn.settings.services import BFF, SERVICES
from bidops_cfn.settings.tables import Capacity
from tests.settings_files import problems

PORTAL = replace(BFF, name="portal", title="Portal", port=3100)


def add_portal(project: Path, *, priority: int) -> None:
    """Give the settings a third service: the table of ``bff`` under another name."""
    file = project / "params" / "dev.toml"
    text = file.read_text()
    start, end = text.index("[services.bff]"), text.index("[services.agentcore]")
    table = (
        text[start:end].replace("services.bff", "services.portal").replace("dev/bff", "dev/portal")
    )
    file.write_text(text + table.replace("priority = 100", f"priority = {priority}"))


def test_settings_become_an_environment(environment: Environment) -> None:
    name = environment.name
    assert environment.stack_name == f"bidopsai-{name}-compute"
    assert environment.tags == {
        "Project": "bidops-ai",
        "Owner": "platform",
        "CostCenter": f"bidops-{name}",
        "Environment": name,
        "ManagedBy": "bidops-cfn",
    }
    assert environment.services["bff"].tmpfs["/tmp"] == 64
    assert environment.services["bff"].bedrock == NO_BEDROCK
    assert environment.services["agentcore"].listener is None
    assert environment.partition == "aws"


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_the_partition_follows_the_region(dev: Environment, region: str, partition: str) -> None:
    assert replace(dev, region=region).partition == partition


def test_absent_tables_take_their_defaults(project: Path) -> None:
    file = project / "params" / "dev.toml"
    text = file.read_text()
    for table, following in (
        ("[capacity]", "[network]"),
        ("[alarms]", "[services.bff]"),  # logs, security, deploy and imports, too
    ):
        text = text[: text.index(table)] + text[text.index(following) :]
    file.write_text(text)
    loaded = load.load(project / "params", "dev")
    assert loaded.capacity == Capacity(
        on_demand_weight=70, spot_weight=30, on_demand_base=0, spot_base=0, spot_discount_percent=70
    )
    assert loaded.alarms.topic_arn is None
    assert loaded.deploy.timeout_minutes == 30
    assert loaded.imports.pattern == "bidopsai-{environment}-{stack}-{output}"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("dve", 'Did you mean "dev"?'), ("staging", ""), ("../dev", ""), ("", ""), ("Dev", "")],
)
def test_an_unknown_environment_is_answered_with_the_known_ones(
    project: Path, name: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load.load(project / "params", name)
    assert str(caught.value) == f'unknown environment "{name}": there is no params/{name}.toml'
    assert caught.value.hint.startswith(hint)
    assert "Environments of this project: dev, prod, test" in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_file_that_cannot_be_an_environment_is_a_problem_of_its_own(project: Path) -> None:
    (project / "params" / "Staging.toml").write_text("")
    (found,) = problems(project, "Staging")
    assert found.startswith("params/Staging.toml: found a file of this name; allowed: ")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a = \n", "not valid TOML: Invalid value (at line 1, column 5)"),
        (b"a = 1\na = 2\n", "a: found again, after line 1; allowed: each key and table once"),
        (b"[t]\nb = 1\n[t]\n", "t: found again, after line 1; allowed: each key and table once"),
        (
            b"\xef\xbb\xbfa = 1\n",
            "found a byte order mark of UTF-8; allowed: UTF-8 text without one",
        ),
        (
            "a = 1\n".encode("utf-16"),
            "found a byte order mark of UTF-16; allowed: UTF-8 text without one",
        ),
        (b"a = '\xff'", "not UTF-8 text (byte 5)"),
        (b"a = " + b"[" * 10_000, "not to be read as TOML: arrays or tables are nested too deeply"),
        (b"a = " + b"1" * 5_000, "not valid TOML: an integer of more than 64 bits"),
        (
            b"x = 1\na" + b".a" * 1_500 + b" = 1",
            (
                "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a: found tables and arrays in more than 20 "
                "levels; allowed: those that params.schema.json describes"
            ),
        ),
    ],
)
def test_a_file_that_is_no_toml_is_one_problem(project: Path, content: bytes, problem: str) -> None:
    (project / "params" / "dev.toml").write_bytes(content)
    (found,) = problems(project)
    assert found.startswith(f"params/dev.toml: {problem}")


def test_a_folder_in_the_place_of_a_file_is_one_problem(project: Path) -> None:
    (project / "params" / "dev.toml").unlink()
    (project / "params" / "dev.toml").mkdir()
    assert problems(project) == ("params/dev.toml: cannot be read: Is a directory",)


def test_what_is_no_file_is_not_waited_for(project: Path) -> None:
    file = project / "params" / "dev.toml"
    file.unlink()
    os.mkfifo(file)
    assert problems(project) == ("params/dev.toml: cannot be read: no regular file",)
    file.unlink()
    file.symlink_to("nowhere.toml")
    assert problems(project) == ("params/dev.toml: cannot be read: No such file or directory",)


def test_a_priority_that_two_public_services_share_is_named_at_both(project: Path) -> None:
    add_portal(project, priority=100)
    found = problems(project, services=(*SERVICES, PORTAL))
    assert found == tuple(
        f"params/dev.toml: services.{name}.listener.priority: found 100, which another service has"
        " too; allowed: a priority of its own for each service"
        for name in ("bff", "portal")
    )


def test_two_public_services_with_priorities_of_their_own_are_fine(project: Path) -> None:
    add_portal(project, priority=101)
    loaded = load.load(project / "params", "dev", (*SERVICES, PORTAL))
    assert loaded.services["portal"].listener == Listener(
        priority=101, hosts=("dev.bidopsai.example",)
    )
