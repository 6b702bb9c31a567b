"""Another environment's template as if it were of ours: names that differ by nature made equal.

Export names become keys of the contract; accounts, namespaces, hosts, configuration paths, Bedrock
ids and the environment's own name become what they stand for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bidops_cfn.facts.document import mapping
from bidops_cfn.review.environments import stand_ins
from bidops_cfn.review.names import Names
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import IMPORT, Constant, Export, read_expression


def renamed(template: Mapping[str, object], environment: Environment) -> Mapping[str, object]:
    """Return ``template``, which is of ``environment``, with its names replaced."""
    found = _renamed(template, Names.of(environment), stand_ins(environment))
    return mapping(found)


def _renamed(value: object, names: Names, named: Callable[[str], str]) -> object:
    reference = Constant(value) if isinstance(value, str) else read_expression(value)
    if reference is not None and (reference in names.values or isinstance(reference, Export)):
        return {IMPORT: names.title(reference)}
    if isinstance(value, Mapping):
        return {str(key): _renamed(item, names, named) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names, named) for item in value]
    return named(value) if isinstance(value, str) else value
