"""E9009: what the template takes from other stacks."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.contract import Imports as Contracted
from bidops_cfn.contract import key_import, secret_import, secrets_manager_import
from bidops_cfn.facts.document import Document
from bidops_cfn.facts.imports import import_uses
from bidops_cfn.rules._case import Case, World
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule


class ImportedValues(HouseRule):
    """Imports are the contract with the other stacks: all of it, and nothing beside it."""

    id = "E9009"
    shortdesc = "Imports are exactly those of the contract"
    description = (
        "NetworkStack, StorageStack and SecurityStack export values under names that the contract "
        "and the environment's settings give. Another name is another environment, or a value that "
        "nobody reviewed; CloudFormation takes literal names only."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "intrinsic-function-reference-importvalue.html"
    )
    requirements = ("FR-002", "FR-047", "FR-048", "FR-049")
    fix = "Import the contract's value; map exports with other names in params/<environment>.toml"
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the set of names."""
        expected = set(contract_names(world))
        used = list(import_uses(world.reading.document))
        for use in used:
            if use.name is None:
                yield Mismatch(use.path, "imports a name that is not literal")
            elif use.name not in expected:
                yield Mismatch(use.path, f"imports {use.name}, which is not in the contract")
        for name in sorted(expected - {use.name for use in used}):
            yield Mismatch(("Resources",), f"do not import {name}")

    def judge_case(self, judged: Case) -> Iterator[Mismatch]:
        """Find imports that no value comes out of: they bind the stack all the same."""
        if judged.worlds:
            written = import_uses(Document(judged.template))
            out = {
                use.name for world in judged.worlds for use in import_uses(world.reading.document)
            }
            expected = set(contract_names(judged.worlds[0]))
            for use in written:
                if use.name and use.name not in out | expected:
                    yield Mismatch(use.path, f"imports {use.name}, which is not in the contract")


def contract_names(world: World) -> Iterator[str]:
    """Yield the export name of every value that the environment imports."""
    settings = world.settings
    values = [member.value for member in Contracted]
    for service in settings.services.values():
        values += map(secret_import, service.secrets.values())
        values += map(secrets_manager_import, service.secrets_manager.values())
    values += map(key_import, settings.key_outputs)
    for value in values:
        yield from settings.export_names(value)
