"""House rules: what a template of this stack must and must not say, as cfn-lint rules.

A file per topic: what only states values is a table (``_values``), what demands a proof stands in
``proofs``. They work in cfn-lint without the rest of this package::

    cfn-lint -a bidops_cfn/rules -- templates/*/compute.json

A rule is pure: it compares the facts of a template (``bidops_cfn.facts``) with the specification,
the settings of its environment, and the reviewed lists of ``bidops_cfn.spec``. Modules that begin
with an underscore are what the rules share; cfn-lint does not take them for rules.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

from bidops_cfn.spec.doubts import regional
from bidops_cfn.spec.flows import reviewed_flows
from bidops_cfn.spec.parts import reviewed_services
from bidops_cfn.spec.permissions import allow_list

if TYPE_CHECKING:
    from bidops_cfn.rules._house_rule import HouseRule


@cache
def house_rules() -> tuple[HouseRule, ...]:
    """Return one instance of every house rule, by id.

    Raises ``UsageError`` where a reviewed list, which they judge by, is wrong.
    """
    for reviewed in (allow_list, reviewed_flows, reviewed_services, regional):
        reviewed()
    from bidops_cfn.rules._allow_list import check_actions  # noqa: PLC0415 - large data
    from bidops_cfn.rules._house_rule import HouseRule  # noqa: PLC0415 - imports cfn-lint

    check_actions()

    found = {
        item.id: item()
        for module in _modules()
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, HouseRule) and item.id
    }
    return tuple(found[rule_id] for rule_id in sorted(found))


def _modules() -> Iterator[ModuleType]:
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            yield importlib.import_module(f"{__name__}.{module.name}")
