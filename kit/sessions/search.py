"""Searches in traces, record by record: every word of the query, or the query as it is, whatever its case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit import harnesses
from kit.errors import InvalidInput
from kit.harnesses.event import OTHER, USAGE
from kit.sessions import trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kit.harnesses.event import Event
    from kit.sessions.trace import Trace
    from kit.store.store import Store

LONGEST_QUERY = 1000
_AROUND = 60
#: A word that stands in JSON as it is: nothing in it is ever escaped.
_PLAIN = re.compile(r"[A-Za-z0-9_.:;,=+*()\[\]{}<>!?@#$%&|~^`'-]+")


class Hit(NamedTuple):
    """A record in which it was found, and the text around the first place."""

    session: str
    line: int
    kind: str
    at: str
    text: str

    @property
    def address(self) -> str:
        return f"kit:sessions/{self.session}#L{self.line}"


def words_of(query: str, *, is_literal: bool) -> list[str]:
    """Returns what must occur in a record. Raises InvalidInput for a query that is empty or too long."""
    found = [query.casefold()] if is_literal else query.casefold().split()
    if not any(word.strip() for word in found) or len(query) > LONGEST_QUERY:
        raise InvalidInput(
            f"a query has 1 to {LONGEST_QUERY} characters",
            hint='kit session search "Event loop is closed"',
            code="query",
        )
    return found


def search(store: Store, traces: Iterable[Trace], words: list[str]) -> Iterator[Hit]:
    """Yields the records of these sessions that hold all the words, one at a time; each session in its order.

    Raises InvalidInput when a session is damaged.
    """
    plain = [word.encode() for word in words if word.isascii() and _PLAIN.fullmatch(word)]
    for each in traces:
        for line, data in trace.records(store, each):
            lower = data.lower()
            if all(word in lower for word in plain) and (hit := _look(each, line, data, words)):
                yield hit


def _look(found: Trace, line: int, data: bytes, words: list[str]) -> Hit | None:
    """Returns the hit in a record: the event that holds the words, else the record as it is written."""
    harness = harnesses.HARNESSES.get(found.harness)
    events = list(harness.events([(line, data)])) if harness else []
    for event in events:
        if event.kind not in (USAGE, OTHER) and (around := _around(_said(event), words)):
            return Hit(found.name, line, event.kind, event.at, around)
    if around := _around(data.decode("utf-8", "replace"), words):
        return Hit(found.name, line, OTHER, next((event.at for event in events if event.at), ""), around)
    return None


def _said(event: Event) -> str:
    return f"{event.tool} {event.text} {event.input or ''}".strip()


def _around(text: str, words: list[str]) -> str:
    """Returns the text around the first of the words, "" unless it holds all of them."""
    folded = text.casefold()
    places = [folded.find(word) for word in words]
    if min(places) < 0:
        return ""
    at = min(places)
    begin, end = max(0, at - _AROUND), at + len(words[0]) + _AROUND
    return f"{'...' * (begin > 0)}{' '.join(text[begin:end].split())}{'...' * (end < len(text))}"
