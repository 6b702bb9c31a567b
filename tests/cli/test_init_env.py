"""``init-env``: a fourth environment in one command, and what other stacks offer it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bidops_cfn.cli.init_env import drafted, priorities, refusals, taken_priorities
from bidops_cfn.compute.template import render
from bidops_cfn.project import Project
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment, Listener, settings_file
from bidops_cfn.settings.services import SERVICES
from bidops_cfn.settings.toml_text import copied, renamed, shared
from bidops_cfn_sandbox.server import Sandbox
from tests.cli.running import Ran, Shell
from tests.neighbours import ENDPOINTS, SECRETS

REVIEWS = ("REVIEW.md", "compute.json", "iam.tsv", "network.tsv", "settings.tsv")
SHAPE = settings_file(SERVICES)


def files(shell: Shell) -> dict[str, str]:
    return {
        str(path.relative_to(shell.project)): path.read_text(encoding="utf-8")
        for path in sorted(shell.project.rglob("*"))
        if path.is_file()
    }


def add(shell: Shell, name: str = "staging", source: str = "test", *options: str) -> Ran:
    return shell("init-env", name, "--from", source, *options)


def drafts(shell: Shell, name: str = "staging", source: str = "test") -> Project:
    """What would be written."""
    return drafted(Project(shell.project), shell.project / "draft", source, name)


@pytest.fixture
def sandbox(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A local AWS with stacks as CDK makes them."""
    with Sandbox([dev], neighbours="cdk") as running:
        for name, value in running.variables(dev).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield running


@pytest.mark.usefixtures("sandbox")
def test_a_fourth_environment_is_one_command_and_passes_every_check(shell: Shell) -> None:
    before = files(shell)
    place = shell.project / "templates/qa-2"
    place.write_text("in the way", encoding="utf-8")
    ran = add(shell, "qa-2", "dev")
    assert (ran.code, ran.out) == (2, "")
    assert "is not a folder" in ran.err
    place.unlink()
    assert files(shell) == before  # so that a failed attempt can be repeated
    ran = add(shell, "qa-2", "dev", "--neighbours")
    assert ran.code == 0, ran.err
    after = files(shell)
    assert set(after) - set(before) == {
        "params/qa-2.toml",
        *(f"templates/qa-2/{name}" for name in REVIEWS),
    }
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {
        f"templates/{name}" for name in ("ENVIRONMENTS.md", "TRACEABILITY.md", "contract.json")
    }
    for check in ("render --all --check", "review --all --check", "check --env qa-2"):
        shell.said(*check.split())
    # The settings are the others but for the name, and for the priority of a rule.
    assert not re.search(r"\bdev\b", after["params/qa-2.toml"])
    assert after["params/qa-2.toml"].replace("qa-2", "dev") == before["params/dev.toml"]
    template = json.loads(after["templates/qa-2/compute.json"])
    assert template["Metadata"]["BidopsCfn"]["Environment"] == "qa-2"
    # The report says what was renamed, what is shared and what to type.
    named, shared_ = ran.err.split("Shared with dev")
    assert '  services.bff.listener.hosts = ["qa-2.bidopsai.example"]\n' in named
    assert '  account_id = "111111111111"\n' in shared_
    assert '  services.agentcore.bedrock.agent_aliases = ["AGENTDEV01/ALIASDEV01"]\n' in shared_
    assert "priority 100: set services.bff.listener.priority = 101\n" in shared_
    assert "  bidops-cfn render --all --review && bidops-cfn check --env qa-2\n" in shared_
    assert max(map(len, ran.err.splitlines())) <= 100
    assert "refuses it" not in ran.err
    # What stacks have by name is proposed, and the rest is a gap.
    found = tomllib.loads(ran.out)["imports"]
    output = {"stack": "NetworkStack"}
    assert found["network"] == {
        **{
            name: {**output, "output": name}
            for name in ("VpcId", "PrivateAppSubnetIds", "PrivateAgentSubnetIds")
        },
        "DatabaseSecurityGroupId": {
            "stack": "DatabaseStack",
            "output": "DatabaseSecurityGroupId",
        },
    }
    assert found["storage"]["AppEcrRepositoryUri"] == "AppEcrRepositoryUri"
    assert set(found["security"]) == set(SECRETS)
    for gap in ("PublicAlbArn", "HttpsListenerArn", "AlbSecurityGroupId"):
        assert f"# GAP {gap}: no stack has an output of this name" in ran.out
    assert "# GAP VpcEndpointSecurityGroupId: no stack has an output of this name" in ran.out
    for name in ENDPOINTS:
        near = f'#   {{ stack = "NetworkStack", output = "{name}EndpointSecurityGroupId" }}'
        assert near in ran.out
    shell.edit(("[services.bff]", f"{ran.out}\n[services.bff]"), name="qa-2")
    assert load.load(shell.project / "params", "qa-2").imports.exceptions


