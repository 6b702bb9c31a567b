"""The template fits into a request, or there is a bucket for it."""

from __future__ import annotations

from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import BODY_LIMIT, OBJECT_LIMIT, prepare_body


def size(target: Target) -> Preflight:
    """Compare the size of what is sent with CloudFormation's limits."""
    sent = len(prepare_body(target.rendered).encode())
    said = f"{sent:,} bytes"
    if sent > OBJECT_LIMIT:
        return Preflight(
            "size", Verdict.REFUSED, f"{said}, and CloudFormation takes at most {OBJECT_LIMIT:,}"
        )
    if sent > BODY_LIMIT and not target.bucket:
        return Preflight(
            "size",
            Verdict.REFUSED,
            f"{said}, and a request takes at most {BODY_LIMIT:,}",
            hint="Name a bucket to send it through: --s3-bucket NAME",
        )
    return Preflight("size", Verdict.OK, f"{said} of {BODY_LIMIT:,}")
