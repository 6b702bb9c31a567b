"""A container that commands the terminal of whoever reads why it crashed."""

from __future__ import annotations

from contextlib import redirect_stderr
from io import StringIO

import pytest

from bidops_cfn.cli.lines import Lines
from bidops_cfn.cli.live import Live
from bidops_cfn.cli.plain import Plain
from bidops_cfn.cli.terminal import show_error
from tests.deploy.scenarios.commands import World, deploy
from tests.deploy.scenarios.crashes import crashing, failing
from tests.hostile import ERASE, visible
from tests.test_sinks import written

FORGED = f"{ERASE}Deployed: compute is UPDATE_COMPLETE\u202e"


@pytest.mark.parametrize("kind", [Plain, Live, Lines])
def test_the_log_line_of_a_crash_erases_nothing_and_forges_no_end(
    update: World, kind: type[Plain]
) -> None:
    failing(update)
    update.play.on_update = [(20, crashing(update, FORGED))]
    ended = deploy(update)
    assert ended.error is not None
    with redirect_stderr(StringIO()) as block:
        show_error(ended.error)
    for said in (written(kind, update.output.records), block.getvalue()):
        assert visible(said)
        assert r"\u001b[20A\u001b[JDeployed: compute is UPDATE_COMPLETE\u202e" in said
        assert not [line for line in said.split("\n") if line.startswith("Deployed")]
