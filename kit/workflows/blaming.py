"""Leads from a sentence of a compiled context to the session, turn and line that it comes from.

Here the rooms of threads and sessions meet; a session that is not on this machine is said to be missing.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import blame, compile, options  # noqa: A004 - what is compiled is what is blamed
from kit.context import turns as turning
from kit.errors import KitError
from kit.sessions import trace
from kit.workflows import turns

if TYPE_CHECKING:
    from kit.context.blamed import Blamed
    from kit.context.entry import Entry
    from kit.context.thread import State
    from kit.store.store import Store

MAX_SESSIONS = 20


class Behind(NamedTuple):
    """The session behind a sentence: its turn as `kit session show` counts them, 0 where `missing` says why not."""

    session: str
    first: int
    last: int
    turn: int
    missing: str = ""


class Answer(NamedTuple):
    """A sentence with the session behind it, None where nothing names one."""

    blamed: Blamed
    session: Behind | None

    def record(self) -> dict[str, Any]:
        """Returns it as JSON."""
        return {**self.blamed.record(), "session": self.session._asdict() if self.session else None}


def said(state: State) -> list[Entry]:
    """Returns the entries that a compile of everything sends, in its order, each as it is in force."""
    found = compile.pick(state.entries, options.Options())
    pieces = [
        each
        for turn in found.turns
        for each in ([turn.piece] if isinstance(turn, turning.Said) else [one for pair in turn.pairs for one in pair])
    ]
    return [each.entry for each in pieces]


def answers(
    store: Store, state: State, entries: list[Entry], *, only: str = "", limit: int | None = None
) -> tuple[list[Answer], int]:
    """Returns who put the sentences of entries there, with the turns of sessions, and how many more there are."""
    found = blame.blame(store, state, entries, only=only, limit=limit)
    look = _Sessions(store)
    return [Answer(each, look.behind(each.source) if each.source else None) for each in found.sentences], found.more


class _Sessions:
    """Sessions as they are looked into: the lines on which their turns begin."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[str, list[tuple[int, int]], str]] = {}

    def behind(self, source: str) -> Behind:
        try:
            wanted = trace.address(source)
        except KitError as error:
            return Behind(source, 0, 0, 0, error.message)
        if wanted.name not in self._known and len(self._known) >= MAX_SESSIONS:
            return Behind(wanted.name, wanted.first, wanted.last or 0, 0, f"{MAX_SESSIONS} sessions were looked at")
        name, begins, missing = self._known.setdefault(wanted.name, self._read(wanted.name))
        at = bisect_right(begins, (wanted.first, 1 << 60)) - 1
        turn = begins[at][1] if at >= 0 else 0
        return Behind(name, wanted.first, wanted.last or wanted.first, turn, missing)

    def _read(self, wanted: str) -> tuple[str, list[tuple[int, int]], str]:
        begins: list[tuple[int, int]] = []
        try:
            found = trace.find(self._store, wanted)
            for turn, event in turns.numbered(trace.events(self._store, found)):
                if not begins or begins[-1][1] != turn:
                    begins.append((event.line, turn))
        except KitError as error:
            return wanted, [], "it is not on this machine" if error.code == "not_found" else error.message
        return found.name, begins, ""
