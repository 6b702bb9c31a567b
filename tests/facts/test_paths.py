from __future__ import annotations

from bidops_cfn.facts.document import logical_id, pointer


def test_a_path_is_shown_as_a_json_pointer() -> None:
    assert pointer(()) == ""
    assert pointer(("Resources", "A/b", "~", 0)) == "/Resources/A~1b/~0/0"


def test_a_path_belongs_to_the_logical_id_that_it_lies_in() -> None:
    assert logical_id(("Resources", "A", "Properties", 1)) == "A"
    assert logical_id(("Outputs", "B")) == "B"
    assert logical_id(("Resources",)) == ""
    assert logical_id(("Metadata", "A")) == ""
