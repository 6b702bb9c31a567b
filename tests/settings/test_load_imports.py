from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.errors import SettingsError
from bidops_cfn.settings import load
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.references import StackOutput
from tests.neighbours import map_imports
from tests.settings_files import edit, problems


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "[services.bff]",
            '[imports.network]\nVpcId = ["a", "b"]\n[services.bff]',
            (
                "imports.network.VpcId: found an array; allowed: an export name of letters, digits,"
                ' colons and hyphens; { stack = "STACK", output = "OUTPUT" }; or'
                ' { value = "VALUE" } with a VPC\'s id'
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
                " allowed: an output under secrets, secrets_manager or one of"
                " security.secrets_key_output, security.configuration_key_output,"
                " security.knowledge_base_key_output"
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
def test_a_wrong_name_of_an_export_is_refused(
    project: Path, old: str, new: str, problem: str
) -> None:
    edit(project, (old, new))
    assert problems(project) == (f"params/dev.toml: {problem}",)


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (
            '[imports.network]\nVpcId = { stack = "bidopsai-dev-compute", output = "VpcId" }',
            (
                'imports.network.VpcId.stack: found "bidopsai-dev-compute", this stack itself;'
                " allowed: another stack"
            ),
        ),
        (
            '[imports.network]\nVpcId = { stack = "N", output = "V", region = "cn-north-1" }',
            (
                'imports.network.VpcId.region: found "cn-north-1", in partition aws-cn; allowed: a'
                " region of partition aws (region)"
            ),
        ),
        (
            '[imports.network]\nVpcId = { stack = "N", output = "V", region = "us-east-9" }',
            'imports.network.VpcId.region: found "us-east-9"; allowed: a region, such as us-east-1',
        ),
        (
            (
                "[imports.network]\nHttpsListenerArn = { value = "
                '"arn:aws:elasticloadbalancing:us-east-1:444444444444:listener/app/a/'
                '50dc6c495c0c9188/50dc6c495c0c9188" }'
            ),
            (
                "imports.network.HttpsListenerArn.value: found an ARN in account 444444444444;"
                " allowed: account 111111111111 (account_id)"
            ),
        ),
        (
            (
                "[imports.network]\nHttpsListenerArn = { value = "
                '"arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/a/'
                '50dc6c495c0c9188" }'
            ),
            (
                "imports.network.HttpsListenerArn.value: found "
                '"arn:aws:elasticloadbalancing:us-east-1:111111111111:loadb..."; allowed:'
                " the ARN of an application load balancer's listener"
            ),
        ),
        (
            (
                "[imports.storage]\nAppEcrRepositoryUri = "
                '{ value = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/app" }'
            ),
            (
                "imports.storage.AppEcrRepositoryUri.value: found a repository in eu-west-1;"
                " allowed: one in us-east-1 (region)"
            ),
        ),
        (
            (
                "[imports.security]\nBffDatabaseUrlParameterArn = "
                '{ value = "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AbCdEf" }'
            ),
            (
                "imports.security.BffDatabaseUrlParameterArn.value: found the ARN of something"
                " else; allowed: the ARN of an SSM parameter"
            ),
        ),
        (
            '[imports.security]\nBffDatabaseUrlParameterArn = { value = "postgres://a:b@c/d" }',
            (
                "imports.security.BffDatabaseUrlParameterArn.value: found a string; allowed: the"
                " ARN of an SSM parameter, of a Secrets Manager secret or of a KMS key; never a"
                " secret itself"
            ),
        ),
    ],
)
def test_a_reference_that_leads_nowhere_good_is_refused(
    project: Path, table: str, found: str
) -> None:
    map_imports(project, table)
    assert f"params/dev.toml: {found}" in problems(project)


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


def test_what_two_checks_find_is_told_once(project: Path) -> None:
    far = 'VpcId = { stack = "N", output = "V", region = "mars-1" }'
    edit(project, ("[services.bff]", f"[imports.network]\n{far}\n[services.bff]"))
    assert len(problems(project)) == 1