@pytest.mark.usefixtures("sandbox")
def test_the_stacks_of_another_account_are_not_looked_at_and_nothing_is_written(
    shell: Shell,
) -> None:
    ran = add(shell, "staging", "test", "--neighbours")
    assert ran.code == 2
    assert "credentials are of account 111111111111" in ran.err
    assert not (shell.project / "params" / "staging.toml").exists()


def test_what_check_would_refuse_is_said(shell: Shell) -> None:
    ran = add(shell, "staging", "prod")
    assert ran.code == 0, ran.err
    assert max(map(len, ran.err.splitlines())) <= 100
    closing = ran.err.partition("check --env staging refuses it until this is changed:\n")[2]
    found = json.loads(shell("check", "--no-cache", "--env", "staging", "--output", "json").out)
    assert {one["rule"] for one in found} == set(re.findall(r"(?m)^  (E\d+) ", closing))


@pytest.mark.parametrize(
    ("name", "source", "discount", "bases"),
    [
        ("staging", "prod", 70, "capacity.on_demand_base = 0 and capacity.spot_base = 3"),
        ("staging", "prod", 60, "capacity.on_demand_base = 0 and capacity.spot_base = 4"),
        ("prod", "blue", 70, "capacity.spot_base = 0 and capacity.on_demand_base = 2"),
    ],
)
def test_what_is_refused_is_said_with_what_to_change(
    shell: Shell, name: str, source: str, discount: int, bases: str
) -> None:
    if name == "prod":  # made from one that is as big, and saves with Spot
        file = shell.project / "params/prod.toml"
        file.with_stem(source).write_text(copied(file.read_text("utf-8"), name, source), "utf-8")
        shell.edit(
            ("demand_base = 2", "demand_base = 0"), ("spot_base = 0", "spot_base = 3"), name=source
        )
        file.unlink()
        shell.template("prod").parent.rename(shell.template(source).parent)
    shell.edit(("spot_discount_percent = 70", f"spot_discount_percent = {discount}"), name=source)
    draft = drafts(shell, name, source)
    said = "\n".join(refusals(draft, name))
    assert "  E9104 BffService: CapacityProviderStrategy " in said
    assert f"    Set {bases} in params/{name}.toml" in said
    file = draft.params / f"{name}.toml"
    text = file.read_text("utf-8")
    for key, value in re.findall(r"capacity[.](\w+) = (\d)", bases):
        text = re.sub(rf"(?m)^{key} = \d+", f"{key} = {value}", text)
    file.write_text(text, "utf-8")
    draft.template(name).write_text(render(load.load(draft.params, name)), "utf-8")
    assert "E9104" not in "\n".join(refusals(draft, name))


def test_where_no_base_saves_enough_the_discount_is_named(shell: Shell) -> None:
    shell.edit(("spot_discount_percent = 70", "spot_discount_percent = 20"), name="prod")
    said = list(refusals(drafts(shell, source="prod"), "staging"))
    assert "    No base saves 30 % at capacity.spot_discount_percent = 20" in said


