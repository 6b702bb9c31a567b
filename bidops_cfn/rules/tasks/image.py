"""E9205: which image runs."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import descend
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._containers import container_properties, containers
from bidops_cfn.rules._expect import Mismatch, used_once
from bidops_cfn.rules._house_rule import HouseRule


class Image(HouseRule):
    """An image from elsewhere is code that was not reviewed, and latest never rolls out.

    The image is the repository's imported URI followed by a parameter of the service: a tag, a
    digest, or both. A literal tag would have to be rendered for every release; an unchanged
    reference means that nothing is deployed (SC-001).
    """

    id = "E9205"
    shortdesc = "Each image comes from the service's repository, with a reference of its own"
    source_url = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html"
    requirements = ("FR-011", "FR-048", "SC-001")
    fix = (
        "In bidops_cfn/compute/task_definitions.py, join the imported repository URI and the "
        "service's image parameter"
    )
    judges = container_properties("Image")

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare the image of each service."""
        users: dict[Path, str] = {}
        for service, container in containers(case):
            path = (*container.path, "Image")
            image = container.definition.get("Image")
            parts = symbols.parts_of(image)
            repository = case.contract.one(service.repository.value)
            reference = symbols.text(descend(parts, 1, symbols.REF))
            declared = case.reading.document.section("Parameters")
            if len(parts) != 2 or parts[0] != repository or reference not in declared:
                shown = symbols.show(image)
                wanted = symbols.show(repository)
                text = f"is {shown}, must be {wanted} followed by the image parameter"
                yield Mismatch(path, text)
            else:
                users[path] = str(reference)
        yield from used_once(users)
