from __future__ import annotations

from pathlib import Path

import pytest

from tests.settings_files import edit, problems


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
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
