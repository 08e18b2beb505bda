"""Leads from a commit, a line, a pull request or a block to the session, turn and decision behind it, and back.

What it says rests on what is written: trailers and notes name the session, the session's own edits the turn. How sure
that is stands beside it; a session that is not on this machine is said to be missing, not passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import KitError, NotFound
from kit.sessions import trace
from kit.store import tree
from kit.workflows import evidence, history, rests, traces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.store.store import Store
    from kit.workflows.evidence import Found
    from kit.workflows.history import Commit, Line
    from kit.workflows.rests import Decision, Resting

MAX_TURNS = 5
MAX_COMMITS = 20
MAX_SESSIONS = 20


class Behind(NamedTuple):
    """A session behind a commit: how it is named, and its turns; `missing` says why it could not be looked at."""

    session: str
    by: str
    agent: str = ""
    turns: tuple[Found, ...] = ()
    more: int = 0
    missing: str = ""
    is_cut: bool = False

    def record(self) -> dict[str, object]:
        """Returns it as JSON."""
        turns = [{**each.record(), "source": f"kit:sessions/{self.session}#L{each.line}"} for each in self.turns]
        return {**self._asdict(), "turns": turns, "here": not self.missing}


class Step(NamedTuple):
    """A commit with what is behind it; `lines` are those of the file that was asked about."""

    commit: Commit
    behind: tuple[Behind, ...]
    decisions: tuple[Decision, ...]
    lines: tuple[Line, ...] = ()
    is_cut: bool = False

    def record(self) -> dict[str, object]:
        """Returns it as JSON."""
        lines = [{"number": each.number, "text": each.text} for each in self.lines[:MAX_COMMITS]]
        return {
            **self.commit.record(),
            "sessions": [each.record() for each in self.behind],
            "decisions": [each._asdict() for each in self.decisions],
            **({"lines": lines, "line_count": len(self.lines)} if self.lines else {}),
        }


class Answer(NamedTuple):
    """What was found: commits, the newest first or by their share of the file, and records; `cut` says what is not."""

    kind: str
    what: str
    steps: tuple[Step, ...] = ()
    records: tuple[Resting, ...] = ()
    notes: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()

    def record(self) -> dict[str, object]:
        """Returns it as JSON."""
        return {
            "kind": self.kind,
            "what": self.what,
            "commits": [each.record() for each in self.steps],
            "records": [each.record() for each in self.records],
            "notes": list(self.notes),
            "cut": list(self.cut),
        }


class _Look:
    """Sessions as they are looked into: each is read once, however many commits it led to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known: dict[str, tuple[str, evidence.Edits | None, str]] = {}

    def at(self, name: str) -> tuple[str, evidence.Edits | None, str]:
        """Returns whose session it is and what it wrote, or None and why that cannot be said."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> tuple[str, evidence.Edits | None, str]:
        broken: list[str] = []
        try:
            found = trace.find(self.store, name)
            agent = str(found.meta.get("agent") or "")
            wrote = evidence.read(traces.events(self.store, found, broken))
        except NotFound:
            return "", None, "it is not on this machine"
        except KitError as error:
            return "", None, error.message
        return (
            (agent, None, "it is damaged, or of a harness that this kit cannot read") if broken else (agent, wrote, "")
        )


def of_commit(store: Store, revision: str) -> Answer:
    """Returns what is behind a commit. Raises NotFound."""
    oid = tree.resolve(store.repository.git, revision)
    (commit,) = history.commits(store.repository.git, [oid])
    return _answer("commit", oid, [_step(_Look(store), commit)])


def of_pull_request(store: Store, number: int) -> Answer:
    """Returns what is behind a pull request. Raises NotFound where its commits are not known."""
    found, how = history.of_pull_request(store.repository, number)
    look = _Look(store)
    steps = [_step(look, each) for each in found[:MAX_COMMITS]]
    words = {"merge": "found by its merge", "squash": "found by its squashed commit", "gh": "found by gh"}
    answer = _answer(f"pull request, {words[how]}", f"#{number}", steps)
    return answer._replace(cut=_cut(len(found), "commits"))


def of_path(store: Store, path: str, first: int = 1, last: int | None = None) -> Answer:
    """Returns what is behind a file, or some of its lines: by commit, the one with the most lines first.

    Raises NotFound for a file that git does not know.
    """
    lines = history.blame(store.repository, path, first, last)
    of: dict[str, list[Line]] = {}
    for each in lines[: history.MAX_LINES]:
        of.setdefault(each.oid, []).append(each)
    fresh = of.pop("", [])
    chosen = sorted(of, key=lambda oid: -len(of[oid]))[:MAX_COMMITS]
    known = {each.oid: each for each in history.commits(store.repository.git, chosen)} if chosen else {}
    look = _Look(store)
    steps = [_step(look, known[oid], of[oid]) for oid in chosen if oid in known]
    what = path if last is None else f"{path}:{first}" + (f"-{last}" if last != first else "")
    cut = list(_cut(len(of), "commits"))
    cut += [f"lines after the first {history.MAX_LINES} were not looked at"] if len(lines) > history.MAX_LINES else []
    notes = [f"{len(fresh)} of its lines {'is' if len(fresh) == 1 else 'are'} not committed yet"] if fresh else []
    answer = _answer("line" if last is not None else "file", what, steps)
    return answer._replace(cut=tuple(cut), notes=(*answer.notes, *notes))


def of_block(store: Store, name: str) -> Answer:
    """Returns what a block, a fact or a candidate rests on. Raises NotFound."""
    found = rests.of_id(store.repository, store, name)
    missing = dict.fromkeys(each.session for each in found.sources if each.session and not each.is_here)
    notes = [f"session {each} is not on this machine: what was quoted of it stands in the record" for each in missing]
    notes += [f"{found.path} names no session"] if not any(each.session for each in found.sources) else []
    return Answer(found.type or "record", name, records=(found,), notes=tuple(notes))


def of_session(store: Store, name: str) -> Answer:
    """Returns the commits and records that a session led to.

    Raises NotFound for a session that is neither here nor named by any of them.
    """
    notes = []
    try:
        full = trace.find(store, name).name
    except NotFound:
        full = trace.address(name).name
        if "/" not in full:
            raise
        notes.append(f"session {full} is not on this machine: only what names it is")
    commits = history.of_session(store.repository.git, full)
    records = rests.on_session(store.repository, full)
    if notes and not commits and not records:
        raise NotFound(f"nothing here names session {full!r}", hint="kit session list", value=full)
    look = _Look(store)
    steps = [_step(look, each, only=full) for each in commits[:MAX_COMMITS]]
    return Answer("session", full, tuple(steps), tuple(records), tuple(notes), _cut(len(commits), "commits"))


def _answer(kind: str, what: str, steps: Sequence[Step]) -> Answer:
    notes = [f"commit {each.commit.oid[:12]} names no session" for each in steps if not each.behind and each.commit.oid]
    more = [f"and {len(notes) - 3} more commits name none"] if len(notes) > 3 else []
    return Answer(kind, what, tuple(steps), notes=(*notes[:3], *more))


def _step(look: _Look, commit: Commit, lines: Sequence[Line] = (), *, only: str = "") -> Step:
    """Looks behind a commit; with `lines` only at what wrote those."""
    is_cut = False
    if lines:
        added: Mapping[str, Sequence[str]] = {lines[0].path: [each.text for each in lines]}
    elif commit.oid:
        added, is_cut = history.added(look.store.repository.git, commit.oid)
    else:
        added = {}
    names = [only] if only else list(commit.sessions)[:MAX_SESSIONS]
    behind = tuple(_behind(look, name, commit, added) for name in names)
    decided = tuple(rests.decisions(look.store.repository, commit, paths=list(added)[:50]))
    return Step(commit, behind, decided, tuple(lines), is_cut)


def _behind(look: _Look, name: str, commit: Commit, added: Mapping[str, Sequence[str]]) -> Behind:
    by = commit.sessions.get(name, "")
    agent, wrote, missing = look.at(name)
    if wrote is None:
        return Behind(name, by, agent, missing=missing)
    turns = evidence.search(wrote, added, oid=commit.oid or "-", at=commit.at)
    best = {each.turn: each for each in reversed(turns)}
    ordered = sorted(best.values(), key=lambda each: (-each.score, -each.line))
    return Behind(name, by, agent, tuple(ordered[:MAX_TURNS]), max(0, len(ordered) - MAX_TURNS), is_cut=wrote.is_cut)


def _cut(count: int, what: str) -> tuple[str, ...]:
    if count > history.MAX_COMMITS:
        return (f"{MAX_COMMITS} of more than {history.MAX_COMMITS} {what} are shown",)
    return (f"{MAX_COMMITS} of {count} {what} are shown",) if count > MAX_COMMITS else ()
