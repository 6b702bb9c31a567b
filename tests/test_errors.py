from __future__ import annotations

import pytest

from bidops_cfn import errors
from bidops_cfn.errors import BidopsCfnError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.CheckFailed, 1),
        (errors.UsageError, 2),
        (errors.SettingsError, 2),
        (errors.GuardRefused, 3),
        (errors.ChangeSetFailed, 4),
        (errors.StackNeedsHuman, 5),
        (errors.StackBusy, 6),
        (errors.StillRunning, 7),
        (errors.Declined, 8),
        (errors.Interrupted, 130),
    ],
)
def test_each_error_has_the_exit_code_that_is_documented(
    error: type[BidopsCfnError], code: int
) -> None:
    assert error("what").exit_code == code


def test_an_error_reads_what_and_why() -> None:
    error = BidopsCfnError("this happened", "because", hint="Do that.", details=["one"])
    assert str(error) == "this happened: because"
    assert (error.hint, error.details) == ("Do that.", ("one",))
    assert str(BidopsCfnError("this happened")) == "this happened"
