from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bidops_cfn import params
from bidops_cfn.errors import SettingsError, UsageError
from bidops_cfn.model import BFF, SERVICES, Bedrock, Capacity, Environment, Listener, Service, Tmpfs
from bidops_cfn.texts import OUTPUT

PORTAL = replace(BFF, name="portal", title="Portal", port=3100)


def edit(project: Path, *changes: tuple[str, str], name: str = "dev") -> None:
    """Replace texts of a settings file; each must stand there."""
    file = project / "params" / f"{name}.toml"
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text)


def problems(project: Path, *names: str, services: Sequence[Service] = SERVICES) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        params.load_all(project / "params", names or ("dev",), services)
    assert caught.value.exit_code == 2
    assert caught.value.hint or len(names) == 1
    return caught.value.details


def add_portal(project: Path, *, priority: int) -> None:
    """Give the settings a third service: the table of ``bff`` under another name."""
    file = project / "params" / "dev.toml"
    text = file.read_text()
    start, end = text.index("[services.bff]"), text.index("[services.agentcore]")
    table = text[start:end].replace("services.bff", "services.portal")
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
    assert environment.services["bff"].tmpfs[0] == Tmpfs("/tmp", 64)
    assert environment.services["bff"].bedrock == Bedrock()
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
    loaded = params.load(project / "params", "dev")
    assert loaded.capacity == Capacity(70, 30, 0, 0, 70)
    assert loaded.alarms.topic_arn is None
    assert loaded.deploy.timeout_minutes == 30
    assert loaded.import_names.pattern == "bidopsai-{environment}-{stack}-{output}"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("dve", 'Did you mean "dev"?'), ("staging", ""), ("../dev", ""), ("", ""), ("Dev", "")],
)
def test_an_unknown_environment_is_answered_with_the_known_ones(
    project: Path, name: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        params.load(project / "params", name)
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
        (b"a = 1\na = 2\n", "not valid TOML: Cannot overwrite a value"),
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
            (
                "services.bff.memory: found 8192 with cpu = 512; allowed: 1024, 2048, 3072, 4096"
                " (Fargate, in MiB)"
            ),
        ),
        (
            "cpu = 512     # FR-041\nmemory = 1024",
            "cpu = 8192\nmemory = 1024",
            (
                "services.bff.memory: found 1024 with cpu = 8192; allowed: 16384 to 61440 in steps"
                " of 4096 (Fargate, in MiB)"
            ),
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
            "region: found nothing; allowed: a region, such as us-east-1",
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
            "stop_timeout_seconds = 60",
            "stop_timeout_seconds = 120",
            "services.bff.stop_timeout_seconds: found 120; allowed: an integer from 2 to 119",
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
            'hosts = ["a", "b", "c"]\npaths = ["/a", "/b", "/c"]',
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
        (
            "[services.bff]",
            '[imports.network]\nVpcId = ["a", "b"]\n[services.bff]',
            (
                "imports.network.VpcId: found an array; allowed: an export name of letters, digits,"
                " colons and hyphens"
            ),
        ),
        (
            "[services.bff]",
            '[imports.network]\nVpcID = "a"\n[services.bff]',
            (
                'imports.network.VpcID: found an unknown key (did you mean "VpcId"?); allowed:'
                " VpcId, PrivateAppSubnetIds, PrivateAgentSubnetIds, PublicAlbArn,"
                " HttpsListenerArn, AlbSecurityGroupId, VpcEndpointSecurityGroupId,"
                " DatabaseSecurityGroupId"
            ),
        ),
        (
            "[services.bff]",
            '[imports.network]\nPrivateAppSubnetIds = ["a", "a"]\n[services.bff]',
            'imports.network.PrivateAppSubnetIds[1]: found "a" again; allowed: each value once',
        ),
        (
            "[services.bff]",
            '[imports.security]\nNobodysArn = "a"\n[services.bff]',
            (
                "imports.security.NobodysArn: found an output that no secret here refers to;"
                " allowed: an output under secrets, secrets_manager or security.secrets_key_output"
            ),
        ),
        (
            'pattern = "bidopsai-{environment}-{stack}-{output}"',
            'pattern = "bidopsai-{env}-{output}"',
            (
                'imports.pattern: found "bidopsai-{env}-{output}"; allowed: letters, digits,'
                " hyphens, {environment}, {stack}, and {output}, which is needed"
            ),
        ),
    ],
)
def test_a_mistake_is_named_with_its_file_its_key_and_what_is_allowed(
    project: Path, old: str, new: str, problem: str
) -> None:
    edit(project, (old, new))
    assert problems(project) == (f"params/dev.toml: {problem}",)


