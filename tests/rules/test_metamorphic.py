"""What means the same is judged the same; what is gone is not proved."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs import prove
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.rules import house_rules
from bidops_cfn.rules._under_review import under_review
from tests.mutants.committed import ENVIRONMENTS, REPOSITORY, committed
from tests.mutants.corpus import MUTANTS
from tests.mutants.mutant import Mutant, Template
from tests.rules.rewriting import inline, renamed, reordered, respelt, standalone

EACH = pytest.mark.parametrize("environment", ENVIRONMENTS)
CONTRACT = Contract("dev", prefix_lists=frozenset({"pl-63a5400a"}))


def rules(template: Template) -> set[str]:
    judged = under_review(template, None, REPOSITORY)
    return {str(rule.id) for rule in house_rules() if rule.findings(judged)}


def outcomes(template: Template) -> dict[tuple[str, str], Outcome]:
    verdicts = prove(read(template), CONTRACT)
    return {
        (verdict.claim.name, verdict.claim.subject): verdict.outcome
        for verdict in verdicts
        if verdict.claim.name != "no-destruction"  # its subjects are logical ids
    }


@EACH
def test_renaming_every_logical_id_changes_no_verdict(environment: str) -> None:
    template = committed(environment)
    changed = renamed(template)
    assert not set(changed["Resources"]) & set(template["Resources"])
    assert rules(changed) == set()
    assert outcomes(changed) == outcomes(template)


@EACH
@settings(max_examples=12)  # each example judges a whole template
@given(random=st.randoms(use_true_random=False))
def test_rules_on_their_own_other_spellings_and_another_order_change_no_verdict(
    environment: str, random: Random
) -> None:
    template = standalone(committed(environment), random)
    for section in ("Resources", "Outputs"):
        template[section] = respelt(template[section], random)
    template = reordered(template, random)
    assert rules(template) == set()
    if environment == "dev":
        assert set(outcomes(template).values()) == {Outcome.PROVED}


@EACH
def test_an_inline_rule_changes_no_verdict(environment: str) -> None:
    assert rules(inline(committed(environment))) == set()


# Of what is exchanged the name is the fault: without it nothing is wrong.
NAMELESS = [one for one in MUTANTS if "exchanged" not in one.name]


@pytest.mark.parametrize("mutant", NAMELESS[::12], ids=lambda one: f"{one.logical_id}-{one.name}")
def test_a_fault_is_found_by_the_same_rules_under_other_names(mutant: Mutant) -> None:
    changed = mutant.apply(committed("dev"))
    assert rules(renamed(changed)) == rules(changed)


def gone(*words: str) -> Callable[[Template], Template]:
    def remove(template: Template) -> Template:
        for section in ("Resources", "Outputs"):
            template[section] = {
                name: value
                for name, value in template[section].items()
                if not any(word in name for word in words)
            }
        return template

    return remove


@pytest.mark.parametrize(
    ("change", "service"),
    [
        pytest.param(gone("AgentCore"), "agentcore", id="all of AgentCore"),
        pytest.param(gone("AgentCoreService"), "agentcore", id="AgentCore's service"),
        pytest.param(gone("Bff"), "bff", id="all of BFF"),
        pytest.param(gone("BffService"), "bff", id="BFF's service"),
        pytest.param(gone("BffTaskDefinition"), "bff", id="BFF's tasks"),
        pytest.param(gone(""), "bff", id="everything"),
        pytest.param(gone(""), "agentcore", id="everything, too"),
    ],
)
def test_nothing_is_proved_about_a_service_that_is_gone(
    change: Callable[[Template], Template], service: str
) -> None:
    verdicts = {
        (name, outcome)
        for (name, subject), outcome in outcomes(change(committed("dev"))).items()
        if subject == service
    }
    assert verdicts
    if service == "agentcore":
        assert all(outcome is not Outcome.PROVED for _, outcome in verdicts)
    else:
        assert ("no-bedrock", Outcome.PROVED) not in verdicts


def test_without_agentcore_nobody_is_said_to_be_kept_from_it() -> None:
    template = gone("AgentCore")(committed("dev"))
    assert outcomes(template)[("reached-by-callers-only", "agentcore")] is Outcome.UNKNOWN
    assert outcomes(template)[("no-internet", "agentcore")] is Outcome.UNKNOWN
    assert rules(template) >= {"E9004", "E9408", "E9409"}
