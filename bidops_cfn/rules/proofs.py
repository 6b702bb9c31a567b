"""Claims that must be proved of every template: what is refuted or unknown is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bidops_cfn.facts.proofs.network import no_internet, reached_by_callers_only
from bidops_cfn.facts.proofs.roles import no_bedrock, no_destruction
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.facts.verdict import Outcome, Verdict, Witness
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.settings.services import Capability

Verdicts = Iterator[tuple[Verdict, str]]


class Proof(HouseRule):
    """A rule that reports what keeps a claim from being proved: what is unknown is not."""

    def verdicts(self, case: ReadingUnderReview) -> Verdicts:
        """Yield each verdict, and what is claimed."""
        return iter(())

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for verdict, claim in self.verdicts(case):
            if verdict.outcome is not Outcome.PROVED:
                for witness in verdict.witnesses:
                    text = f"leaves unproved that {claim}: {witness.text}"
                    yield Mismatch(witness.path, text)


class NoBedrock(Proof):
    """Services that may not use Bedrock provably cannot, nor take on a role that can.

    From the service over its task definition to the role that its code gets, with all that is
    attached to it. No action of any Bedrock API, no sts:AssumeRole, no iam:PassRole.
    """

    id = "E9305"
    source = "authorization/list_amazonbedrock"
    requirements = ("FR-016", "US5-4")
    fix = (
        "In bidops_cfn/compute/roles.py, give the service's task role no such permission; what "
        "a service may do stands in bidops_cfn/settings/services.py"
    )

    def verdicts(self, case: ReadingUnderReview) -> Verdicts:
        for service in case.services:
            if Capability.INVOKE_BEDROCK not in service.capabilities:
                yield no_bedrock(case.reading, service), f"{service.name} cannot use Bedrock"


class NoDestruction(Proof):
    """No role provably can delete resources or change infrastructure.

    Every action that the catalogue does not call a read or a list counts as destructive, but for
    the few that write data. Lifecycle and policy writes delete indirectly.
    """

    id = "E9306"
    source = "authorization/reference_policies_actions-resources-contextkeys"
    requirements = ("FR-018",)
    fix = (
        "Remove the action in bidops_cfn/compute/roles.py; one that only writes data "
        "is listed in DATA_WRITES of bidops_cfn/spec/permissions.py"
    )

    def verdicts(self, case: ReadingUnderReview) -> Verdicts:
        for role in case.reading.roles.values():
            verdict = no_destruction(case.reading, role, case.contract)
            nothing = Witness("it has no permission that could be judged", role.resource.path)
            witnesses = verdict.witnesses or (nothing,)
            yield replace(verdict, witnesses=witnesses), f"{role.logical_id} destroys nothing"


class Reachability(Proof):
    """Provably only its callers reach a service, on its port alone.

    The ingress of all groups that are associated with a service's tasks equals one flow from each
    caller on the service's port.
    """

    id = "E9408"
    source = "vpc/vpc-security-groups"
    requirements = ("FR-025", "FR-026", "FR-030", "SC-010", "US4-1", "US4-2", "US4-5")
    fix = (
        "In bidops_cfn/compute/security_groups.py, admit exactly the callers' groups on the "
        "service's port"
    )

    def verdicts(self, case: ReadingUnderReview) -> Verdicts:
        for service in case.services:
            verdict = reached_by_callers_only(case.reading, case.contract, service)
            yield verdict, f"only its callers reach {service.name}"


class NoInternet(Proof):
    """Services without a load balancer provably have no path to the internet.

    All groups of such a service are in the template, every egress leads to the endpoints, the
    database, S3's prefix list or a service of this stack, it has no public address, and it stands
    in the subnets without a default route. Routes are NetworkStack's claim.
    """

    id = "E9409"
    source = "vpc/vpc-security-groups"
    requirements = ("FR-032", "US4-3")
    fix = (
        "In bidops_cfn/compute/services.py, use the imported PrivateAgentSubnetIds (FR-032) and no "
        "public address; in bidops_cfn/compute/security_groups.py, egress to the imported groups "
        "and to network.s3_prefix_list_id of params/<environment>.toml alone (US4-3)"
    )
    needs_settings = True

    def verdicts(self, case: ReadingUnderReview) -> Verdicts:
        for service in case.services:
            if not service.public:
                verdict = no_internet(case.reading, case.contract, service)
                yield verdict, f"{service.name} has no path to the internet"
