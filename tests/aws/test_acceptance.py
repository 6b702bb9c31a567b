"""The acceptance's own logic: played against the sandbox, and against commands that end badly."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bidops_cfn.permissions.place import Place
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox.server import Sandbox
from tests.aws import acceptance as claims
from tests.aws import broken_image
from tests.aws.acceptance import Acceptance
from tests.aws.facts import QUESTIONS
from tests.aws.steps import Ran, Step, Verdict, failing, timed, write_transcript
from tests.permissions.places import place_of
from tests.process.command import COMMAND, run_with
from tests.sandbox.account import Account, account


@pytest.fixture(scope="module")
def held(dev: Environment) -> Iterator[Account]:
    with Sandbox([dev]) as sandbox, account(sandbox, dev) as found:
        yield found


def typed(held: Account) -> Callable[..., Ran]:
    """Type commands in the account of ``held``."""

    def run(*arguments: str) -> Ran:
        def call() -> tuple[int, str]:
            ended = run_with(held.variables, *COMMAND, *arguments)
            return ended.returncode, ended.stdout + ended.stderr

        return timed(call, shlex.join(["bidops-cfn", *arguments]))

    return run


def play(acceptance: Acceptance) -> dict[str, Step]:
    steps: list[Step] = []
    acceptance.play(steps.append)
    assert len({one.claim for one in steps}) == len(steps)
    return {one.claim: one for one in steps}


@pytest.fixture(scope="module")
def played(held: Account, dev: Environment) -> dict[str, Step]:
    """Everything, against the sandbox."""
    return play(Acceptance(place_of(dev), typed(held), held.client, {}, local=True))


def test_what_a_sandbox_can_show_holds(played: Mapping[str, Step]) -> None:
    for claim in (
        "CloudFormation accepts the committed template",
        "Preflight finds nothing",
        claims.CREATED,
        claims.REPEATED,
        claims.CHANGED,
        claims.DESTROYED,
        claims.TIDIED,
    ):
        assert played[claim].verdict is Verdict.HOLDS, played[claim]


def test_what_a_sandbox_cannot_show_is_never_said_to_hold(played: Mapping[str, Step]) -> None:
    for claim in (claims.BROKEN, claims.RESTORED, *QUESTIONS):
        assert played[claim].verdict is not Verdict.HOLDS, played[claim]


def test_nothing_is_left_behind(
    played: Mapping[str, Step], held: Account, dev: Environment
) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        held.stack(dev.stack_name)
    images = held.client("ecr").describe_images(repositoryName="bidopsai/app")["imageDetails"]
    tags = {tag for image in images for tag in image.get("imageTags", [])}
    assert not tags & {broken_image.TWIN, broken_image.BROKEN}


def test_a_transcript_of_it_names_no_account(played: Mapping[str, Step], dev: Environment) -> None:
    variables = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    text = write_transcript(dev, list(played.values()), variables)
    assert dev.account_id not in text
    assert "nothing below is about AWS" in text
    assert f"| {claims.CREATED} | holds | exit code 0 |" in text
    assert "$ bidops-cfn deploy --env dev" in text


# without any AWS


@dataclass
class Script:
    """Commands that end as they are told, and an account of a few answers."""

    account: str = "111111111111"
    stands: bool = False
    status: str = "UPDATE_ROLLBACK_COMPLETE"
    image: str = ":1.1.0"
    codes: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)

    def run(self, *arguments: str) -> Ran:
        line = shlex.join(arguments)
        self.typed.append(line)
        if arguments[0] == "deploy" and "broken" not in line:
            self.stands = True
        if arguments[0] == "destroy":
            self.stands = False
        found = [answer for text, answer in self.codes.items() if text in line]
        code, said = found[0] if found else (0, "Deployed: No changes: Destroyed:")
        return Ran(line, code, said)

    def client(self, service: str) -> Any:
        return Client(self, service)


class Paginator:
    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = pages

    def paginate(self, **_: Any) -> tuple[dict[str, Any], ...]:
        return self.pages


class Client:
    """Answers of AWS as far as the acceptance asks."""

    class exceptions:  # noqa: N801 - boto3's name
        LayerAlreadyExistsException = ClientError
        ImageAlreadyExistsException = ClientError

    def __init__(self, script: Script, service: str) -> None:
        self.script = script
        self.service = service

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": self.script.account}

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        if not self.script.stands:
            raise error("ValidationError", "Stack with id x does not exist")
        parameters = [{"ParameterKey": "BffImage", "ParameterValue": self.script.image}]
        return {"Stacks": [{"StackStatus": self.script.status, "Parameters": parameters}]}

    def validate_template(self, **_: Any) -> dict[str, Any]:
        return {"Capabilities": ["CAPABILITY_IAM"]}

    def get_paginator(self, name: str) -> Paginator:
        uri = "111111111111.dkr.ecr.us-east-1.amazonaws.com/bidopsai"
        outputs = [one.repository.value.output for one in SERVICES]
        exports = [
            {"Name": f"bidopsai-dev-storage-{one}", "Value": f"{uri}/{one.lower()}"}
            for one in outputs
        ]
        images = [
            {"imagePushedAt": f"2026-01-0{day}", "imageTags": [tag]}
            for day, tag in enumerate(("1.0.0", "1.1.0", "latest"), 1)
        ]
        resources = [{"LogicalResourceId": "Cluster", "PhysicalResourceId": "one"}]
        return {
            "list_exports": Paginator({"Exports": exports}),
            "describe_images": Paginator({"imageDetails": images}),
            "list_stack_resources": Paginator({"StackResourceSummaries": resources}),
            "describe_stack_events": Paginator({"StackEvents": []}),
        }[name]

    def batch_get_image(self, **_: Any) -> dict[str, Any]:
        return {"images": [{"imageManifest": "{}"}]}

    def initiate_layer_upload(self, **_: Any) -> dict[str, str]:
        return {"uploadId": "0"}

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        return lambda **_: {}


def error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Any")


def scripted(place: Place, script: Script) -> dict[str, Step]:
    return play(Acceptance(place, script.run, script.client, {}))


FAILED = "Error: the update failed and was rolled back: BffService ... task 1 stopped [Essential"
GOOD = {"broken": (1, FAILED)}


def test_everything_holds_where_an_account_does_what_is_claimed(place: Place) -> None:
    script = Script(codes=GOOD)
    steps = scripted(place, script)
    commands = [one for one in steps.values() if one.command]
    assert [one.claim for one in commands if one.verdict is not Verdict.HOLDS] == []
    assert [line.split()[0] for line in script.typed] == [
        "preflight", "deploy", "deploy", "deploy", "deploy", "status", "destroy",
    ]  # fmt: skip
    assert "--image=bff=1.1.0" in script.typed[0]


@pytest.mark.parametrize(
    ("text", "answer", "claim"),
    [
        ("broken", (0, "Deployed: all is well"), claims.BROKEN),
        ("broken", (1, "Error: the update failed and was rolled back"), claims.BROKEN),
        ("broken", (7, FAILED), claims.BROKEN),
        ("status", (1, "Attention"), claims.RESTORED),
        ("destroy", (5, "Error: DELETE_FAILED"), claims.DESTROYED),
        ("preflight", (3, "Error: preflight refused"), "Preflight finds nothing"),
    ],
)
def test_what_ends_otherwise_does_not_hold(
    text: str, answer: tuple[int, str], claim: str, place: Place
) -> None:
    steps = scripted(place, Script(codes={**GOOD, text: answer}))
    assert steps[claim].verdict is Verdict.FAILS
    assert any(line.startswith(claim) for line in failing(list(steps.values())))


@pytest.mark.parametrize(
    "script",
    [Script(status="UPDATE_COMPLETE"), Script(image=f":{broken_image.BROKEN}")],
    ids=["not rolled back", "broken image"],
)
def test_a_stack_that_kept_the_broken_image_is_not_restored(script: Script, place: Place) -> None:
    steps = scripted(place, replace(script, codes=GOOD, typed=[]))
    assert steps[claims.RESTORED].verdict is Verdict.FAILS


def test_a_stack_that_was_not_created_leaves_doubts_and_is_deleted(place: Place) -> None:
    script = Script(codes={"deploy": (1, "Error: the creation failed")})
    steps = scripted(place, script)
    assert steps[claims.CREATED].verdict is Verdict.FAILS
    for claim in (claims.REPEATED, claims.CHANGED, claims.BROKEN, claims.RESTORED, *QUESTIONS):
        assert steps[claim].verdict is Verdict.UNKNOWN
    assert script.typed[-1].startswith("destroy")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (Script(account="222222222222"), "another account"),
        (Script(stands=True), "stands already"),
    ],
    ids=["account", "stack in use"],
)
def test_nothing_is_typed_where_it_would_do_harm(script: Script, why: str, place: Place) -> None:
    steps = scripted(place, script)
    assert why in steps[claims.CREATED].why
    assert failing(list(steps.values()))
    assert script.typed == []


def test_a_protected_environment_is_left_alone(prod: Environment) -> None:
    script = Script(account=prod.account_id)
    steps = play(Acceptance(place_of(prod), script.run, script.client, {}))
    assert "termination protection" in steps[claims.CREATED].why
    assert script.typed == []


def test_what_was_made_is_taken_away_when_a_person_interrupts(place: Place) -> None:
    script = Script()

    def run(*arguments: str) -> Ran:
        if len(script.typed) == 2:
            script.typed.append("interrupted")
            raise KeyboardInterrupt
        return script.run(*arguments)

    steps: list[Step] = []
    with pytest.raises(KeyboardInterrupt):
        Acceptance(place, run, script.client, {}).play(steps.append)
    assert script.typed[-1].startswith("destroy")
    assert {one.claim for one in steps} >= {claims.DESTROYED, claims.TIDIED}
