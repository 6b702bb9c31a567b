"""The commands of a page do what it shows, after the changes to the tool that it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.console import hold_page
from tests.docs.page import name, pages


@pytest.mark.parametrize("page", pages("code"), ids=name)
def test_the_commands_of_a_page_do_what_it_shows(page: Path, copy: Path) -> None:
    hold_page(page, copy, {})
