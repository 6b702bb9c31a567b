"""The life of a stack in a real account: created, repeated, changed, broken, deleted.

Each step is a command of the tool, typed as a person types it, and has a verdict. A step that needs
an earlier one to hold is a doubt when that one did not. Whatever happens, the stack that the
acceptance created and the images that it tagged are taken away again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bidops_cfn.deploy.target import REPOSITORY_URI
from bidops_cfn.permissions.place import Place
from bidops_cfn.settings.references import Export
from bidops_cfn.settings.services import SERVICES
from tests.aws import broken_image
from tests.aws.broken_image import Where
from tests.aws.facts import QUESTIONS, Account, settle
from tests.aws.steps import Ran, Run, Step, Verdict, doubt, expect

CREATED = "The stack is created"
REPEATED = "A second deployment changes nothing"
CHANGED = "A new image rolls out"
BROKEN = "An image that cannot start is rolled back, and the cause stands on the screen"
RESTORED = "After the rollback the old image runs"
DESTROYED = "The stack is deleted, and nothing of it is left"
ROLLED_BACK = "UPDATE_ROLLBACK_COMPLETE"
TIDIED = "The images of the acceptance are taken away"


@dataclass(frozen=True)
class Acceptance:
    """Where it happens: ``run`` types a command, ``client`` returns a boto3 client of a service.

    ``images`` are the tags to begin with, by service name; the newest of each repository otherwise.
    ``local`` says that the endpoint is not AWS's.
    """

    place: Place
    run: Run
    client: Callable[[str], Any]
    images: Mapping[str, str]
    local: bool = False

    @property
    def stack(self) -> str:
        return self.place.stack

    def play(self, report: Callable[[Step], None]) -> None:
        """Do every step and ``report`` it as it ends; what was made is always taken away."""
        reason = self.refuse()
        if reason:
            report(Step(CREATED, Verdict.FAILS, reason))
            return
        report(self.validate())
        try:
            repositories = self.find_repositories()
            images = {
                name: self.images.get(name)
                or broken_image.find_newest(self.client("ecr"), repositories[name])
                for name in repositories
            }
        except (BotoCoreError, ClientError, LookupError) as error:
            report(Step(CREATED, Verdict.FAILS, f"no image to begin with: {error}"))
            return
        try:
            for step in self.live(images, repositories):
                report(step)
        finally:
            for step in self.leave(repositories):
                report(step)

    def refuse(self) -> str:
        """Return why nothing may be done here, or "": another account, a stack in use."""
        one = self.place.environment
        account = self.client("sts").get_caller_identity()["Account"]
        if account != one.account_id:
            return f"the credentials are of another account than params/{one.name}.toml names"
        if one.deploy.termination_protection:
            return f"{one.name} has termination protection: it is not made to be deleted"
        if self.find_stack():
            return f"{self.stack} stands already: the acceptance would delete it at the end"
        return ""

    def find_stack(self) -> dict[str, Any]:
        """Return the stack as it is described, or nothing."""
        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return {}
            raise
        return dict(found[0])

    def validate(self) -> Step:
        """Let CloudFormation read the template."""
        claim = "CloudFormation accepts the committed template"
        text = json.dumps(self.place.template, separators=(",", ":"))
        try:
            answer = self.client("cloudformation").validate_template(TemplateBody=text)
        except ClientError as error:
            return Step(claim, Verdict.FAILS, str(error))
        needed = ", ".join(answer.get("Capabilities", []))
        return Step(claim, Verdict.HOLDS, f"capabilities: {needed or 'none named'}")

    def find_repositories(self) -> dict[str, Where]:
        """Return each service's repository, from the exports."""
        pages = self.client("cloudformation").get_paginator("list_exports").paginate()
        exports = {one["Name"]: one["Value"] for page in pages for one in page["Exports"]}
        found: dict[str, Where] = {}
        for service in SERVICES:
            (reference,) = self.place.environment.references(service.repository.value)
            name = reference.name if isinstance(reference, Export) else reference.source
            match = REPOSITORY_URI.fullmatch(exports.get(name, ""))
            if match is None:
                raise LookupError(f"the export {name} is no repository: do the other stacks stand?")
            found[service.name] = {
                "registryId": match["registry"],
                "repositoryName": match["name"],
            }
        return found

    def live(self, images: Mapping[str, str], repositories: Mapping[str, Where]) -> Iterator[Step]:
        """Yield the steps while the stack stands."""
        environment = ("--env", self.place.environment.name)
        options = [f"--image={name}={tag}" for name, tag in images.items()]
        yield expect("Preflight finds nothing", self.run("preflight", *environment, *options), 0)
        created = expect(
            CREATED, self.run("deploy", *environment, *options, "--yes"), 0, "Deployed:"
        )
        yield created
        if created.verdict is not Verdict.HOLDS:
            for claim in (REPEATED, CHANGED, BROKEN, RESTORED, *QUESTIONS):
                yield doubt(claim, "the stack was not created")
            return
        yield expect(REPEATED, self.run("deploy", *environment, "--yes"), 0, "No changes:")
        yield from self.change(images, repositories)
        yield from self.settle()

    def change(
        self, images: Mapping[str, str], repositories: Mapping[str, Where]
    ) -> Iterator[Step]:
        """Yield what a new image and a broken one do; both belong to the public service."""
        environment = ("--env", self.place.environment.name)
        ecr, where = self.client("ecr"), repositories["bff"]
        try:
            broken_image.tag_twin(ecr, where, images["bff"])
            twin = self.run("deploy", *environment, f"--image=bff={broken_image.TWIN}", "--yes")
            yield expect(CHANGED, twin, 0, "Deployed:")
        except (BotoCoreError, ClientError, LookupError) as error:
            yield doubt(CHANGED, f"no second tag could be put on the image: {error}")
        try:
            broken_image.push_broken(ecr, where)
        except (AttributeError, BotoCoreError, ClientError) as error:
            for claim in (BROKEN, RESTORED):
                yield doubt(claim, f"the broken image could not be pushed: {error}")
            return
        broken = self.run("deploy", *environment, f"--image=bff={broken_image.BROKEN}", "--yes")
        yield expect(BROKEN, broken, 1, "was rolled back", "BffService", "stopped")
        yield self.look_back(self.run("status", *environment))

    def look_back(self, status: Ran) -> Step:
        """Return whether the stack is well, rolled back, and has not the broken image."""
        step = expect(RESTORED, status, 0)
        stack = self.find_stack()
        images = [one["ParameterValue"] for one in stack.get("Parameters", ())]
        if step.verdict is Verdict.HOLDS and stack.get("StackStatus") != ROLLED_BACK:
            return replace(step, verdict=Verdict.FAILS, why=f"it is {stack.get('StackStatus')}")
        if step.verdict is Verdict.HOLDS and f":{broken_image.BROKEN}" in images:
            return replace(step, verdict=Verdict.FAILS, why="the stack has the broken image")
        return step

    def settle(self) -> Iterator[Step]:
        """Yield the answers that only an account can give."""
        if self.local:
            for claim in QUESTIONS:
                yield doubt(claim, "the endpoint is not AWS's")
            return
        client = self.client("cloudformation")
        pages = client.get_paginator("list_stack_resources").paginate(StackName=self.stack)
        physical = {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
        }
        events = client.get_paginator("describe_stack_events").paginate(StackName=self.stack)
        reasons = [
            event["ResourceStatusReason"]
            for page in events
            for event in page["StackEvents"]
            if event.get("ResourceStatusReason")
        ]
        yield from settle(Account(self.client, self.place, physical, tuple(reasons)))

    def leave(self, repositories: Mapping[str, Where]) -> list[Step]:
        """Delete the stack, untag the images, and return how that went."""
        if self.find_stack():
            gone = self.run("destroy", "--env", self.place.environment.name, "--yes")
            step = expect(DESTROYED, gone, 0, "Destroyed:")
            if step.verdict is Verdict.HOLDS and self.find_stack():
                step = Step(DESTROYED, Verdict.FAILS, "CloudFormation still describes the stack")
        else:
            step = doubt(DESTROYED, "there is no stack to delete")
        why = broken_image.take_away(self.client("ecr"), repositories["bff"])
        tidied = Step(TIDIED, Verdict.FAILS if why else Verdict.HOLDS, why or "by their tags")
        return [step, tidied]
