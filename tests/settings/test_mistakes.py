"""What is wrong with settings, told with file, key, what was found and what is allowed."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.errors import SettingsError
from bidops_cfn.settings import load
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.references import StackOutput
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.settings.texts import OUTPUT
from tests.neighbours import map_imports
from tests.settings_files import edit, problems

MISTAKES = tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text("utf-8"))["mistake"]
TOPIC = '# topic_arn = "arn:aws:sns:us-east-1:111111111111:bidopsai-alarms"'


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one["problems"][0].split(":")[0])
def test_a_mistake_is_told_with_its_file_its_key_and_what_is_allowed(
    project: Path, mistake: dict[str, Any]
) -> None:
    edit(project, (mistake["old"], mistake["new"]))
    assert problems(project) == tuple(f"params/dev.toml: {one}" for one in mistake["problems"])


def test_a_namespace_leaves_room_for_the_name_of_each_service(project: Path) -> None:
    length = 253 - min(len(one.name) for one in SERVICES)  # one more than leaves room for the dot
    edit(project, ('"dev.bidopsai.internal"', f'"{".".join(["a" * 62] * 4)[:length]}"'))
    assert problems(project) == tuple(
        f"params/dev.toml: discovery.namespace: found a name of {length} characters; allowed: "
        f"{252 - len(one.name)}, so that {one.name}.NAMESPACE has at most 253"
        for one in SERVICES
    )


@pytest.mark.parametrize(
    ("line", "looks"),
    [
        *(
            (f'{name} = "x"', "named like a secret")
            for name in (
                *("DB_PASSWORD", "PGPASSWORD", "API_KEY", "STRIPE_APIKEY", "GITHUB_TOKEN"),
                *("CLIENT_SECRET", "JWT_SIGNING_KEY", "SSH_PRIVATE_KEY", "DB_PWD", "DB_PASS"),
                *("CREDENTIALS", "PASSPHRASE"),
            )
        ),
        ('TARGET = "redis://:hunter2@cache"', "that holds a password in a URL"),
        (
            'TARGET = "wJalrXUtnFEMI/K7MDENG' + '/bPxRfiCYEXAMPLEKEY"',
            "that holds a text as random as a key",
        ),
    ],
)
def test_a_plain_variable_that_looks_like_a_secret_is_refused_and_not_repeated(
    project: Path, line: str, looks: str
) -> None:
    name = line.partition(" ")[0]
    edit(project, ('LOG_LEVEL = "debug"', line))
    (found,) = problems(project)
    assert found == (
        f"params/dev.toml: services.bff.environment.{name}: found a plain variable {looks};"
        f" allowed: {name} under services.bff.secrets"
    )


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('Owner = "platform"', 'Owner = "gh' + "p_" + "a1B2" * 9 + '"', "tags.Owner"),
        (
            'Owner = "platform"',
            'Owner = "wJalrXUtnFEMI/K7MDENG' + '/bPxRfiCYEXAMPLEKEY"',
            "tags.Owner",
        ),
        (
            '"fetch(',
            "\"1;fetch('https://hooks.slack" + ".com/services/T0/B0/x');fetch(",
            "services.bff.health_command[3]",
        ),
    ],
)
def test_a_secret_in_another_text_is_refused_and_not_repeated(
    project: Path, old: str, new: str, where: str
) -> None:
    edit(project, (old, new))
    (found,) = problems(project)
    assert found.startswith(f"params/dev.toml: {where}: found a text that holds a")
    assert "T0/B0" not in found
    assert "a1B2" not in found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("TARGET", one) for one in ("https://a.example:8443/x@y", "a@b.example", "http://db:1")),
        *((one, "x") for one in ("MAX_TOKENS", "LOG_LEVEL", "COMPASS_URL", "KEY_COUNT", "BYPASS")),
    ],
)
def test_a_plain_variable_that_only_resembles_a_secret_is_taken(
    project: Path, name: str, value: str
) -> None:
    edit(project, ('LOG_LEVEL = "debug"', f'{name} = "{value}"'))
    assert load.load(project / "params", "dev").services["bff"].environment == {name: value}


@pytest.mark.parametrize("secret", ['"postgres://u:Hunter2@db"', "4711", '["Hunter2"]'])
def test_a_secret_in_the_place_of_its_name_is_not_repeated(project: Path, secret: str) -> None:
    edit(project, ('"BffDatabaseUrlParameterArn"', secret))
    (found,) = problems(project)
    assert found.startswith("params/dev.toml: services.bff.secrets.DATABASE_URL: found a")
    assert found.endswith(OUTPUT.allowed)
    assert "Hunter2" not in found
    assert "4711" not in found


def test_a_role_of_another_account_describes_a_stack_there(project: Path) -> None:
    role = "arn:aws:iam::444444444444:role/outputs"
    table = f'VpcId = {{ stack = "Net", output = "VpcId", role_arn = "{role}" }}'
    map_imports(project, f"[imports.network]\n{table}\n")
    loaded = load.load(project / "params", "dev")
    assert loaded.references(Imports.VPC_ID.value) == (StackOutput("Net", "VpcId", role_arn=role),)


def test_groups_are_one_to_ten_and_every_mistake_is_told_at_its_line(project: Path) -> None:
    groups = ", ".join(f'"group-{number}"' for number in range(11))
    table = (
        f"[imports.network]\nVpcEndpointSecurityGroupId = [{groups}]\n"
        'VpcId = { stack = "Net" }\nDatabaseSecurityGroupId = []\n'
    )
    map_imports(project, table)
    text = (project / "params" / "dev.toml").read_text().splitlines()
    with pytest.raises(SettingsError) as caught:
        load.load(project / "params", "dev")
    lines = {
        key: next(number for number, line in enumerate(text, 1) if line.startswith(key))
        for key in ("VpcId", "VpcEndpointSecurityGroupId", "DatabaseSecurityGroupId")
    }
    for key, said in (
        ("VpcId", ".output: missing required key"),
        ("VpcEndpointSecurityGroupId", ": found 11 values"),
        ("DatabaseSecurityGroupId", ": found 0 values"),
    ):
        start = f"params/dev.toml:{lines[key]}: imports.network.{key}{said}"
        assert any(one.startswith(start) for one in caught.value.details), caught.value.details


def test_another_region_needs_other_arns_and_another_profile(project: Path) -> None:
    edit(project, ('"us-east-1"', '"eu-west-1"'), (TOPIC, TOPIC.removeprefix("# ")))
    assert problems(project) == (
        (
            "params/dev.toml: alarms.topic_arn: found an ARN in region us-east-1; allowed: region "
            "eu-west-1 (region)"
        ),
        (
            "params/dev.toml: services.agentcore.bedrock.inference_profiles[0]: found "
            '"us.anthropic.claude-sonnet-4-5-20250929-v1:0", which eu-west-1 cannot call; allowed: '
            "eu.MODEL or global.MODEL (region)"
        ),
    )
    edit(
        project,
        ("arn:aws:sns:us-east-1", "arn:aws:sns:eu-west-1"),
        ('"us.anthropic', '"eu.anthropic'),
    )
    assert load.load(project / "params", "dev").partition == "aws"


def test_arns_of_the_environment_itself_and_of_the_application_are_fine(project: Path) -> None:
    edit(
        project,
        (TOPIC, TOPIC.removeprefix("# ")),
        (
            '# permissions_boundary_arn = "arn:aws:iam::111111111111:policy/bidopsai-boundary"',
            'permissions_boundary_arn = "arn:aws:iam::aws:policy/PowerUserAccess"',
        ),
        (
            'LOG_LEVEL = "debug"',
            'LOG_LEVEL = "debug"\nQUEUE = "arn:aws:sqs:eu-west-1:222222222222:theirs"',
        ),
    )
    assert load.load(project / "params", "dev").alarms.topic_arn


def test_a_path_that_only_begins_alike_is_apart(project: Path) -> None:
    edit(project, ('"/bidopsai/dev/bff"', '"/bidopsai/dev/agent"'))
    assert load.load(project / "params", "dev")


def test_the_name_of_an_export_is_measured_as_it_is_composed(project: Path) -> None:
    long = "x" * 231
    edit(
        project,
        ('pattern = "bidopsai-', f'pattern = "{long}-'),
        ('DATABASE_URL = "BffDatabaseUrlParameterArn"', f'DATABASE_URL = "{"Y" * 232}"'),
    )
    found = problems(project)
    composed = f"{long}-dev-network-VpcEndpointSecurityGroupId"
    assert (
        f'params/dev.toml: imports.pattern: found "{composed}", an export\'s name of '
        f"{len(composed)} characters; allowed: at most 255 characters"
    ) in found
    assert any(
        line.startswith("params/dev.toml: services.bff.secrets.DATABASE_URL: found ")
        and "or a name of its own under imports.security" in line
        for line in found
    )


def test_letters_of_every_language_are_taken_and_invisible_ones_are_not(project: Path) -> None:
    edit(
        project,
        ('Owner = "platform"', 'Owner = "Équipe plateforme"'),
        ('LOG_LEVEL = "debug"', 'LOG_LEVEL = "debug"\nGREETING = "🚀 こんにちは"'),
    )
    loaded = load.load(project / "params", "dev")
    assert loaded.tags["Owner"] == "Équipe plateforme"
    assert loaded.services["bff"].environment["GREETING"] == "🚀 こんにちは"
    edit(project, ("🚀 こんにちは", r"\u001b[20A\u001b[J"), ("Équipe", r"\u202eEquipe"))
    assert problems(project) == (
        (
            r'params/dev.toml: tags.Owner: found "\u202eEquipe plateforme" with U+202E in it; '
            "allowed: 1 to 256 letters and digits of any language, spaces or _.:/=+-@"
        ),
        (
            r'params/dev.toml: services.bff.environment.GREETING: found "\u001b[20A\u001b[J" with '
            "U+001B in it; allowed: printable text on one line"
        ),
    )


def test_a_problem_says_on_which_line_it_stands(project: Path) -> None:
    edit(project, ('  "node",', '  "no\\tde",'), ("cpu = 512     # FR-041\n", ""))
    with pytest.raises(SettingsError) as caught:
        load.load(project / "params", "dev")
    text = (project / "params" / "dev.toml").read_text().splitlines()
    numbers = [int(line.split(":")[1]) for line in caught.value.details]
    assert [text[number - 1] for number in numbers] == ["[services.bff]", '  "no\\tde",']


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


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "desired_count = 2",
            f"desired_count = 0x{'f' * 5000}",
            (
                "services.bff.desired_count: found an integer of more than 64 bits; allowed: an "
                "integer from 2 to 10"
            ),
        ),
        (
            "desired_count = 2",
            "desired_count = 1979-05-27",
            "services.bff.desired_count: found a date; allowed: an integer from 2 to 10",
        ),
        (
            '"bidopsai-{environment}-{stack}-{output}"',
            '"{output:>999999999}"',
            (
                'imports.pattern: found "{output:>999999999}"; allowed: letters, digits, hyphens, '
                "{environment}, {stack}, and {output}, which is needed"
            ),
        ),
        (
            '"/tmp" = 64',
            f'"/{"a/" * 100_000}!" = 64',
            f'services.bff.tmpfs."/{"a/" * 89}a...: found this key; allowed: an absolute path',
        ),
    ],
    ids=("number", "date", "width", "key"),
)
def test_what_is_huge_is_told_in_few_words(project: Path, old: str, new: str, told: str) -> None:
    edit(project, (old, new))
    assert problems(project)[0] == f"params/dev.toml: {told}"
