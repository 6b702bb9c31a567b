"""Environments that share an account and other stacks: what both cannot have is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.errors import SettingsError
from bidops_cfn.settings import load
from tests.settings_files import edit, problems

SHARED = ('pattern = "bidopsai-{environment}-{stack}-{output}"', 'pattern = "{stack}-{output}"')
HERE = ('account_id = "222222222222"', 'account_id = "111111111111"')


def beside(project: Path, *changes: tuple[str, str]) -> None:
    """Put test into the account of dev, both with neighbours whose names name no environment."""
    edit(project, SHARED)
    edit(project, SHARED, HERE, *changes, name="test")


def collisions(project: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load.load_all(project / "params", ("dev", "test"))
    assert caught.value.exit_code == 2
    return list(caught.value.details)


def test_environments_share_an_account_and_its_neighbours(project: Path) -> None:
    beside(project, ("priority = 100", "priority = 200"))
    dev, test = load.load_all(project / "params", ("dev", "test"))
    assert dev.account_id == test.account_id
    assert dev.imports == test.imports


@pytest.mark.parametrize(
    ("change", "key", "found"),
    [
        (
            ('# stack_name = "bidopsai-test-compute"', 'stack_name = "bidopsai-dev-compute"'),
            "stack_name",
            (
                '"bidopsai-dev-compute", which dev has too, in 111111111111 and us-east-1; '
                "allowed: another name"
            ),
        ),
        (
            ('namespace = "test.', 'namespace = "dev.'),
            "discovery.namespace",
            (
                '"dev.bidopsai.internal", which dev has too, in 111111111111 and us-east-1, '
                "in the same VPC; allowed: another name"
            ),
        ),
        (
            ("priority = 100", "priority = 100"),
            "services.bff.listener.priority",
            (
                "100, which dev has too, in 111111111111 and us-east-1, on the same listener; "
                "allowed: another priority"
            ),
        ),
    ],
)
def test_a_collision_is_refused_with_both_names(
    project: Path, change: tuple[str, str], key: str, found: str
) -> None:
    others = [] if "priority" in change[0] else [("priority = 100", "priority = 200")]
    beside(project, change, *others)
    (one,) = [one for one in collisions(project) if one.startswith("params/test.toml")]
    assert one.endswith(f"{key}: found {found}")


def test_neighbours_of_their_own_collide_in_nothing(project: Path) -> None:
    edit(project, HERE, name="test")
    assert len(load.load_all(project / "params", ("dev", "test"))) == 2


def test_a_stack_of_another_name_imports_nothing_from_itself(project: Path) -> None:
    itself = '[imports.network]\nVpcId = { stack = "mine", output = "VpcId" }\n[services.bff]'
    named = ('# stack_name = "bidopsai-dev-compute"', 'stack_name = "mine"')
    edit(project, named, ("[services.bff]", itself))
    assert problems(project) == (
        (
            'params/dev.toml: imports.network.VpcId.stack: found "mine", this stack itself; '
            "allowed: another stack"
        ),
    )
