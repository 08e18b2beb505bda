"""Turns are counted as `kit session show` counts them, and told in few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.harnesses.event import ASSISTANT, CALL, OTHER, RESULT, USAGE, USER, Event
from kit.sessions import turns as whole
from kit.workflows import edits, turns
from tests.workflows.story import Writer, sessions

if TYPE_CHECKING:
    from collections.abc import Sequence


def odd() -> list[Event]:
    """Usage before the first word, two words on one line, a sub-agent's, and one that was rewound."""
    return [
        Event(USAGE, 1), Event(ASSISTANT, 2, text="hello"), Event(USER, 3, text="a"), Event(USER, 3, text="b"),
        Event(CALL, 4, tool="Task", call="c"), Event(USER, 5, text="sub", agent="s"), Event(OTHER, 6),
        Event(USER, 7, text="rewound", is_active=False), Event(USER, 8, text="again"), Event(RESULT, 9, call="c"),
    ]  # fmt: skip


@pytest.mark.parametrize("found", [odd(), *(list(each.events) for each in sessions()), []])
def test_they_are_those_of_the_session(found: Sequence[Event]) -> None:
    theirs = [(each.number, event) for each in whole.turns(found) for event in each.events]
    assert list(turns.numbered(found)) == theirs


def test_what_was_rewound_is_left_out_and_lines_stay_right() -> None:
    made = list(turns.turns(odd()))
    assert [(each.number, each.first, each.last, each.asked) for each in made] == [
        (0, 2, 2, ""), (1, 3, 5, "a"), (3, 8, 9, "again"),
    ]  # fmt: skip


def test_a_turn_of_any_length_is_looked_at_whole() -> None:
    made = Writer().ask(0, "much")
    for number in range(3000):
        made.shell(1 + number / 100, "true")
    (turn,) = turns.turns(made.edit(40, "last.py").found, cwd=made.cwd)
    assert (turn.calls, len(turn.steps), turn.writes[0].path) == (3001, turns.MAX_STEPS, "last.py")


@pytest.mark.parametrize(
    ("tool", "given", "files", "written"),
    [
        ("Edit", {"file_path": "a", "old_string": "gone", "new_string": "new"}, ("a",), "a\nnew"),
        ("MultiEdit", {"edits": [{"old_string": "gone", "new_string": "1"}, {"new_string": "2"}]}, ("a",), "1\n2"),
        ("apply_patch", "*** Begin Patch\n*** Update File: a\n-gone\n+new\n*** End Patch", ("a",), "new"),
        ("shell", {"command": ["sh", "x <<E\n*** Begin Patch\n-gone\n+new\n+++n"]}, ("a",), "sh\nnew\n++n"),
        ("write_file", {"path": "a", "content": "new"}, ("a",), "a\nnew"),
    ],
)  # fmt: skip
def test_an_edit_is_known_whatever_the_harness_calls_it(
    tool: str, given: dict[str, object] | str, files: tuple[str, ...], written: str
) -> None:
    event = Event(CALL, 1, tool=tool, input=given, files=files)
    assert edits.is_edit(event)
    assert edits.written(event) == written


@pytest.mark.parametrize("tool", ["Read", "Bash", "TodoWrite", "Grep", "write_stdin", "update_plan"])
def test_what_changes_no_file_is_no_edit(tool: str) -> None:
    assert not edits.is_edit(Event(CALL, 1, tool=tool, input={"file_path": "a"}, files=("a",)))


def test_a_path_is_below_the_folder_of_its_session_and_the_same_on_every_system() -> None:
    assert edits.relative("/a/b/./c.py", "/a/b/") == "c.py"
    assert edits.relative("C:\\a\\b\\c.py", "C:\\a") == "b/c.py"
    assert edits.relative("/other/c.py", "/a") == "/other/c.py"
    assert edits.is_same_file("/home/x/shop/src/a.py", "src/a.py")
    assert not edits.is_same_file("/home/x/shop/mysrc/a.py", "src/a.py")
