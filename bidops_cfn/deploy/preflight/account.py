"""We are in the environment's account and region; nothing overrides this."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.settings.environment import Environment


def account(client: Client, environment: Environment) -> Preflight:
    """Compare the caller's account and the region of our calls with the settings.

    Raises a ``Fault`` where AWS does not say who calls.
    """
    caller = client(Call.GET_CALLER_IDENTITY)
    wrong = []
    if caller["Account"] != environment.account_id:
        wrong.append(
            f"the credentials are of account {caller['Account']}, "
            f"{environment.name} is in {environment.account_id}"
        )
    if client.region != environment.region:
        wrong.append(
            f"the region of shell or profile is {client.region}, "
            f"{environment.name} is in {environment.region}"
        )
    if wrong:
        return Preflight(
            "account",
            Verdict.REFUSED,
            "; ".join(wrong),
            details=(f"caller: {caller['Arn']}", "nothing in that account was looked at"),
            hint="Choose the right ones with AWS_PROFILE and AWS_REGION, or with --profile and "
            f"--region {environment.region}. "
            f"params/{environment.name}.toml says where {environment.name} is.",
        )
    return Preflight(
        "account",
        Verdict.OK,
        f"{caller['Account']} in {client.region}, as {caller['Arn'].rpartition(':')[2]}",
    )
