"""Claims about a template that are proved, refuted, or left unknown.

``prove`` judges all of them over every combination of conditions. A claim reads "this template
permits no ..., given its assumptions"; it never says more than the template shows, and a template
that lacks the service in question proves nothing about it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs.network import no_internet, reached_by_callers_only
from bidops_cfn.facts.proofs.roles import no_bedrock, no_destruction
from bidops_cfn.facts.reading import Facts, Reading
from bidops_cfn.facts.verdict import Outcome, Verdict, in_all_combinations, left_open
from bidops_cfn.settings.services import SERVICES, Capability, Service

# Stacks, custom resources, and what else deploys what is not here.
ELSEWHERE = ("AWS::CloudFormation::", "AWS::ServiceCatalog::CloudFormation")
Proof = Callable[[Reading], Verdict]


def prove(
    facts: Facts, contract: Contract, specified: Sequence[Service] = SERVICES
) -> tuple[Verdict, ...]:
    """Judge every claim about the specified services and the template's roles.

    What CloudFormation would still expand leaves every claim open, whatever stands there now, and
    what resources do by code or templates from elsewhere proves nothing.
    Without a single readable combination there is nothing to judge, and the result is empty:
    callers look at ``facts.incomplete`` first.
    """
    if not facts.readings:
        return ()
    verdicts = [
        in_all_combinations([proof(reading) for reading in facts.readings], facts.incomplete)
        for service in specified
        for proof in _of_service(contract, service)
    ]
    per_role: dict[str, list[Verdict]] = {}
    for reading in facts.readings:
        for role in reading.roles.values():
            verdict = no_destruction(reading, role, contract)
            per_role.setdefault(role.logical_id, []).append(verdict)
    verdicts += [in_all_combinations(found, facts.incomplete) for found in per_role.values()]
    hidden = next(filter(None, map(_done_elsewhere, facts.readings)), "")
    return tuple(
        left_open(verdict, facts.expanded or (verdict.outcome is Outcome.PROVED and hidden) or "")
        for verdict in verdicts
    )


def _done_elsewhere(reading: Reading) -> str:
    """Return which resources do what stands elsewhere: code of others, or another template."""
    found = [
        f"{one.logical_id} ({one.type})"
        for one in reading.document.resources.values()
        if one.type.startswith(ELSEWHERE) or not one.type.startswith("AWS::")
    ]
    return f"what {', '.join(found)} does stands elsewhere" if found else ""


def _of_service(contract: Contract, service: Service) -> tuple[Proof, ...]:
    proofs: list[Proof] = [lambda r: reached_by_callers_only(r, contract, service)]
    if Capability.INVOKE_BEDROCK not in service.capabilities:
        proofs.append(lambda r: no_bedrock(r, service))
    if not service.public:
        proofs.append(lambda r: no_internet(r, contract, service))
    return tuple(proofs)
