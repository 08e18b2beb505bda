"""Reads mirrored sessions: finds them by name, and gives their records by line, or as events.

Lines are numbered from 1 through all parts, so an address stays right however the parts are joined.
"""

from __future__ import annotations

import difflib
import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from kit import harnesses
from kit.errors import InvalidInput, NotFound
from kit.records import ids
from kit.sessions import record, slice  # noqa: A004 - it is what a part is
from kit.sessions.record import FOLDER, META

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kit.harnesses.event import Event
    from kit.sessions.record import Meta
    from kit.store.store import Store

SHORTEST = 8
TRIES = 20
_ADDRESS = re.compile(r"(?:kit:)?(?:sessions/)?([^#]*)(?:#L(\d{1,15})(?:-L?(\d{1,15}))?)?")
_FULL = re.compile(r"refs/(?:kit|kit-remotes/[^/]+)/(sessions/([^/]+)/([^/]+))")


class Trace(NamedTuple):
    """One mirrored session as it stood when it was looked at: what is mirrored later is not in it.

    `meta` is its meta.json, `record` the same as read; `is_local` is false for one that is only known from a remote.
    """

    harness: str
    session: str
    oid: str
    meta: Mapping[str, Any]
    record: Meta
    is_local: bool = True

    @property
    def name(self) -> str:
        return f"{self.harness}/{self.session}"

    @property
    def ref(self) -> str:
        return f"{FOLDER}/{self.harness}/{self.session}"


class Address(NamedTuple):
    """A session as it was named, and the lines that were asked for; `last` is None up to the end."""

    name: str
    first: int = 1
    last: int | None = None


def address(text: str) -> Address:
    """Returns what `kit:sessions/<harness>/<session>#L1-L9`, or any part of it, names."""
    found = _ADDRESS.fullmatch(text)
    if not found or not found[1]:
        raise InvalidInput(
            f"{text[:120]!r} names no session",
            hint="write <harness>/<session>, or #L120-L188 behind it",
            code="invalid_id",
        )
    first = int(found[2] or 1)
    last = int(found[3]) if found[3] else first if found[2] else None
    if first < 1 or (last is not None and last < first):
        raise InvalidInput(f"{text[:120]!r} has no lines", hint="lines count from 1: #L120-L188", code="invalid_id")
    return Address(found[1].strip("/"), first, last)


def find(store: Store, name: str) -> Trace:
    """Returns the session of that name: `<harness>/<session>`, the session's id, or its first 8 characters or more.

    What stands here comes before what was fetched. Raises NotFound with the nearest names, InvalidInput when several
    begin so.
    """
    wanted = address(name).name
    known = refs(store)
    exact = [ref for ref in known if wanted in (ref.removeprefix(FOLDER + "/"), ref.rpartition("/")[2])]
    found = exact or _eldest([ref for ref in known if _begins(ref, wanted)])
    if len(found) > 1:
        names = ", ".join(ref.removeprefix(FOLDER + "/") for ref in found[:5])
        raise InvalidInput(
            f"{wanted!r} can be {len(found)} sessions: {names}", hint="name more of it", code="ambiguous", value=wanted
        )
    if not found:
        near = _near(wanted, list(known))
        hint = f"did you mean {', '.join(near)}?" if near else "kit session list shows them"
        raise NotFound(f"there is no session {wanted!r}", hint=hint, value=wanted, near=near)
    return _read_now(store, found[0], *known[found[0]])


def all(store: Store, broken: list[str] | None = None) -> list[Trace]:  # noqa: A001 - trace.all(store) reads as it is
    """Returns every session known here, the last mirrored first; what cannot be read is named in `broken`."""
    found = []
    for ref, (oid, is_local) in refs(store).items():
        try:
            found.append(_read_now(store, ref, oid, is_local))
        except InvalidInput:
            if broken is not None:
                broken.append(ref)
    return sorted(found, key=lambda each: (each.record.mirrored, each.name), reverse=True)


def refs(store: Store) -> dict[str, tuple[str, bool]]:
    """Returns ref -> commit id and whether it stands here, for every session; what was fetched comes second."""
    lines = store.repository.git.run(
        "for-each-ref", "--format=%(refname) %(objectname)", "refs/kit/sessions", "refs/kit-remotes"
    ).text.split("\n")
    found: dict[str, tuple[str, bool]] = {}
    for line in lines:
        name, _, oid = line.partition(" ")
        if ref := ref_in(name):
            is_local = name.startswith("refs/kit/")
            if is_local or ref not in found:
                found[ref] = oid, is_local
    return dict(sorted(found.items()))


