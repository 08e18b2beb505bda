"""A session's turns in few words: what was asked, what was done for it, which files were written, how it ended."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput
from kit.harnesses import event as kinds
from kit.records import times
from kit.workflows import edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kit.harnesses.event import Event

MAX_STEPS = 40  # of a turn that are kept; the rest is counted
MAX_FILES = 200


class Step(NamedTuple):
    """A call of a tool: when (seconds since the epoch, 0.0 where nothing tells), which, and in a few words what."""

    at: float
    tool: str
    text: str
    is_failed: bool = False


class Write(NamedTuple):
    """A file that a call wrote."""

    at: float
    path: str


class Turn(NamedTuple):
    """One turn as `kit session show` counts them; lines count from 1, times are in seconds since the epoch."""

    number: int
    first: int
    last: int
    at: float
    until: float
    asked: str
    answer: str
    calls: int
    failed: int
    steps: tuple[Step, ...]
    writes: tuple[Write, ...]


def numbered(found: Iterable[Event]) -> Iterator[tuple[int, Event]]:
    """Yields every event with the number of its turn, as `kit.sessions.turns` counts them, however long they are."""
    number, last = 0, 0
    for event in found:
        if event.kind in {kinds.USAGE, kinds.OTHER}:
            continue
        number += event.kind == kinds.USER and not event.agent and event.line != last
        last = event.line
        yield number, event


def turns(found: Iterable[Event], *, cwd: str = "") -> Iterator[Turn]:
    """Yields the turns of a session; those that were rewound are left out.

    A time that is missing is that of what came before, 0.0 where nothing did.
    """
    clock = 0.0
    for number, each in groupby(numbered(found), key=lambda pair: pair[0]):
        made = _Making(number, clock, cwd)
        for _, event in each:
            made.add(event)
        clock = made.until
        if made.is_active:
            yield made.turn()


def seconds(at: str) -> float:
    """Returns an event's time in seconds since the epoch, 0.0 for none and for what is no time."""
    try:
        return max(times.seconds(at), 0.0) if at else 0.0
    except InvalidInput:
        return 0.0


class _Making:
    """A turn while its events are looked at."""

    def __init__(self, number: int, clock: float, cwd: str) -> None:
        self.number, self.at, self.until, self.cwd = number, 0.0, clock, cwd
        self.first = self.last = 0
        self.asked = self.answer = ""
        self.calls = self.failed = 0
        self.is_active = False
        self.steps: list[Step] = []
        self.writes: dict[tuple[str, str], tuple[float, str]] = {}
        self.places: dict[str, int] = {}

    def add(self, event: Event) -> None:
        self.first, self.last = self.first or event.line, event.line
        if not event.is_active:
            return
        self.is_active = True
        self.until = max(self.until, seconds(event.at))
        self.at = self.at or self.until
        if event.kind == kinds.USER and not event.agent:
            self.asked = self.asked or event.text
        elif event.kind == kinds.ASSISTANT and not event.agent and event.text.strip():
            self.answer = event.text
        elif event.kind == kinds.CALL:
            self._call(event)
        elif event.kind in {kinds.RESULT, kinds.ERROR} and is_failure(event):
            self._fail(event)

    def turn(self) -> Turn:
        writes = tuple(Write(at, path) for at, path in self.writes.values())
        return Turn(self.number, self.first, self.last, self.at, self.until, self.asked, self.answer, self.calls,
                    self.failed, tuple(self.steps), writes)  # fmt: skip

    def _call(self, event: Event) -> None:
        self.calls += 1
        if len(self.steps) < MAX_STEPS:
            self.places[event.call] = len(self.steps)
            self.steps.append(Step(self.until, event.tool, told(event)))
        if edits.is_edit(event):
            for path in event.files:
                if len(self.writes) < MAX_FILES:
                    self.writes[event.call, path] = self.until, edits.relative(path, self.cwd)

    def _fail(self, event: Event) -> None:
        """What failed wrote nothing."""
        self.failed += 1
        place = self.places.get(event.call)
        if event.call and place is not None:
            self.steps[place] = self.steps[place]._replace(is_failed=True)
        if event.call:
            self.writes = {key: value for key, value in self.writes.items() if key[0] != event.call}


def is_failure(event: Event) -> bool:
    """Whether an event tells that something failed."""
    return event.is_error or event.kind == kinds.ERROR or event.exit_status not in {None, 0}


def told(event: Event) -> str:
    """Returns in a few words what a call does: its files, its command, or the first of its arguments."""
    if event.files and edits.is_edit(event):
        return ", ".join(event.files[:3]) + (f" and {len(event.files) - 3} more" if len(event.files) > 3 else "")
    if isinstance(event.input, str):
        return _head(event.input)
    named = _named(event.input)
    return _head(named) if named else ", ".join(event.files[:3])


def _named(given: Mapping[str, object]) -> str:
    for name in ("command", "cmd", "pattern", "query", "url", "file_path", "path", "prompt", "description"):
        value = given.get(name)
        if isinstance(value, list):
            value = " ".join(str(each) for each in value[:50])
        if isinstance(value, str) and value:
            return value
    return next((value for value in given.values() if isinstance(value, str) and value), "")


def _head(text: str) -> str:
    return " ".join(text[:400].split())[:160]
