"""Looks at what a source quotes: a range of a session's trace, or lines of a file in the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.review.gate import Evidence
from kit.review.gates.sources import SESSION
from kit.safety import paths
from kit.store import tree

if TYPE_CHECKING:
    from kit.store.store import Store

_LINES = re.compile(r"L(\d{1,9})(?:-L?(\d{1,9}))?")


def look(store: Store, commit: str, resource: str, excerpt: str) -> Evidence:
    """Returns how a source stands here: a session by its trace, a path by the file in `commit`."""
    place, _, anchor = resource.partition("#")
    lines = _LINES.fullmatch(anchor)
    if resource.startswith(SESSION):
        return _session(store, place.removeprefix(SESSION), lines, excerpt)
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
    return Evidence("found" if _plain(excerpt) in _plain("\n".join(text)) else "other")


def _session(store: Store, name: str, lines: re.Match[str] | None, excerpt: str) -> Evidence:
    del store, name, lines, excerpt
    return Evidence("unchecked", " (the session is not on this machine)")


def _plain(text: str) -> str:
    return " ".join(text.split())
