"""cfn-lint finds, with what is put off, just what it finds as it comes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.check.cfn_lint import Package, derive_no_predicates, put_off
from tests.mutants.mutant import REPOSITORY, committed

SCRIPT = """
import json, sys
if sys.argv[1] == "ours":
    import bidops_cfn.check.cfn_lint
from cfnlint.api import lint_all
found = [
    (one.rule.id, one.message, one.linenumber, one.columnnumber, [*one.path])
    for one in lint_all(sys.stdin.read())
]
print(json.dumps([sorted(found, key=str), sorted(one for one in sys.modules if "networkx" in one)]))
# What is put off is there when it is asked for.
import networkx
graph = networkx.path_graph(3)
assert networkx.shortest_path(graph, 0, 2) == [0, 1, 2]
assert networkx.algorithms.flow.maximum_flow and networkx.algorithms.traversal.bfs_edges
assert type(networkx).__name__ == "module"
assert not hasattr(networkx, "nothing")
"""


def run(how: str, template: str) -> tuple[list[list[Any]], list[str]]:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, how],
        cwd=REPOSITORY,
        input=template,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found, modules = json.loads(result.stdout)
    return found, modules


def faulty() -> dict[str, Any]:
    """Return a template with faults of graph, conditions, schemas, policies and values."""
    template = committed("prod")
    resources, conditions = template["Resources"], template["Conditions"]
    resources["BffLogGroup"]["DependsOn"] = "BffService"  # in a circle
    resources["BffService"]["DependsOn"] = [*resources["BffService"]["DependsOn"], "BffLogGroup"]
    given, other = "BffDesiredCountGiven", "AgentCoreDesiredCountGiven"
    equal = {"Fn::Equals": [{"Ref": "BffDesiredCount"}, "2"]}
    conditions |= {
        "Unused": {"Fn::Or": [{"Condition": given}, {"Fn::Not": [{"Condition": other}]}]},
        "Never": {"Fn::And": [equal, {"Fn::Equals": [{"Ref": "BffDesiredCount"}, "3"]}]},
        "Static": {"Fn::Equals": ["a", "a"]},
    }
    inner = {"Fn::If": ["Static", {"Fn::If": [given, "1", "2"]}, "3"]}
    outer = {"Fn::If": [given, {"Fn::If": [given, "1", "2"]}, "3"]}
    resources["BffTaskDefinition"]["Properties"] |= {"Cpu": "255", "Memory": inner}
    resources["Never"] = {"Type": "AWS::SNS::Topic", "Condition": "Never"}
    resources["BffScalableTarget"]["Properties"]["MinCapacity"] = outer
    resources["BffScalableTarget"]["Properties"]["RoleARN"] = {"Ref": "Never"}
    resources["BffTaskRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] += [
        {"Effect": "Allow", "Action": ["s4:Get", "s3:GetObject"], "Resource": "arn:x"},
        {"Effect": "Maybe"},
    ]
    resources["BffLogGroup"]["Properties"]["RetentionInDays"] = {"Fn::Sub": "${Nowhere}"}
    resources |= {
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {"DBInstanceClass": "db.none", "Engine": "mysql", "Iops": "many"},
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"RoleArn": "x", "Definition": {"States": {"A": {"Type": "No"}}}},
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Runtime": "python2.7", "Code": {"ZipFile": "x"}, "Role": "x"},
        },
    }
    return template


def test_what_is_put_off_changes_no_finding() -> None:
    template = json.dumps(faulty())
    original, loaded = run("original", template)
    found, put_off = run("ours", template)
    assert found == original
    rules = {rule for rule, *_ in original}
    # of the graph, schemas, conditions, policies, and values of other types
    assert rules >= {"E3004", "E3012", "W1028", "W8001", "W3037", "E3025", "E3601", "E2533"}
    assert "networkx.algorithms.flow" in loaded
    assert "networkx.algorithms.flow" not in put_off


def test_a_library_that_is_laid_out_otherwise_is_taken_as_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "elsewhere"
    package.mkdir()
    (package / "__init__.py").write_text("class Graph: pass\nfacts = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "elsewhere", None)  # what is imported here goes afterwards
    del sys.modules["elsewhere"]
    put_off("elsewhere", Graph=".moved.graph", facts=".moved")
    put_off("elsewhere.gone")
    elsewhere: Any = import_module("elsewhere")
    assert type(elsewhere).__name__ == Package.__name__
    assert (elsewhere.Graph.__name__, elsewhere.facts) == ("Graph", 1)
    derive_no_predicates("elsewhere.gone")
    derive_no_predicates("elsewhere")
    assert not hasattr(elsewhere, "get_composite_predicates")
