"""The prefix list is this region's S3: otherwise every image pull fails, on a clean deployment."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Preflight, Verdict


def prefix_list(context: DeploymentContext) -> Preflight:
    """Ask EC2 what the settings' prefix list is."""
    environment = context.target.environment
    wanted = f"com.amazonaws.{environment.region}.s3"
    identity = environment.network.s3_prefix_list_id
    try:
        lists = context.client(Call.DESCRIBE_PREFIX_LISTS, PrefixListIds=[identity])["PrefixLists"]
    except NotFound:
        lists = []
    name = lists[0]["PrefixListName"] if lists else None
    if name == wanted:
        return Preflight("prefix list", Verdict.OK, f"{identity} is {wanted}")
    return Preflight(
        "prefix list",
        Verdict.REFUSED,
        f"{identity} is {name or 'unknown in this account and region'}, not {wanted}",
        hint=f"Set network.s3_prefix_list_id in params/{environment.name}.toml to the id from: "
        "aws ec2 describe-managed-prefix-lists "
        f"--filters Name=prefix-list-name,Values={wanted}",
    )