def remotes(store: Store) -> dict[str, dict[str, str]]:
    """Returns ref -> remote -> commit id, for every session that a remote had when it was last seen."""
    lines = store.repository.git.run("for-each-ref", "--format=%(refname) %(objectname)", "refs/kit-remotes").text
    found: dict[str, dict[str, str]] = {}
    for name, _, oid in (line.partition(" ") for line in lines.split("\n")):
        if ref := ref_in(name):
            found.setdefault(ref, {})[name.split("/")[2]] = oid
    return found


def ref_in(name: str) -> str:
    """Returns the ref of the session that a full name is of, here or of a remote; "" when it is of none.

    Names that kit would not give are none: they could steer a terminal.
    """
    matched = _FULL.fullmatch(name)
    return matched[1] if matched and not any(map(ids.problem, matched.groups()[1:])) else ""


def read(store: Store, ref: str, oid: str, is_local: bool = True) -> Trace:
    """Returns the session that a commit holds. Raises InvalidInput when it holds none."""
    blob = store.objects.blob_id(oid, f"{ref}/{META}")
    if not blob:
        raise InvalidInput(f"{ref} has no {META}", hint="git log shows who wrote it", code="damaged")
    data = store.objects.blob(blob, limit=record.MAX_META)
    meta = record.load(data, ref=ref)
    return Trace(meta.harness, meta.session, oid, json.loads(data), meta, is_local)


def records(store: Store, trace: Trace, first: int = 1, last: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yields line number and record, from `first` to `last`, one part in memory at a time.

    A session that is mirrored on meanwhile keeps its lines, though not its parts: it is read on in its next state.
    Raises InvalidInput when a part is missing or does not hold as many lines as it should.
    """
    last = min(trace.record.lines, trace.record.lines if last is None else last)
    for _ in range(TRIES):
        try:
            for number, data in _records(store, trace, first, last):
                first = number + 1
                yield number, data
        except InvalidInput:
            oid, is_local = refs(store).get(trace.ref, ("", True))
            if not oid or oid == trace.oid:
                raise
            trace = read(store, trace.ref, oid, is_local)
        else:
            return
    raise InvalidInput(f"{trace.name} kept changing while it was read", hint="run it again", code="contended")


def _records(store: Store, trace: Trace, first: int, last: int) -> Iterator[tuple[int, bytes]]:
    line = 1
    for part in trace.record.parts:
        if line > last:
            return
        if line + part.lines > first:
            blob = store.objects.blob_id(trace.oid, f"{trace.ref}/{part.name}")
            found = slice.records(store.objects.blob(blob)) if blob else []
            if len(found) != part.lines:
                raise InvalidInput(
                    f"{trace.ref}/{part.name} has {len(found)} lines, not {part.lines}",
                    hint="run git fsck", code="damaged",
                )  # fmt: skip
            yield from islice(enumerate(found, line), max(0, first - line), last - line + 1)
        line += part.lines


def events(store: Store, trace: Trace) -> Iterator[Event]:
    """Yields what happened in a session. Raises NotFound for a harness that this kit does not know."""
    if trace.harness not in harnesses.HARNESSES:
        raise NotFound(
            f"no harness {trace.harness!r} is known", hint=f"known are {', '.join(harnesses.HARNESSES)}", code="harness"
        )
    return harnesses.HARNESSES[trace.harness].events(records(store, trace))


def _read_now(store: Store, ref: str, oid: str, is_local: bool) -> Trace:
    """Returns a session as it stands: the commit it was seen at may have been replaced since, and be gone."""
    for _ in range(TRIES):
        try:
            return read(store, ref, oid, is_local)
        except InvalidInput:
            before = oid
            oid, is_local = refs(store).get(ref, (oid, is_local))
            if oid == before:
                raise
    raise InvalidInput(f"{ref} kept changing while it was read", hint="run it again", code="contended")


def _begins(ref: str, wanted: str) -> bool:
    harness, _, session = ref.removeprefix(FOLDER + "/").partition("/")
    given, slash, prefix = wanted.rpartition("/")
    return len(prefix) >= SHORTEST and session.startswith(prefix) and (not slash or given == harness)


def _eldest(found: list[str]) -> list[str]:
    """Returns the one session whose sub-agents' sessions all others are, if it is so: their ids begin with its."""
    first = min(found, key=len, default="")
    strangers = [each for each in found if each != first and not each.startswith(f"{first}.")]
    return [first] if first and not strangers else found


def _near(wanted: str, known: list[str]) -> list[str]:
    names = {ref.rpartition("/")[2]: ref.removeprefix(FOLDER + "/") for ref in known}
    short = wanted.rpartition("/")[2]
    begun = [full for name, full in names.items() if short and name.startswith(short)]
    matched = difflib.get_close_matches(short, names, n=3, cutoff=0.5)
    return list(dict.fromkeys([*begun[:3], *(names[name] for name in matched)]))[:3]
