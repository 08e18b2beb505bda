"""Which turn of a session wrote a commit's lines: the edits whose text is in them, with how sure that is and why.

Nothing is guessed: a turn is named only with its reasons, and where several could be it, that is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit.harnesses import event as kinds
from kit.workflows import edits
from kit.workflows.turns import is_failure, numbered, seconds

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
        return Found(*at, self.asked, score, tuple(reasons))


class Edits(NamedTuple):
    """What a session wrote: its edits, the ids of calls that failed, and the commits that its commands told of."""

    calls: tuple[_Call, ...]
    failed: frozenset[str]
    commits: tuple[tuple[str, _Call], ...]
    is_cut: bool = False


def search(known: Edits, added: Mapping[str, Sequence[str]], *, oid: str, at: float) -> list[Found]:
    """Returns the calls that can have written `added` (path -> lines), the surest first, of equal ones the last.

    `at` is when the commit was written, in seconds since the epoch. Calls that failed, that came later or that were
    rewound wrote nothing. Where several turns wrote the same as much, none of them is sure.
    """
    wanted = {path: {line.strip() for line in lines if is_telling(line)} for path, lines in added.items()}
    scored = []
    for each in known.calls:
        when = seconds(each.event.at)
        if each.event.call in known.failed or (when and when > at + SKEW):
            continue
        score, reasons = _score(each.event, wanted)
        if score:
            scored.append(each.found(score, reasons))
    scored = _doubted(scored, wanted)
    told = [call for short, call in known.commits if oid.startswith(short)]
    scored += [each.found(0.9, ["its result says that it made this commit"]) for each in told[-1:]]
    return sorted(scored, key=lambda each: (-each.score, -each.line))


def _doubted(scored: list[Found], wanted: Mapping[str, set[str]]) -> list[Found]:
    """Lowers what several turns have in common, where it is a line or a few: only one of them can be it."""
    if sum(map(len, wanted.values())) > 3:
        return scored
    best = max((each.score for each in scored), default=0.0)
    rivals = {each.turn for each in scored if each.score == best}
    if len(rivals) < 2 or best < _LEVELS[0][0]:
        return scored
    doubt = f"so did {len(rivals) - 1} other turn{'s' if len(rivals) > 2 else ''}"
    return [each._replace(score=0.6, reasons=(*each.reasons, doubt)) if each.score == best else each for each in scored]


def is_telling(line: str) -> bool:
    """Whether a line says enough to be known again: four letters or digits at least."""
    return len(_WORD.findall(line[:400])) >= 4


def read(found: Iterable[Event]) -> Edits:
    """Returns what a session wrote, the first MAX_CALLS edits of it."""
    calls: list[_Call] = []
    failed: set[str] = set()
    others: dict[str, _Call] = {}
    commits: list[tuple[str, _Call]] = []
    turn, asked = -1, ""
    for number, each in numbered(found):
        if number != turn:
            turn, asked = number, _head(each.text) if each.kind == kinds.USER and not each.agent else ""
        if not each.is_active or len(calls) >= MAX_CALLS:
            continue
        here = _Call(turn, asked, each)
        if edits.is_edit(each):
            calls.append(here)
        elif each.kind == kinds.CALL and each.call:
            others[each.call] = here
        elif each.kind in {kinds.RESULT, kinds.ERROR}:
            failed |= {each.call} if is_failure(each) else set()
            if short := _COMMITTED.search(each.text[:4000]):
                commits.append((short[1], others.get(each.call, here)))
    return Edits(tuple(calls), frozenset(failed - {""}), tuple(commits), len(calls) >= MAX_CALLS)


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
