"""What is read of an answer, by a path that names what the call names."""

from __future__ import annotations

from runtime.fixes.calls import Read
from tests.unit.fixes.answers import Answers

USERS = Read(
    call="test:ListBoxes",
    by={},
    at="Boxes[?Group == ${group}].Name",
    keep={"users": "@"},
)
BOXES = {
    "Boxes": [
        {"Name": "red", "Group": "a"},
        {"Name": "blue", "Group": "b"},
        {"Name": "green", "Group": "x' || `1` == `1"},
    ]
}


def _users(group: str) -> object:
    return USERS.state(Answers({"test:ListBoxes": BOXES}), {"group": group})["users"]


def test_a_path_finds_what_is_called_as_the_part_of_the_state_that_it_names() -> None:
    assert _users("b") == ["blue"]


def test_a_name_with_a_quote_in_it_is_only_a_name() -> None:
    assert _users("x' || `1` == `1") == ["green"]
    assert _users("\\") == []
