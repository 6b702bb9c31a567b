"""The least privilege for whoever deploys, written from ``calls``.

Two policies: one to look (``status``, ``watch``, ``preflight``), one more to deploy. What
CloudFormation itself does to resources is not in them: with ``deploy.role_arn`` set it acts as that
role, and the person needs no more than this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from bidops_cfn.deploy.calls import Call, Need, Resource
from bidops_cfn.deploy.template import Json

STACK = "bidopsai-<ENV>-compute"
PREFIX = "arn:<PARTITION>"
HERE = "<REGION>:<ACCOUNT>"
ROLE = f"{PREFIX}:iam::<ACCOUNT>:role/<CLOUDFORMATION-ROLE>"

ARNS: Mapping[Resource, tuple[str, ...]] = {
    Resource.ANY: ("*",),
    Resource.STACK: (
        f"{PREFIX}:cloudformation:{HERE}:changeSet/bidops-cfn-*/*",
        f"{PREFIX}:cloudformation:{HERE}:stack/{STACK}/*",
    ),
    Resource.SERVICE: (f"{PREFIX}:ecs:{HERE}:service/{STACK}-*/*",),
    Resource.TASK: (f"{PREFIX}:ecs:{HERE}:task/{STACK}-*/*",),
    Resource.LOG_GROUP: (f"{PREFIX}:logs:{HERE}:log-group:{STACK}-*:log-stream:*",),
    Resource.REPOSITORY: (f"{PREFIX}:ecr:{HERE}:repository/bidopsai/*",),
    Resource.MANAGED: (f"{PREFIX}:secretsmanager:{HERE}:secret:*",),
    Resource.BUCKET: (f"{PREFIX}:s3:::<BUCKET>/bidops-cfn/*",),
}

OURS = {
    "StringLike": {
        "cloudformation:ChangeSetName": [
            "bidops-cfn-*",
            f"{PREFIX}:cloudformation:{HERE}:changeSet/bidops-cfn-*/*",
        ]
    }
}
CONDITIONS: Mapping[Call, Json] = {
    Call.CREATE_CHANGE_SET: OURS,
    Call.DELETE_CHANGE_SET: OURS,
    Call.EXECUTE_CHANGE_SET: OURS,
}

# No call of ours: CloudFormation asks for it when a change set carries tags.
TAG: Json = {
    "Sid": "TagOurStack",
    "Effect": "Allow",
    "Action": ["cloudformation:TagResource", "cloudformation:UntagResource"],
    "Resource": list(ARNS[Resource.STACK]),
}
PASS_ROLE: Json = {
    "Sid": "PassTheRoleToCloudFormation",
    "Effect": "Allow",
    "Action": ["iam:PassRole"],
    "Resource": [ROLE],
    "Condition": {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
}


def policy(need: Need) -> Json:
    """Return the IAM policy document for one need, one statement per resource and condition."""
    groups: dict[tuple[Resource, str], list[str]] = {}
    for call in Call:
        if call.value.need is need:
            condition = json.dumps(CONDITIONS.get(call, {}))
            groups.setdefault((call.value.resource, condition), []).append(call.text)
    statements = []
    for (resource, condition), actions in groups.items():
        statement: Json = {
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": list(ARNS[resource]),
        }
        if json.loads(condition):
            statement["Condition"] = json.loads(condition)
        statements.append(statement)
    if need is Need.DEPLOY:
        statements += [TAG, PASS_ROLE]
    return {"Version": "2012-10-17", "Statement": statements}


def page() -> str:
    """Return ``docs/deploy-permissions.md``."""
    looking, deploying = (json.dumps(policy(need), indent=2) for need in (Need.READ, Need.DEPLOY))
    return f"""\
# Permissions of whoever deploys

Written from the calls that the tool can make; a test compares this page with them. Replace the
words in angle brackets: `<PARTITION>` is `aws`, `aws-cn` or `aws-us-gov`; `<ENV>` stands in the
stack's name, so change `{STACK}` if `stack_name` is set.

## To look: `status`, `watch`, `preflight`

```json
{looking}
```

## To deploy: `plan`, `deploy`, `cancel`, `rollback`, `destroy`

These in addition. Only change sets that this tool made can be executed or deleted with them.
`s3:PutObject` is needed with `--s3-bucket` only, the secrets' permission above with secrets of
Secrets Manager only, and `iam:PassRole` when `deploy.role_arn` is set.

```json
{deploying}
```

## What CloudFormation does

CloudFormation creates and changes the resources. Set `deploy.role_arn` in `params/ENV.toml` to a
role that trusts `cloudformation.amazonaws.com` and may manage the template's resource types: then
the policies above are all that a person or pipeline has, and nobody can change a resource but
through a change set. Without it, CloudFormation acts with the permissions of the caller, who needs
both.

No value of a secret is ever read: parameters and secrets are only looked for by name.
"""
