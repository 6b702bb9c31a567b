"""The transcript: everything that was said, and nothing that is secret."""

from __future__ import annotations

from bidops_cfn.settings.environment import Environment
from tests.aws.step import Ran, Verdict, expect
from tests.aws.transcript import mask, write_transcript

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def test_nothing_secret_stands_in_a_transcript(dev: Environment) -> None:
    variables = {"AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": "FwoGZXIvYXdz"}
    said = (
        f"account 111111111111 in us-east-1, as assumed-role/Admin/jane.doe\n{SECRET}\nFwoGZXIvYXdz"
        "\narn:aws:iam::222222222222:role/x AKIAIOSFODNN7EXAMPLE"
    )
    ran = Ran("bidops-cfn preflight", 0, said)
    text = write_transcript(dev, [expect("Preflight", ran, 0)], variables)
    for secret in ("1111", "2222", "jane", SECRET, "FwoG", "AKIA"):
        assert secret not in text, secret
    assert "account <account> in us-east-1, as assumed-role/<caller>" in text


def test_digests_and_times_are_no_account_numbers() -> None:
    text = "sha256:1234567890123456 at 20260101T000000Z"
    assert mask(text, {}) == text


def test_a_step_needs_its_exit_code_and_its_words() -> None:
    ran = Ran("deploy", 0, "Deployed:\n  stack")
    assert expect("it", ran, 0, "Deployed: stack").verdict is Verdict.HOLDS
    assert expect("it", ran, 0, "No changes").why == "it does not say 'No changes'"
    assert expect("it", ran, 1).why == "exit code 0, expected 1"
