"""Looks at what a source quotes: a range of a session's trace, an entry of a thread, or lines of a file here."""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from kit.context import origin, tip
from kit.context.thread import State
from kit.errors import InvalidInput, NotFound
from kit.review.gate import Evidence
from kit.review.gates.sources import SESSION, THREAD
from kit.safety import paths
from kit.safety.text import bare
from kit.sessions import trace
from kit.store import tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kit.store.store import Store

MOST_LINES = 5000
_LINES = re.compile(r"L(\d{1,9})(?:-L?(\d{1,9}))?")


def look(store: Store, commit: str, resource: str, excerpt: str) -> Evidence:
    """Returns how a source stands here: a session by its trace, an entry by its thread, a path by `commit`'s file."""
    place, _, anchor = resource.partition("#")
    lines = _LINES.fullmatch(anchor)
    if resource.startswith(SESSION):
        return _session(store, place.removeprefix(SESSION), lines, excerpt)
    if resource.startswith(THREAD):
        return _entry(store, resource, excerpt)
    if "://" in resource or resource.startswith(("kit:", "mailto:")) or paths.why_unsafe(place) or not excerpt:
        return Evidence("unchecked")
    (file,) = tree.read_at(store.repository.git, commit, [place])
    if file.data is None:
        return Evidence("unchecked")  # the links gate says that it is not there
    text = file.data.decode("utf-8", "replace").split("\n")
    if lines:
        first, last = int(lines[1]), int(lines[2] or lines[1])
        if not 1 <= first <= last <= len(text):
            return Evidence("missing", f"the file has {len(text)} lines")
        text = text[first - 1 : last]
    return Evidence("found" if bare(excerpt) in bare("\n".join(text)) else "other")


def redactions(store: Store, meta: Mapping[str, Any]) -> dict[str, int]:
    """Returns how many secrets of each kind were taken out of the sessions that a record rests on, as far as known."""
    sources = meta.get("sources")
    entries = [each for each in sources if isinstance(each, dict)] if isinstance(sources, list) else []
    named = {str(each.get("resource", "")).partition("#")[0] for each in entries}
    counts: Counter[str] = Counter()
    for each in sorted(name.removeprefix(SESSION) for name in named if name.startswith(SESSION)):
        with contextlib.suppress(NotFound, InvalidInput):
            counts.update(trace.find(store, each).record.redacted)
    return dict(counts)


def _session(store: Store, name: str, lines: re.Match[str] | None, excerpt: str) -> Evidence:
    """Holds an excerpt against the records of a mirrored session that are named."""
    try:
        return _quoted(store, trace.find(store, name), lines, excerpt)
    except NotFound:
        return Evidence("unchecked", " (the session is not on this machine)")
    except InvalidInput as error:  # several sessions, or a damaged one
        return Evidence("missing", error.message)


def _quoted(store: Store, found: trace.Trace, lines: re.Match[str] | None, excerpt: str) -> Evidence:
    total = sum(part.lines for part in found.record.parts)
    if lines is None:
        return Evidence("missing", "it names no lines")
    first, last = int(lines[1]), int(lines[2] or lines[1])
    if not 1 <= first <= last <= total:
        return Evidence("missing", f"the session has {total} lines")
    if last - first >= MOST_LINES:
        return Evidence("missing", f"it names {last - first + 1} lines, at most {MOST_LINES} are looked at")
    wanted = bare(excerpt)
    records = trace.records(store, found, first, last)
    is_there = any(wanted in bare(text) for _, data in records for text in texts(data))
    return Evidence("found" if is_there else "other", "" if is_there else f" in the lines {first} to {last}")


def _entry(store: Store, resource: str, excerpt: str) -> Evidence:
    """Holds an excerpt against an entry of a thread, as it stood at the commit that is named."""
    named = origin.parse(resource)
    if named is None or not named.entry:
        return Evidence("missing", "it names no entry: kit:context/<thread>@<commit>/<entry>")
    try:
        top = tip.tip(store, named.thread).oid
        if not top or not store.objects.has(named.commit):
            return Evidence("unchecked", " (the thread is not on this machine)")
        if not store.objects.descends(top, named.commit):
            return Evidence("unchecked", " (the commit is not in the history of the thread here)")
        known = State(store, named.thread, named.commit)
        is_there = bare(excerpt) in bare(known.find(named.entry).text)
    except (NotFound, InvalidInput) as error:
        return Evidence("missing", error.message)
    return Evidence("found" if is_there else "other")


def texts(data: bytes) -> Iterator[str]:
    """Yields the texts of one record: its strings, JSON in them read once more; of what is no JSON the line itself."""
    try:
        waiting: list[tuple[object, int]] = [(json.loads(data), 0)]
    except (ValueError, RecursionError):
        yield data.decode("utf-8", "replace")
        return
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            yield value
            if depth == 0 and value[:1] in ("{", "["):
                with contextlib.suppress(ValueError, RecursionError):
                    waiting.append((json.loads(value), 1))
        elif isinstance(value, dict):
            waiting += ((each, depth) for each in (*value.values(), *value))
        elif isinstance(value, list):
            waiting += ((each, depth) for each in value)
