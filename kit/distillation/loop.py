"""Finds where a session goes round in circles: the same call again, two calls in turn, the same failure again.

Arguments are compared by their digests, within one agent and one turn of the user: what a person asks for again is no
loop. Only the calls of a window are looked at together, so that a test run now and then is none either.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from kit.distillation import edit, failure, shell
from kit.harnesses import event as kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kit.harnesses.event import Event

STRAIGHT, PING_PONG, DUPLICATE, ERROR = "straight", "ping-pong", "duplicate", "error"
WINDOW = 12
STRAIGHT_FROM, PING_PONG_FROM, DUPLICATE_FROM, ERROR_FROM = 3, 2, 2, 3
_HEAD = 200


class Loop(NamedTuple):
    """`times` is how often it came (of ping-pong, how many rounds), `lines` where each call stands, `digest` the call.

    `what` is the call, or the failure of an error loop, as one line; `is_open` that the session ends in it.
    """

    kind: str
    times: int
    lines: tuple[int, ...]
    tool: str
    what: str
    digest: str
    agent: str
    is_open: bool


class _Call(NamedTuple):
    """`changes` is how many files had been changed before it: the same call may well be worth it again then."""

    number: int
    changes: int
    line: int
    tool: str
    what: str
    digest: str


class _Seen(NamedTuple):
    """A call with what it gave: digests of the result and of the failure, "" where there is none."""

    call: _Call
    result: str
    failed: str
    message: str


def find(events: Iterable[Event], *, window: int = WINDOW) -> list[Loop]:
    """Returns the loops in the order in which they begin; a call counts for one straight or ping-pong loop only."""
    tracks: dict[str, _Track] = {}
    for each in events:
        track = tracks.setdefault(each.agent, _Track(each.agent, window))
        track.add(each)
    found = [loop for track in tracks.values() for loop in track.end()]
    return sorted(found, key=lambda loop: (loop.lines[0], loop.kind))


class _Track:
    """The calls of one agent: what runs now, and what has ended as a loop."""

    def __init__(self, agent: str, window: int) -> None:
        self._agent, self._window = agent, window
        self._calls: list[_Seen] = []
        self._waiting: dict[str, _Call] = {}
        self._last: _Call | None = None
        self._loops: list[Loop] = []
        self._number = self._changes = 0

    def add(self, each: Event) -> None:
        if each.kind == kinds.USER and each.text.strip() and not each.agent:
            self._settle(is_end=False)
        elif each.kind == kinds.CALL:
            self._number += 1
            call = _Call(
                self._number, self._changes, each.line, each.tool, _shown(each), _digest(each.tool, each.input)
            )
            self._last = call
            self._changes += bool(edit.edits(each, shell.line_of(each.input)))
            self._waiting[each.call or f"#{self._number}"] = call
            self._calls.append(_Seen(call, "", "", ""))
        elif each.kind == kinds.RESULT:
            found = self._waiting.pop(each.call, None) if each.call else None
            if found is None and not each.call and self._last:
                found = self._waiting.pop(f"#{self._last.number}", None)
            if found is not None:
                self._answer(found, each)

    def end(self) -> list[Loop]:
        """Returns the loops of the whole track."""
        self._settle(is_end=True)
        return self._loops

    def _answer(self, call: _Call, each: Event) -> None:
        at = next((at for at in range(len(self._calls) - 1, -1, -1) if self._calls[at].call is call), None)
        if at is None:
            return
        said = failure.ends(each.text)
        failed = message = ""
        if each.is_error or each.exit_status or failure.says_failed(said):
            told = failure.read(said)
            message = told.message or said.strip()[:_HEAD]
            failed = told.signature or failure.signature(message)
        self._calls[at] = _Seen(call, _hash(each.text), failed, message)

    def _settle(self, *, is_end: bool) -> None:
        calls, self._calls = self._calls, []
        self._waiting.clear()
        used: set[int] = set()
        self._loops += _straight(calls, used, self._agent, is_end=is_end)
        self._loops += _ping_pong(calls, used, self._agent, is_end=is_end)
        self._loops += _duplicates(calls, used, self._agent, self._window, is_end=is_end)
        self._loops += _errors(calls, self._agent, self._window, is_end=is_end)


def _straight(calls: list[_Seen], used: set[int], agent: str, *, is_end: bool) -> Iterable[Loop]:
    at = 0
    while at < len(calls):
        end = at
        while end < len(calls) and calls[end].call.digest == calls[at].call.digest:
            end += 1
        if end - at >= STRAIGHT_FROM:
            used.update(range(at, end))
            yield _loop(STRAIGHT, calls[at:end], end - at, agent, is_open=is_end and end == len(calls))
        at = end


def _ping_pong(calls: list[_Seen], used: set[int], agent: str, *, is_end: bool) -> Iterable[Loop]:
    at = 0
    while at + 3 < len(calls):
        one, two = calls[at].call.digest, calls[at + 1].call.digest
        end = at
        while end < len(calls) and calls[end].call.digest == (one, two)[(end - at) % 2] and end not in used:
            end += 1
        rounds = (end - at) // 2
        if one != two and rounds >= PING_PONG_FROM:
            used.update(range(at, end))
            yield _loop(PING_PONG, calls[at:end], rounds, agent, is_open=is_end and end == len(calls))
            at = end
        else:
            at += 1


def _duplicates(calls: list[_Seen], used: set[int], agent: str, window: int, *, is_end: bool) -> Iterable[Loop]:
    """Yields calls that gave the very same result again within the window, no file having been changed between."""
    groups: dict[tuple[str, str, int], list[list[int]]] = {}
    for at, each in enumerate(calls):
        if each.result and at not in used:
            runs = groups.setdefault((each.call.digest, each.result, each.call.changes), [])
            if runs and at - runs[-1][-1] <= window:
                runs[-1].append(at)
            else:
                runs.append([at])
    for run in (run for runs in groups.values() for run in runs if len(run) >= DUPLICATE_FROM):
        yield _loop(DUPLICATE, [calls[at] for at in run], len(run), agent, is_open=is_end and run[-1] == len(calls) - 1)


def _errors(calls: list[_Seen], agent: str, window: int, *, is_end: bool) -> Iterable[Loop]:
    """Yields failures that came again within the window, whatever was called in between."""
    recent: dict[str, deque[int]] = {}
    runs: dict[str, list[list[int]]] = {}
    for at, each in enumerate(calls):
        if each.failed:
            past = recent.setdefault(each.failed, deque(maxlen=1))
            mine = runs.setdefault(each.failed, [])
            if past and at - past[-1] <= window:
                mine[-1].append(at)
            else:
                mine.append([at])
            past.append(at)
    for run in (run for each in runs.values() for run in each if len(run) >= ERROR_FROM):
        found = [calls[at] for at in run]
        loop = _loop(ERROR, found, len(run), agent, is_open=is_end and run[-1] == len(calls) - 1)
        yield loop._replace(what=_line(found[0].message), digest=_hash(found[0].failed))


def _loop(kind: str, calls: list[_Seen], count: int, agent: str, *, is_open: bool) -> Loop:
    first = calls[0].call
    what = first.what if kind != PING_PONG else f"{first.what} / {calls[1].call.what}"
    return Loop(kind, count, tuple(each.call.line for each in calls), first.tool, what, first.digest, agent, is_open)


def _shown(each: Event) -> str:
    given = each.input
    if isinstance(given, str):
        return _line(given) or each.tool
    for name in ("command", "cmd", "file_path", "path", "pattern", "query", "url", "description"):
        value = given.get(name)
        if isinstance(value, str) and value:
            return _line(value)
        if isinstance(value, list) and value:
            return _line(" ".join(str(word) for word in value))
    return each.tool


def _line(text: str) -> str:
    line = " ".join(text[: _HEAD * 4].split())
    return line if len(line) <= _HEAD else line[:_HEAD].rpartition(" ")[0] + " ..."


def _digest(tool: str, given: Mapping[str, object] | str) -> str:
    """Returns the digest of a call; what only describes it does not count."""
    if not isinstance(given, str):
        kept = {name: value for name, value in given.items() if name not in ("description", "justification", "timeout")}
        given = json.dumps(kept, sort_keys=True, default=str)
    return _hash(f"{tool}\0{given}")


def _hash(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
