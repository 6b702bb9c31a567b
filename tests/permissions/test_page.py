from __future__ import annotations

from bidops_cfn.permissions.page import write_committed
from tests.conftest import REPOSITORY


def test_the_page_is_what_the_decisions_say() -> None:
    written = (REPOSITORY / "docs" / "deploy-permissions.md").read_text(encoding="utf-8")
    assert written == write_committed(REPOSITORY), "write it anew: make docs"