@pytest.mark.parametrize(
    ("service", "table", "name"),
    [
        ("bff", "environment", "AGENTCORE_URL"),
        ("bff", "environment", "AWS_REGION"),
        ("bff", "environment", "ENVIRONMENT"),
        ("bff", "environment", "PORT"),
        ("bff", "secrets", "HOSTNAME"),
        ("agentcore", "environment", "KNOWLEDGE_BASE_BUCKET"),
        ("agentcore", "secrets", "KNOWLEDGE_BASE_BUCKET"),
        ("agentcore", "secrets", "AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_a_variable_that_is_set_already_is_refused(
    project: Path, service: str, table: str, name: str
) -> None:
    heading = f"[services.{service}.{table}]"
    text = (project / "params" / "dev.toml").read_text()
    line = next(line for line in text.splitlines() if line.startswith(heading))
    edit(project, (line, f'{line}\n{name} = "Value"'))
    assert problems(project) == (
        (
            f"params/dev.toml: services.{service}.{table}.{name}: found a variable that the"
            " template or AWS sets; allowed: another name"
        ),
    )


def test_a_variable_that_is_plain_and_secret_is_refused(project: Path) -> None:
    edit(project, ('LOG_LEVEL = "debug"', 'DATABASE_URL = "x"'))
    assert problems(project) == (
        (
            "params/dev.toml: services.bff.secrets.DATABASE_URL: found a variable that environment"
            " has too; allowed: each variable once"
        ),
    )


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD",
        "PGPASSWORD",
        "API_KEY",
        "STRIPE_APIKEY",
        "GITHUB_TOKEN",
        "CLIENT_SECRET",
        "JWT_SIGNING_KEY",
        "SSH_PRIVATE_KEY",
        "DB_PWD",
        "DB_PASS",
        "CREDENTIALS",
        "PASSPHRASE",
    ],
)
def test_a_plain_variable_that_looks_like_a_secret_is_refused(project: Path, name: str) -> None:
    edit(project, ('LOG_LEVEL = "debug"', f'{name} = "x"'))
    (found,) = problems(project)
    assert "named like a secret" in found


@pytest.mark.parametrize(
    "value",
    [
        "postgres://app:hunter2@db:5432/app",
        "redis://:hunter2@cache",
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
    ],
)
def test_a_plain_value_that_holds_a_secret_is_refused_and_not_repeated(
    project: Path, value: str
) -> None:
    edit(project, ('LOG_LEVEL = "debug"', f'TARGET = "{value}"'))
    assert problems(project) == (
        (
            "params/dev.toml: services.bff.environment.TARGET: found a plain variable that holds a"
            " secret; allowed: TARGET under services.bff.secrets"
        ),
    )


@pytest.mark.parametrize("value", ["https://a.example:8443/x@y", "a@b.example", "http://db:5432"])
def test_a_plain_value_without_a_secret_is_not(project: Path, value: str) -> None:
    edit(project, ('LOG_LEVEL = "debug"', f'TARGET = "{value}"'))
    assert params.load(project / "params", "dev").services["bff"].environment == {"TARGET": value}


@pytest.mark.parametrize("name", ["MAX_TOKENS", "LOG_LEVEL", "COMPASS_URL", "KEY_COUNT", "BYPASS"])
def test_a_plain_variable_that_only_resembles_one_is_not(project: Path, name: str) -> None:
    edit(project, ('LOG_LEVEL = "debug"', f'{name} = "x"'))
    assert params.load(project / "params", "dev").services["bff"].environment == {name: "x"}


@pytest.mark.parametrize("secret", ['"postgres://u:Hunter2@db"', "4711", '["Hunter2"]'])
def test_a_secret_in_the_place_of_its_name_is_not_repeated(project: Path, secret: str) -> None:
    edit(project, ('"BffDatabaseUrlParameterArn"', secret))
    (found,) = problems(project)
    assert found.startswith("params/dev.toml: services.bff.secrets.DATABASE_URL: found a")
    assert found.endswith(OUTPUT.allowed)
    assert "Hunter2" not in found
    assert "4711" not in found


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
    loaded = params.load(project / "params", "dev", (*SERVICES, PORTAL))
    assert loaded.services["portal"].listener == Listener(101, hosts=("dev.bidopsai.example",))


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
