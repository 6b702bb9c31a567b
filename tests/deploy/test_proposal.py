"""How the template is sent: as reviewed, compact, or through a bucket."""

from __future__ import annotations

import json
from typing import Any

from bidops_cfn.deploy.calls import Call
from tests.deploy.scripted.world import World

BOTH = {"bff": ":1.4.2", "agentcore": ":2.0.0"}


def request(world: World) -> dict[str, Any]:
    """The last change set that was asked for."""
    return world.made(Call.CREATE_CHANGE_SET)[-1]


def test_a_template_too_big_for_a_request_goes_through_the_bucket(world: World) -> None:
    def swell(document: dict[str, Any]) -> None:
        document["Metadata"]["Padding"] = "x" * 60_000

    world.edit(swell)
    world.images = BOTH
    world.expect(world.deploy(), 3, "--s3-bucket NAME")
    world.bucket = "templates"
    world.expect(world.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert request(world)["TemplateURL"].startswith("https://templates.s3.us-east-1.amazonaws.com/")
    assert world.target.sha256 in request(world)["TemplateURL"]


def test_a_template_that_only_fits_without_white_space_is_sent_so(world: World) -> None:
    def swell(document: dict[str, Any]) -> None:
        document["Metadata"]["Padding"] = [""] * 2_000

    world.edit(swell)
    assert len(world.text.encode()) > 51_200
    world.images = BOTH
    world.expect(world.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert json.loads(request(world)["TemplateBody"]) == json.loads(world.text)
    world.expect(world.deploy(), 0, "is what templates/dev/compute.json says", executed=1)
