"""Which turn of a session wrote a commit's lines: the edits whose text is in them, with how sure that is and why.

Nothing is guessed: a turn is named only with its reasons, and where several could be it, that is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit.harnesses import event as kinds
from kit.sessions import turns as whole
from kit.workflows import edits
from kit.workflows.turns import is_failure, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kit.harnesses.event import Event

#: Seconds by which a session's clock may be ahead of the committer's.
SKEW = 120.0
MAX_CALLS = 50_000
_WORD = re.compile(r"\w")
_COMMITTED = re.compile(r"^\[[^\]\n]{1,300} ([0-9a-f]{7,64})\]", re.MULTILINE)
SURE, LIKELY, WEAK = "sure", "likely", "weak"
_LEVELS = ((0.75, SURE), (0.4, LIKELY), (0.0, WEAK))


class Found(NamedTuple):
    """A call that can have written the lines: its turn, its line in the session, how sure (0 to 1), and why."""

    turn: int
    line: int
    at: str
    tool: str
    asked: str
    score: float
    reasons: tuple[str, ...]

    @property
    def level(self) -> str:
        return next(name for least, name in _LEVELS if self.score >= least)

    def record(self) -> dict[str, object]:
        """Returns it as JSON."""
        return {**self._asdict(), "reasons": list(self.reasons), "sure": self.level, "score": round(self.score, 2)}


class _Call(NamedTuple):
    turn: int
    asked: str
    event: Event

    def found(self, score: float, reasons: Sequence[str]) -> Found:
        at = (self.turn, self.event.line, self.event.at, self.event.tool)
        return Found(*at, _head(self.asked), score, tuple(reasons))


def search(found: Iterable[Event], added: Mapping[str, Sequence[str]], *, oid: str, at: float) -> list[Found]:
    """Returns the calls that can have written `added` (path -> lines), the surest first, of equal ones the last.

    `at` is when the commit was written, in seconds since the epoch. Calls that failed, that came later or that were
    rewound wrote nothing.
    """
    wanted = {path: {line.strip() for line in lines if is_telling(line)} for path, lines in added.items()}
    calls, failed, commit = _read(found, oid)
    scored = []
    for each in calls:
        when = seconds(each.event.at)
        if each.event.call in failed or (when and when > at + SKEW):
            continue
        score, reasons = _score(each.event, wanted)
        if score:
            scored.append(each.found(score, reasons))
    if commit:
        scored.append(commit.found(0.9, ["its result says that it made this commit"]))
    return sorted(scored, key=lambda each: (-each.score, -each.line))


def is_telling(line: str) -> bool:
    """Whether a line says enough to be known again: four letters or digits at least."""
    return len(_WORD.findall(line[:400])) >= 4


def _read(found: Iterable[Event], oid: str) -> tuple[list[_Call], set[str], _Call | None]:
    """Returns the edits of a session, the ids of calls that failed, and the call whose result names the commit."""
    calls: list[_Call] = []
    failed: set[str] = set()
    others: dict[str, _Call] = {}
    commit: _Call | None = None
    for turn in whole.turns(found):
        asked = next((each.text for each in turn.events if each.kind == kinds.USER and not each.agent), "")
        for each in turn.events:
            if not each.is_active or len(calls) > MAX_CALLS:
                continue
            if edits.is_edit(each):
                calls.append(_Call(turn.number, asked, each))
            elif each.kind == kinds.CALL and each.call:
                others[each.call] = _Call(turn.number, asked, each)
            elif each.kind in {kinds.RESULT, kinds.ERROR}:
                if is_failure(each):
                    failed.add(each.call)
                short = _COMMITTED.search(each.text[:4000])
                if short and oid.startswith(short[1]):
                    commit = others.get(each.call) or _Call(turn.number, asked, each)
    return calls, failed - {""}, commit


def _score(event: Event, wanted: Mapping[str, set[str]]) -> tuple[float, list[str]]:
    """Returns how sure it is that a call wrote the lines, 0.0 where nothing speaks for it, and why."""
    same = [path for path in wanted if any(edits.is_same_file(each, path) for each in event.files)]
    if event.files and not same:
        return 0.0, []
    lines = {line.strip() for line in edits.written(event).split("\n") if is_telling(line)}
    sought = set().union(*(wanted[path] for path in same or wanted)) if wanted else set()
    shared = sought & lines
    # How much of the commit it is, or how much of it is in the commit: one call seldom writes all of one.
    part = max(len(shared) / len(sought), len(shared) / len(lines)) if shared else 0.0
    reasons = [f"it wrote {same[0]}" + (f" and {len(same) - 1} more of its files" if same[1:] else "")] if same else []
    if shared:
        reasons.append(f"it wrote {len(shared)} of the {len(sought)} lines" if len(sought) > 1 else "it wrote the line")
    if same:
        return 0.25 + 0.7 * part, reasons
    return (0.6 * part, reasons) if part >= 0.5 else (0.0, [])


def _head(text: str) -> str:
    line = " ".join(text[:1000].split())
    return line[:200] + ("..." if len(line) > 200 or len(text) > 1000 else "")
