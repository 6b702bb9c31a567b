"""The template under review: its facts, and the settings and contract that it is judged by.

Rules, proofs, reviews and comparisons that look at a template in its environment look at this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bidops_cfn.errors import SettingsError
from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Resource
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.played_parts import PlayedParts, played_parts
from bidops_cfn.facts.reading import Facts, Reading
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part


@dataclass(frozen=True, eq=False)
class ReadingUnderReview:
    """One reading of a template, with everything that it is judged by."""

    reading: Reading
    parts: PlayedParts
    environment: str
    contract: Contract
    known_settings: Environment | None

    @property
    def services(self) -> tuple[Service, ...]:
        """The specified services."""
        return tuple(self.reading.specified)

    @property
    def settings(self) -> Environment:
        """The environment's settings; rules that ask for them are not run without."""
        if self.known_settings is None:
            raise LookupError("a rule that needs settings is marked so")
        return self.known_settings

    def concrete(self, value: object) -> object:
        """Return canonical ``value`` with account, region and partition as settings have them."""
        known = {
            "AWS::AccountId": self.settings.account_id,
            "AWS::Partition": self.settings.partition,
            "AWS::Region": self.settings.region,
            "AWS::URLSuffix": "amazonaws.com"
            + (".cn" if self.settings.partition == "aws-cn" else ""),
        }
        return symbols.with_known(symbols.canonical(value), known)

    def one(self, service: Service, part: Part) -> Resource | None:
        """Return the resource that plays ``part`` for ``service``; None where there is none."""
        return self.parts.one(service.name, part)

    def callers(self, service: Service) -> tuple[Service, ...]:
        """Return the services that may call ``service``."""
        return tuple(other for other in self.services if other.name in service.callers)

    def callees(self, service: Service) -> tuple[Service, ...]:
        """Return the services that ``service`` may call."""
        return tuple(other for other in self.services if service.name in other.callers)

    def id(self, service: Service, part: Part) -> str:
        """Return the logical id of what plays ``part`` for ``service``; empty for nothing."""
        return self.parts.id(service.name, part)


@dataclass(frozen=True)
class TemplateUnderReview:
    """A template and its environment; ``problem`` says why there are no settings, if so.

    ``refused`` is set where there are, and they are wrong: then no template can be judged by them.
    """

    template: Mapping[str, object]
    facts: Facts
    environment: str
    settings: Environment | None
    problem: str = ""
    file: Path | None = None
    asked: str = ""
    refused: SettingsError | None = None

    @cached_property
    def contract(self) -> Contract:
        """The contract's values under the names that the environment gives them."""
        if self.settings is None:
            return Contract(self.environment)
        lists = frozenset({self.settings.network.s3_prefix_list_id})
        return Contract(self.environment, self.settings.imports, lists)

    @cached_property
    def readings(self) -> tuple[ReadingUnderReview, ...]:
        """Every reading of the template, with what it is judged by."""
        return tuple(
            ReadingUnderReview(
                reading, played_parts(reading), self.environment, self.contract, self.settings
            )
            for reading in self.facts.readings
        )

    def of(self, reading: Reading) -> ReadingUnderReview:
        """Return one of the readings with all that it is judged by."""
        return next(one for one in self.readings if one.reading is reading)
