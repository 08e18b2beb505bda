"""The turns of a session: what a person said, and all that happened until they spoke again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kit.harnesses.event import OTHER, USAGE, USER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kit.harnesses.event import Event

#: Events of one turn that are kept; the others are counted.
MOST_EVENTS = 2000


@dataclass
class Turn:
    """One turn, counted from 1: its lines, and its events; `more` are those beyond MOST_EVENTS.

    Turn 0 is what stands before the first word of a person.
    """

    number: int
    first: int
    last: int
    at: str = ""
    events: list[Event] = field(default_factory=list)
    more: int = 0


def turns(events: Iterable[Event]) -> Iterator[Turn]:
    """Yields the turns in order; usage and what kit does not know are left out of them."""
    turn: Turn | None = None
    number = 0
    for event in events:
        if event.kind in (USAGE, OTHER):
            continue
        is_spoken = event.kind == USER and not event.agent
        if turn is None or (is_spoken and event.line != turn.last):
            if turn:
                yield turn
            number += is_spoken
            turn = Turn(number, event.line, event.line, event.at)
        turn.last = event.line
        if len(turn.events) < MOST_EVENTS:
            turn.events.append(event)
        else:
            turn.more += 1
    if turn:
        yield turn
