"""The commands of a page do what it shows, against a local AWS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.console import hold_page
from tests.docs.page import name, pages


@pytest.mark.parametrize("page", pages("sandbox"), ids=name)
def test_the_commands_of_a_page_do_what_it_shows(
    page: Path, copy: Path, sandbox: Mapping[str, str]
) -> None:
    hold_page(page, copy, sandbox)
