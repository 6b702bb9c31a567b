"""The change set that a deployment asks for."""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.deploy import template
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.change_set import Request
from bidops_cfn.deploy.images import shown
from bidops_cfn.deploy.parameters import parameters
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.runtime import Runtime


def request(runtime: Runtime, subject: Subject, live: Mapping[str, int] | None = None) -> Request:
    """Return the change set to ask for; ``live`` are the counts of services that it replaces."""
    target, environment = subject.target, subject.target.environment
    update = subject.deployed is not None
    images = [f"{name}={shown(image)}" for name, image in subject.images.items() if image]
    return Request(
        name=f"bidops-cfn-{target.sha256[:12]}-{runtime.unique()[:8]}",
        stack=environment.stack_name,
        kind="UPDATE" if update else "CREATE",
        template=source(runtime, subject),
        parameters=parameters(target, subject.stack if update else None, subject.deployed, live),
        capabilities=template.capabilities(target.template),
        tags=environment.tags,
        description=f"{environment.name}: template sha256 {target.sha256}, {', '.join(images)}",
        role_arn=environment.deploy.role_arn,
        rollback_alarms=environment.deploy.rollback_alarms,
        monitoring_minutes=environment.deploy.monitoring_minutes,
    )


def source(runtime: Runtime, subject: Subject) -> Mapping[str, str]:
    """Return where CloudFormation finds the template: in the request, or in the bucket."""
    target = subject.target
    text = template.body(target.rendered)
    if len(text.encode()) <= template.BODY_LIMIT or target.bucket is None:
        return {"TemplateBody": text}
    key = f"bidops-cfn/{target.environment.name}/{target.sha256}.json"
    runtime.output.status(f"Sending the template to {target.bucket} ...")
    runtime.wire(
        Call.PUT_OBJECT,
        Bucket=target.bucket,
        Key=key,
        Body=text.encode(),
        ContentType="application/json",
    )
    suffix = "amazonaws.com.cn" if target.environment.partition == "aws-cn" else "amazonaws.com"
    region = target.environment.region
    return {"TemplateURL": f"https://{target.bucket}.s3.{region}.{suffix}/{key}"}
