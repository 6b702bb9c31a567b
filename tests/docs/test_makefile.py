"""What ``make`` shows of a long installation."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.cli.running import REPOSITORY


@pytest.mark.parametrize(("terminal", "option"), [(True, ""), (False, "--quiet")])
def test_pip_is_silent_only_where_its_output_is_no_terminal(*, terminal: bool, option: str) -> None:
    ours, theirs = os.openpty()
    # These tests are run by make too, whose variables would make this one say what it enters.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    ran = subprocess.run(
        ["make", "--eval", "shown: ; @echo pip $(QUIET)", "shown"],
        cwd=REPOSITORY,
        env=alone,
        stdout=subprocess.PIPE,
        stderr=theirs if terminal else subprocess.PIPE,
        timeout=60,
        check=True,
    )
    os.close(ours)
    os.close(theirs)
    assert ran.stdout.decode().split() == ["pip", *option.split()]
