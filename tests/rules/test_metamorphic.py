"""What means the same is judged the same; what is gone is not proved."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs import prove
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.verdict import Outcome
from tests.mutants.corpus import MUTANTS, named
from tests.mutants.mutant import ENVIRONMENTS, Mutant, Template, committed

NAMED = ("Resources", "Parameters", "Conditions", "Outputs")
PLACEHOLDER = re.compile(r"\$\{(\w+)(?=[.}])")


def renamed(template: Template) -> Template:
    """Return the template with another name for every logical id."""
    ids = [name for section in NAMED for name in template[section]]
    names = {name: f"X{number:03}" for number, name in enumerate(reversed(ids))}
    changed: Template = _rename(template, names)
    for section in NAMED:
        changed[section] = {names[name]: value for name, value in changed[section].items()}
    return changed


def _rename(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_rename(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _rename(value, names) for key, value in node.items()}
    for key in ("Ref", "Condition"):
        if isinstance(changed.get(key), str):
            changed[key] = names.get(changed[key], changed[key])
    if "Fn::GetAtt" in changed:
        resource, attribute = changed["Fn::GetAtt"]
        changed["Fn::GetAtt"] = [names.get(resource, resource), attribute]
    if "Fn::If" in changed:
        changed["Fn::If"][0] = names[changed["Fn::If"][0]]
    if "Fn::Sub" in changed:
        changed["Fn::Sub"] = _rename_text(changed["Fn::Sub"], names)
    if "DependsOn" in changed:
        changed["DependsOn"] = [names.get(name, name) for name in changed["DependsOn"]]
    return changed


def _rename_text(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_rename_text(value[0], names), value[1]]
    return PLACEHOLDER.sub(lambda match: "${" + names.get(match[1], match[1]), value)


def reordered(node: Any, random: Random) -> Any:
    """Return ``node`` with the keys of every object in another order."""
    if isinstance(node, dict):
        keys = list(node)
        random.shuffle(keys)
        return {key: reordered(node[key], random) for key in keys}
    if isinstance(node, list):
        return [reordered(item, random) for item in node]
    return node


def respelt(node: Any, random: Random) -> Any:
    """Return ``node`` with references, attributes and joined texts in other spellings."""
    if isinstance(node, list):
        return [respelt(item, random) for item in node]
    if not isinstance(node, dict):
        return node
    spellings = [node, *_spellings(node)]
    chosen = random.choice(spellings)
    if chosen is not node:
        return chosen
    return {
        key: value if key in ("Fn::Sub", "Fn::GetAtt") else respelt(value, random)
        for key, value in node.items()
    }


def _spellings(node: dict[str, Any]) -> list[Any]:
    name: str
    argument: Any
    name, argument = next(iter(node.items())) if len(node) == 1 else ("", None)
    if name == "Ref" and argument != "AWS::NoValue":
        return [{"Fn::Sub": "${" + argument + "}"}, {"Fn::Join": ["", [node]]}]
    if name == "Fn::GetAtt":
        dotted = ".".join(argument)
        return [{name: dotted}, {"Fn::Sub": "${" + dotted + "}"}, {"Fn::Join": ["-", [node]]}]
    if name == "Fn::Join" and argument[0] == "" and len(argument[1]) > 1:
        variables = {f"V{n}": item for n, item in enumerate(argument[1])}
        return [{"Fn::Sub": ["".join("${" + v + "}" for v in variables), variables]}]
    if name == "Fn::Sub":
        listed = argument if isinstance(argument, list) else [argument, {}]
        return [{"Fn::Sub": listed}, {"Fn::Join": ["", ["", node, ""]]}]
    return []


def standalone(template: Template, random: Random) -> Template:
    """Return the template with some inline rules as resources; each group keeps one egress."""
    for logical_id, resource in list(template["Resources"].items()):
        if resource["Type"] != "AWS::EC2::SecurityGroup":
            continue
        group = resource["Properties"]
        for key, kept in (("SecurityGroupIngress", 0), ("SecurityGroupEgress", 1)):
            for number in range(len(group.get(key, [])) - 1, kept - 1, -1):
                if random.random() < 0.6:
                    rule = group[key].pop(number)
                    rule["GroupId"] = {"Fn::GetAtt": [logical_id, "GroupId"]}
                    moved = {"Type": f"AWS::EC2::{key}", "Properties": rule}
                    template["Resources"][f"{logical_id}{key}{number}"] = moved
            if not group.get(key, [None]):
                del group[key]
    return template


def inline(template: Template) -> Template:
    """Return the template with AgentCore's ingress inline: only one side of a pair can be."""
    rule = template["Resources"].pop("AgentCoreFromBffIngress")["Properties"]
    del rule["GroupId"]
    group = template["Resources"]["AgentCoreSecurityGroup"]["Properties"]
    group["SecurityGroupIngress"] = [rule]
    template["Resources"]["AgentCoreService"]["DependsOn"].remove("AgentCoreFromBffIngress")
    return template


