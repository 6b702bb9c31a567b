"""Settings that are right by themselves and wrong together: ARNs, profiles, names, paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.errors import SettingsError
from bidops_cfn.settings import load
from tests.settings_files import edit, problems

TOPIC = '# topic_arn = "arn:aws:sns:us-east-1:111111111111:bidopsai-alarms"'
PROFILE = 'inference_profiles = ["us.anthropic.claude-sonnet-4-5-20250929-v1:0"]'


@pytest.mark.parametrize(
    ("key", "old", "value", "problem"),
    [
        (
            "alarms.topic_arn",
            TOPIC,
            'topic_arn = "arn:aws:sns:eu-west-1:111111111111:x"',
            "an ARN in region eu-west-1; allowed: region us-east-1 (region)",
        ),
        (
            "alarms.topic_arn",
            TOPIC,
            'topic_arn = "arn:aws-cn:sns:cn-north-1:222222222222:x"',
            (
                "an ARN in partition aws-cn and region cn-north-1 and account 222222222222; "
                "allowed: partition aws (that of region) and region us-east-1 (region) and "
                "account 111111111111 (account_id)"
            ),
        ),
        (
            "logs.key_arn",
            (
                '# key_arn = "arn:aws:kms:us-east-1:111111111111:key/'
                '00000000-0000-0000-0000-000000000000"'
            ),
            'key_arn = "arn:aws:kms:us-east-1:222222222222:key/0a"',
            "an ARN in account 222222222222; allowed: account 111111111111 (account_id)",
        ),
        (
            "security.permissions_boundary_arn",
            '# permissions_boundary_arn = "arn:aws:iam::111111111111:policy/bidopsai-boundary"',
            'permissions_boundary_arn = "arn:aws-us-gov:iam::aws:policy/PowerUserAccess"',
            "an ARN in partition aws-us-gov; allowed: partition aws (that of region)",
        ),
        (
            "deploy.role_arn",
            '# role_arn = "arn:aws:iam::111111111111:role/bidopsai-cloudformation"',
            'role_arn = "arn:aws:iam::222222222222:role/x"',
            "an ARN in account 222222222222; allowed: account 111111111111 (account_id)",
        ),
        (
            "deploy.rollback_alarms[1]",
            (
                '# rollback_alarms = ["arn:aws:cloudwatch:us-east-1:111111111111:alarm:'
                'bidopsai-dev-smoke"]'
            ),
            (
                'rollback_alarms = ["arn:aws:cloudwatch:us-east-1:111111111111:alarm:a",\n'
                '"arn:aws:cloudwatch:us-west-2:111111111111:alarm:b"]'
            ),
            "an ARN in region us-west-2; allowed: region us-east-1 (region)",
        ),
        (
            "region",
            '"us-east-1"',
            '"us-east-9"',
            (
                '"us-east-9" (did you mean "us-east-1" or "us-east-2"?); allowed: a region, '
                "such as us-east-1"
            ),
        ),
        (
            "services.agentcore.bedrock.inference_profiles[0]",
            PROFILE,
            PROFILE.replace("us.", "eu."),
            (
                '"eu.anthropic.claude-sonnet-4-5-20250929-v1:0", which us-east-1 cannot call; '
                "allowed: global.MODEL or us.MODEL (region)"
            ),
        ),
        (
            "services.agentcore.bedrock.inference_profiles[0]",
            PROFILE,
            PROFILE.replace("us.", "ue."),
            (
                '"ue.anthropic.claude-sonnet-4-5-20250929-v1:0", which us-east-1 cannot call; '
                "allowed: global.MODEL or us.MODEL (region)"
            ),
        ),
        (
            "services.bff.configuration_path",
            '"/bidopsai/dev/bff"',
            '"/aws/x"',
            '"/aws/x"; allowed: a path that does not begin with aws or ssm, AWS\'s own',
        ),
        (
            "services.bff.configuration_path",
            '"/bidopsai/dev/bff"',
            f'"{"/a" * 15}"',
            "15 levels; allowed: at most 14",
        ),
        (
            "services.bff.configuration_path",
            '"/bidopsai/dev/bff"',
            f'"/{"a" * 900}"',
            "a path of 901 characters; allowed: at most 900",
        ),
        (
            "discovery.namespace",
            '"dev.bidopsai.internal"',
            f'"{".".join(["a" * 62] * 4)}"',
            "a name of 251 characters; allowed: 243, so that agentcore.NAMESPACE has at most 253",
        ),
        (
            "services.bff.listener",
            'hosts = ["dev.bidopsai.example"]',
            'hosts = ["*.a.b", "?.*.b"]\npaths = ["/*/*", "/?*"]',
            "7 wildcards in hosts and paths; allowed: 6 in all (a quota of load balancers)",
        ),
    ],
)
def test_what_lies_elsewhere_or_is_too_long_is_named_with_both_sides(
    project: Path, key: str, old: str, value: str, problem: str
) -> None:
    edit(project, (old, value))
    found = problems(project)
    assert f"params/dev.toml: {key}: found {problem}" in found
    assert all(line.startswith(f"params/dev.toml: {key}: ") for line in found)


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


@pytest.mark.parametrize("path", ["/bidopsai/dev", "/bidopsai/dev/agentcore"])
def test_no_service_reads_the_configuration_of_another(project: Path, path: str) -> None:
    edit(project, ('"/bidopsai/dev/bff"', f'"{path}"'))
    found = problems(project)
    assert any(
        f'"/bidopsai/dev/agentcore", where bff\'s is "{path}" and reads it too' in line
        for line in found
    )


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
