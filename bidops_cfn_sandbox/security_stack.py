"""SecurityStack as the sandbox has it: the secrets' key, and the ARN of every secret.

CloudFormation cannot create SecureStrings: ``contents`` puts them there, and the stack exports
their ARNs, as a real SecurityStack has to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from troposphere import GetAtt, Sub, Template, kms

from bidops_cfn.settings.contract import key_import, secret_import, secrets_manager_import
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.exported import Give, export

SECRETS_KEY = "SecretsKey"


def parameter_names(environment: Environment) -> dict[str, str]:
    """Return the name of the SecureString behind each SecurityStack output of the settings."""
    outputs = {out for one in environment.services.values() for out in one.secrets.values()}
    return {output: f"/{_name(environment, output)}" for output in sorted(outputs)}


def secret_names(environment: Environment) -> dict[str, str]:
    """Return the name of the Secrets Manager secret behind each output of the settings."""
    outputs = {out for one in environment.services.values() for out in one.secrets_manager.values()}
    return {output: _name(environment, output) for output in sorted(outputs)}


def security_stack(
    environment: Environment, secret_arns: Mapping[str, str], give: Give = export
) -> str:
    """Return the template of SecurityStack; ``secret_arns`` are Secrets Manager's, by output."""
    template = Template(Description="SecurityStack of the sandbox")
    administered = {
        "Sid": "AccountAdministersKey",
        "Effect": "Allow",
        "Principal": {"AWS": Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = {"Version": "2012-10-17", "Statement": [administered]}
    template.add_resource(
        kms.Key(SECRETS_KEY, Description=f"Secrets of {environment.name}", KeyPolicy=policy)
    )
    for output, name in parameter_names(environment).items():
        arn = Sub(
            f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{name}"
        )
        give(template, environment, secret_import(output), arn)
    for output, secret_arn in secret_arns.items():
        give(template, environment, secrets_manager_import(output), secret_arn)
    for output in environment.key_outputs:
        give(template, environment, key_import(output), GetAtt(SECRETS_KEY, "Arn"))
    return str(template.to_json())


def _name(environment: Environment, output: str) -> str:
    stem = re.sub(r"(ParameterArn|SecretArn|Arn)$", "", output)
    kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", stem).lower()
    return f"bidopsai/{environment.name}/{kebab}"
