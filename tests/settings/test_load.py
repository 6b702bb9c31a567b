from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bidops_cfn.errors import UsageError
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import NO_BEDROCK, Environment, Listener
from bidops_cfn.settings.services import BFF, SERVICES
from bidops_cfn.settings.tables import Capacity
from tests.settings_files import edit, problems

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
        (
            b"a = 1\na = 2\n",
            "a: found again, after line 1; allowed: each key and table once",
        ),
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
        (b"a = " + b"[" * 100_000, "not valid TOML: "),
        (b"a = " + b"1" * 5_000, "not valid TOML: "),
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


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "spot_weight",
            "spot_wieght",
            (
                'capacity.spot_wieght: found an unknown key (did you mean "spot_weight"?); allowed:'
                " on_demand_weight, spot_weight, on_demand_base, spot_base, spot_discount_percent"
            ),
        ),
        (
            "cpu = 512",
            'cpu = "512"',
            'services.bff.cpu: found "512"; allowed: 256, 512, 1024, 2048, 4096, 8192, 16384',
        ),
        (
            "memory = 1024",
            "memory = 8192",
            ("services.bff.memory: found 8192 in dev; allowed: 1024 (FR-041)"),
        ),
        (
            "cpu = 512     # FR-041",
            "cpu = 1024",
            "services.bff.cpu: found 1024 in dev; allowed: 512 (FR-041)",
        ),
        (
            "on_demand_base = 0",
            "on_demand_base = 2",
            (
                "capacity.spot_base: found 3 beside on_demand_base = 2; allowed: a base on one of"
                " the two providers, 0 on the other"
            ),
        ),
        (
            'LOG_LEVEL = "debug"',
            'PGPASSWORD = "x"',
            (
                "services.bff.environment.PGPASSWORD: found a plain variable named like a secret;"
                " allowed: PGPASSWORD under services.bff.secrets"
            ),
        ),
        (
            'account_id = "111111111111"',
            "account_id = 111111111111",
            "account_id: found 111111111111; allowed: twelve digits, in quotes",
        ),
        (
            'account_id = "111111111111"',
            f'account_id = "{12 * chr(0x0661)}"',  # a digit, to Unicode
            f'account_id: found "{12 * chr(0x0661)}"; allowed: twelve digits, in quotes',
        ),
        (
            'region = "us-east-1"',
            "",
            "region: missing required key; allowed: a region, such as us-east-1",
        ),
        (
            'namespace = "dev.bidopsai.internal"',
            'namespace = "bidopsai.local"',
            (
                'discovery.namespace: found "bidopsai.local"; allowed: a private DNS name such as'
                " dev.bidopsai.internal, not below .local"
            ),
        ),
        (
            'user = "1000:1000"',
            'user = "0"',
            'services.bff.user: found "0"; allowed: a numeric user id, or uid:gid, not root',
        ),
        (
            "health_grace_seconds = 60",
            "health_grace_seconds = 3600",
            "services.bff.health_grace_seconds: found 3600; allowed: an integer from 0 to 300",
        ),
        (
            "server_errors_per_minute = 10",
            "server_errors_per_minute = 100000",
            "alarms.server_errors_per_minute: found 100000; allowed: an integer from 1 to 1000",
        ),
        (
            "profiles_only = false",
            "profiles_only = true\nagent_aliases_2 = 1",
            (
                "services.agentcore.bedrock.agent_aliases_2: found an unknown key (did you mean"
                ' "agent_aliases"?); allowed: models, inference_profiles, agent_aliases,'
                " profiles_only"
            ),
        ),
        (
            '# storage_key_arn = "arn:aws:kms:us-east-1:',
            'storage_key_arn = "arn:aws:kms:eu-west-1:',
            (
                "security.storage_key_arn: found an ARN in region eu-west-1; allowed: region"
                " us-east-1 (region)"
            ),
        ),
        (
            '# architecture = "X86_64"',
            'architecture = "arm64"',
            'services.bff.architecture: found "arm64"; allowed: "X86_64", "ARM64"',
        ),
        (
            (
                'inference_profiles = ["us.anthropic.claude-sonnet-4-5-20250929-v1:0"]\n'
                'agent_aliases = ["AGENTDEV01/ALIASDEV01"]\nprofiles_only = false'
            ),
            'agent_aliases = ["AGENTDEV01/ALIASDEV01"]\nprofiles_only = true',
            (
                "services.agentcore.bedrock.models[0]: found"
                ' "anthropic.claude-sonnet-4-5-20250929-v1:0" without a profile beside'
                " profiles_only = true; allowed: a model that"
                " services.agentcore.bedrock.inference_profiles has a profile of"
            ),
        ),
        (
            "# load_balancer_idle_seconds = 60",
            "load_balancer_idle_seconds = 4001 #",
            "network.load_balancer_idle_seconds: found 4001; allowed: an integer from 1 to 4000",
        ),
        (
            'LOG_LEVEL = "debug"',
            'KEEP_ALIVE_TIMEOUT = "5000"',
            (
                'services.bff.environment.KEEP_ALIVE_TIMEOUT: found "5000"; allowed: milliseconds'
                " above 60000, for which the load balancer keeps a connection"
                " (network.load_balancer_idle_seconds)"
            ),
        ),
        (
            "stop_timeout_seconds = 60",
            "stop_timeout_seconds = 120",
            "services.bff.stop_timeout_seconds: found 120; allowed: an integer from 30 to 119",
        ),
        (
            'hosts = ["dev.bidopsai.example"]',
            "",
            (
                "services.bff.listener: found neither hosts nor paths;"
                " allowed: at least one of the two"
            ),
        ),
        (
            'hosts = ["dev.bidopsai.example"]',
            'hosts = ["a.b", "b.b", "c.b"]\npaths = ["/a", "/b", "/c"]',
            (
                "services.bff.listener: found 6 hosts and paths; allowed: 5 in all (a quota of load"
                " balancers)"
            ),
        ),
        (
            '  "CMD",\n  "node"',
            '  "NONE",\n  "node"',
            'services.bff.health_command[0]: found "NONE"; allowed: "CMD" or "CMD-SHELL"',
        ),
        (
            'models = ["anthropic.claude-sonnet-4-5-20250929-v1:0"]',
            'models = ["anthropic.other"]',
            (
                "services.agentcore.bedrock.inference_profiles[0]: found"
                ' "us.anthropic.claude-sonnet-4-5-20250929-v1:0"; allowed: the profile of a model'
                " under services.agentcore.bedrock.models: us.MODEL"
            ),
        ),
        (
            'agent_aliases = ["AGENTDEV01/ALIASDEV01"]',
            "agent_aliases = []",
            (
                "services.agentcore.bedrock.agent_aliases: found 0 values; allowed: an array of 1"
                " to 100 values, each AGENTID/ALIASID, ten characters each"
            ),
        ),
        (
            'models = ["anthropic.claude-sonnet-4-5-20250929-v1:0"]',
            'models = ["anthropic.*", "anthropic.claude-sonnet-4-5-20250929-v1:0"]',
            (
                'services.agentcore.bedrock.models[0]: found "anthropic.*"; allowed: a model id,'
                " without wildcard"
            ),
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_its_key_and_what_is_allowed(
    project: Path, old: str, new: str, problem: str
) -> None:
    edit(project, (old, new))
    assert problems(project) == (f"params/dev.toml: {problem}",)


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


def test_all_mistakes_of_all_files_are_reported_at_once(project: Path) -> None:
    edit(project, ("cpu = 512", "cpu = 300"), ("spot_base = 3", "spot_base = 30"))
    (project / "params" / "prod.toml").write_bytes(b"\xff")
    edit(project, ('Owner = "platform"', "Owner = 1"), name="test")
    found = problems(project, "dev", "prod", "test")
    assert [line.split(":")[0] for line in found] == [
        "params/dev.toml",
        "params/dev.toml",
        "params/prod.toml",
        "params/test.toml",
    ]


def test_hostile_types_anywhere_are_problems_and_no_crash(project: Path) -> None:
    file = project / "params" / "dev.toml"
    for text in (
        "services = 1\ncapacity = []\nimports = 1979-05-27\n",
        "services = {bff = 1, agentcore = {listener = 1, secrets = [1], bedrock = 2}}\n",
        "[services.bff]\ncpu = true\nmemory = true\nhealth_command = [1]\nlistener = {hosts = 1}\n",
        "[security]\nsecrets_key_output = [[]]\n[imports.security]\nX = 1\n",
        "[services.agentcore.bedrock]\nmodels = 1\ninference_profiles = [{}]\n",
        "[services.bff.listener]\npriority = true\n[capacity]\nspot_base = 1.5\n",
    ):
        file.write_text(text)
        assert len(problems(project)) > 5
