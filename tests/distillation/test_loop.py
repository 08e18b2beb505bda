"""Loops: which are found, and what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.distillation import loop
from kit.harnesses import event as kinds
from kit.harnesses.event import Event
from tests.distillation import told
from tests.distillation.stories import LOOPING
from tests.distillation.transcript import Edits, Reads, Runs, User

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NamedTuple

A, B, C = (Reads(name, f"text of {name}") for name in ("a", "b", "c"))
FAILS = Runs("make", "make: *** [Makefile:3: all] Error 1", 2)


def found(story: Sequence[NamedTuple], **settings: int) -> list[tuple[str, int]]:
    return [(each.kind, each.times) for each in loop.find(told.events(story), **settings)]


@pytest.mark.parametrize(
    ("story", "loops"),
    [
        ((A, A, A), [("straight", 3)]),
        ((A, B, A, B), [("ping-pong", 2)]),
        ((A, B, A, B, A, B, A), [("ping-pong", 3)]),
        ((A, B, C, A), [("duplicate", 2)]),
        ((FAILS, A, FAILS, B, FAILS), [("duplicate", 3), ("error", 3)]),
        ((A, A), [("duplicate", 2)]),
        ((A, B, C), []),
        ((A, Edits("x", "1", "2"), A), []),
        ((A, User("Again, please."), A, User("And again."), A), []),
        ((Runs("date", "1"), B, Runs("date", "2"), C), []),
        ((), []),
    ],
)
def test_a_loop_is_found_for_what_it_is(story: Sequence[NamedTuple], loops: list[tuple[str, int]]) -> None:
    assert found(story) == loops


def test_the_same_failure_after_different_calls_is_an_error_loop() -> None:
    story = (Runs("pytest -q a.py:11", "E   KeyError: 'x' at 0x7f00\n1 failed in 0.11s", 1), Edits("a", "b", "c"),
             Runs("pytest -vv", "E   KeyError: 'x' at 0x8e11\n1 failed in 0.31s", 1), Edits("a", "c", "d"),
             Runs("pytest", "E   KeyError: 'x' at 0x9d22\n1 failed in 0.51s", 1))  # fmt: skip
    (only,) = loop.find(told.events(story))
    assert (only.kind, only.times, only.what) == ("error", 3, "KeyError: 'x' at 0x7f00")
    assert only.is_open


def test_what_lies_further_apart_than_the_window_is_no_loop() -> None:
    far = (A, *(Reads(f"x{number}", "") for number in range(6)), A)
    assert found(far, window=12) == [("duplicate", 2)]
    assert found(far, window=5) == []


def test_the_looping_session_shows_each_kind_with_its_lines() -> None:
    loops = loop.find(told.events(LOOPING))
    assert {each.kind for each in loops} == {"straight", "ping-pong", "duplicate", "error"}
    straight = next(each for each in loops if each.kind == "straight")
    assert straight.what == "npm test -- checkout"
    assert len(straight.lines) == 3
    assert all(each.digest.startswith("sha256:") for each in loops)


def test_two_agents_in_one_session_do_not_loop_together() -> None:
    events = [
        Event(kinds.CALL, at, tool="Read", call=str(at), input={"path": "a"}, agent=str(at % 3)) for at in range(6)
    ]
    assert loop.find(events) == []


def test_calls_without_ids_are_joined_to_their_results_in_order() -> None:
    events = []
    for at in range(3):
        events += [
            Event(kinds.CALL, at, tool="t", input={"n": at}),
            Event(kinds.RESULT, at, text="Error: x", is_error=True),
        ]
    assert [(each.kind, each.times) for each in loop.find(events)] == [("error", 3)]
