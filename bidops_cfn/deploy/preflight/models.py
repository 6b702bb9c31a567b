"""Access to the Bedrock models: the account's agreement, authorization and entitlement.

Without them a first call of a third-party model works for some minutes and is denied afterwards.
https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.judgement import PAGE, judge
from bidops_cfn.deploy.preflight.together import ask_each
from bidops_cfn.deploy.records import Preflight, Verdict


def models(context: DeploymentContext) -> Preflight:
    """Ask Bedrock for the access of the account to every model of the settings."""
    environment = context.target.environment
    wanted = sorted({name for one in environment.services.values() for name in one.bedrock.models})
    if not wanted:
        return Preflight("models", Verdict.SKIPPED, "the settings name no model")
    answers = ask_each(partial(read_availability, context.client), wanted)
    doubts = [
        f"{model}: {lack}"
        for model, answer in zip(wanted, answers, strict=True)
        for lack in list_lacks(answer)
    ]
    return judge(
        "models",
        f"the account has access to {', '.join(wanted)}",
        doubts=doubts,
        hint="Accept the provider's terms, and fill in its first-use form, in the Bedrock console."
        f"\n{PAGE}",
    )


def read_availability(client: Client, model: str) -> Json | None:
    """Return what Bedrock says about access to a model; None where it does not know the model."""
    try:
        return client(Call.GET_MODEL_AVAILABILITY, modelId=model)
    except NotFound:
        return None


def list_lacks(answer: Json | None) -> Iterator[str]:
    """Yield what access to a model lacks, in Bedrock's words."""
    if answer is None:
        yield "Bedrock does not know it in this region"
        return
    agreement = answer["agreementAvailability"]["status"]
    if agreement != "AVAILABLE":
        yield f"agreement {agreement}"
    if answer["authorizationStatus"] != "AUTHORIZED":
        yield f"authorization {answer['authorizationStatus']}"
    if answer["entitlementAvailability"] != "AVAILABLE":
        yield f"entitlement {answer['entitlementAvailability']}"