def test_the_free_priority_is_free_in_every_environment_of_the_account(shell: Shell) -> None:
    shell.edit(("111111111111", "222222222222"), ("priority = 100", "priority = 101"))
    draft = drafts(shell)
    added, *others = load.load_all(draft.params, ("staging", "dev", "test"))
    (said,) = priorities(added, others)
    assert "services.bff.listener.priority = 102" in said


def test_beside_shared_neighbours_a_listener_rule_gets_a_priority_of_its_own(shell: Shell) -> None:
    shell.edit(("bidopsai-{environment}-{stack}", "{stack}"), name="test")
    test, staging = load.load_all(drafts(shell).params, ("test", "staging"))
    rules = [one.services["bff"].listener for one in (test, staging)]
    assert [rule.priority for rule in rules if rule] == [100, 101]


def test_several_rules_of_one_environment_get_priorities_apart(
    environments: dict[str, Environment],
) -> None:
    def listening(*priorities: int) -> Environment:
        bff = environments["test"].services["bff"]
        listeners = (Listener(priority=one, hosts=("a.example",)) for one in priorities)
        services = {f"s{at}": replace(bff, listener=one) for at, one in enumerate(listeners)}
        return replace(environments["test"], services=services)

    def chosen(added: Environment) -> list[tuple[int, int]]:
        others = [listening(100, 102, 50_000)]
        return [(old, new) for _, old, _, new in taken_priorities(added, others)]

    assert chosen(listening(100, 102)) == [(100, 101), (102, 103)]
    assert chosen(listening(100, 101)) == [(100, 103)]
    assert chosen(listening(50_000)) == [(50_000, 1)]


def test_an_account_of_its_own_needs_no_other_priority(
    environments: dict[str, Environment],
) -> None:
    assert list(priorities(environments["dev"], [environments["test"]])) == []


def test_a_copy_that_would_not_load_is_not_written(shell: Shell) -> None:
    # An environment called "us": its name is also a word of the region.
    (shell.project / "params/test.toml").rename(shell.project / "params/us.toml")
    (shell.project / "templates/test").rename(shell.project / "templates/us")
    shell.said("render", "--all")
    before = files(shell)
    ran = add(shell, source="us")
    assert ran.code == 2
    assert "the settings of us do not hold under the name staging: nothing was written" in ran.err
    assert "region" in ran.err
    assert files(shell) == before


def test_a_template_that_was_never_rendered_is_asked_for_before_anything_is_written(
    shell: Shell,
) -> None:
    shell.template("prod").unlink()
    before = files(shell)
    ran = add(shell)
    assert ran.code == 2
    assert "Render it first: bidops-cfn render --all" in ran.err
    assert files(shell) == before


def test_a_name_is_replaced_in_strings_and_comments_and_only_as_a_word() -> None:
    text = (
        "# Settings of bff.\n"
        "[services.bff] # of bff\n"
        'path = "/bidopsai/bff/bff-2"\n'
        "bff = 'bff.example'\n"
        'words = "bffs xbff \\"bff\\""\n'
    )
    assert copied(text, "bff", "web") == (
        "# Settings of web.\n"
        "[services.bff] # of web\n"
        'path = "/bidopsai/web/web-2"\n'
        "bff = 'web.example'\n"
        'words = "bffs xbff \\"web\\""\n'
    )


def test_renamed_and_shared_settings_are_told_apart_by_key_path() -> None:
    old = tomllib.loads('account_id = "1"\nregion = "r"\n[imports.network]\nVpcId = "vpc-old"\n')
    new = tomllib.loads('account_id = "1"\nregion = "r"\n[imports.network]\nVpcId = "vpc-new"\n')
    assert renamed(old, new) == {"imports.network.VpcId": "vpc-new"}
    assert shared(old, new, SHAPE) == {"account_id": "1"}
    assert shared(new, new, SHAPE) == {"account_id": "1", "imports.network.VpcId": "vpc-new"}