EACH = pytest.mark.parametrize("environment", ENVIRONMENTS)
CONTRACT = Contract("dev", prefix_lists=frozenset({"pl-63a5400a"}))


def rules(template: Template) -> Counter[str]:
    """Return how many findings each rule has."""
    return Counter(rule for rule, _ in named(template))


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
    assert not rules(changed)
    assert outcomes(changed) == outcomes(template)


@settings(max_examples=15)  # each example judges a whole template
@given(environment=st.sampled_from(ENVIRONMENTS), random=st.randoms(use_true_random=False))
def test_rules_on_their_own_other_spellings_and_another_order_change_no_verdict(
    environment: str, random: Random
) -> None:
    template = standalone(committed(environment), random)
    for section in ("Resources", "Outputs"):
        template[section] = respelt(template[section], random)
    template = reordered(template, random)
    assert not rules(template)
    if environment == "dev":
        assert set(outcomes(template).values()) == {Outcome.PROVED}


@EACH
def test_an_inline_rule_changes_no_verdict(environment: str) -> None:
    assert not rules(inline(committed(environment)))


# Of two resources in one place, which is one too many is told by their names. Where a service has
# what is named after the other one, the name is a fault, too, which these rules find.
FAULTS = [one for one in MUTANTS if one.logical_id != "Extra"]
OF_NAMES = {"E9004", "E9008"}
SWAPPED = [one for one in FAULTS if re.search("exchanged|other|BFF's", one.name)]
NAMELESS = [one for one in FAULTS if one not in SWAPPED]


def side_by_side(mutants: Sequence[Mutant]) -> Iterator[list[Mutant]]:
    """Yield the mutants in groups of which no two are about the same logical id."""
    groups: list[dict[str, Mutant]] = []
    for mutant in mutants:
        place = next((one for one in groups if mutant.logical_id not in one), None)
        if place is None:
            groups.append(place := {})
        place[mutant.logical_id] = mutant
    yield from (list(one.values()) for one in groups)


@pytest.mark.parametrize(
    ("faults", "apart"),
    [
        *((one, set()) for one in side_by_side(NAMELESS[::2])),
        *(([one], OF_NAMES) for one in SWAPPED[::2]),  # together two would contend for one part
    ],
)
def test_faults_are_found_by_the_same_rules_under_other_names(
    faults: list[Mutant], apart: set[str]
) -> None:
    changed = committed("dev")
    for mutant in faults:
        changed = mutant.apply(changed)
    found, same = ({**rules(one)} for one in (changed, renamed(changed)))
    for rule in apart:
        assert found.pop(rule, 0) >= same.pop(rule, 0)
    assert same == found


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


def test_without_agentcore_its_claims_are_not_proved() -> None:
    template = gone("AgentCore")(committed("dev"))
    assert outcomes(template)[("reached-by-callers-only", "agentcore")] is Outcome.UNKNOWN
    assert outcomes(template)[("no-internet", "agentcore")] is Outcome.UNKNOWN
    assert rules(template).keys() >= {"E9004", "E9408", "E9409"}
