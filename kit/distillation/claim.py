"""A sentence of a candidate, and where in the session it stands."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.records import words
from kit.safety.text import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_EXCERPT = 300  # characters


class Evidence(NamedTuple):
    """Lines of the session, and what stands there: verbatim, but on one line and without hidden characters."""

    first: int
    last: int
    excerpt: str


class Claim(NamedTuple):
    """One sentence and what it rests on."""

    text: str
    evidence: tuple[Evidence, ...]


class Sources:
    """Collects the sources of a candidate and names each once: `s1`, `s2` ..., in the order in which they are cited."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._names: dict[Evidence, str] = {}

    def cite(self, claim: Claim) -> str:
        """Returns the sentence with the labels of its sources (Open Knowledge Format: a label is a source's id)."""
        labels = []
        for each in claim.evidence:
            name = self._names.setdefault(each, f"s{len(self._names) + 1}")
            labels.append(f"[^{name}]")
        return claim.text + "".join(labels)

    def entries(self) -> list[dict[str, Any]]:
        """Returns the `sources` of a block."""
        return [
            {
                "resource": f"kit:{self._session}#{_range(each)}",
                "id": name,
                "excerpt": each.excerpt,
                "digest": digest(each.excerpt),
            }
            for each, name in self._names.items()
        ]


def digest(text: str) -> str:
    """Returns `sha256:<hex>` of an excerpt, as `kit validate` takes it."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def quote(text: str) -> str:
    """Returns what is quoted of a text: one line of at most MAX_EXCERPT characters, cut between words."""
    line = bare(text)
    if len(line) <= MAX_EXCERPT:
        return line
    head = line[:MAX_EXCERPT]
    return head.rpartition(" ")[0] or head


def fitting(claims: Iterable[Claim], limit: int, left_out: Callable[[str], None]) -> list[Claim]:
    """Returns the claims that fit into so many words together; what does not is told to `left_out`, never cut."""
    kept: list[Claim] = []
    room = limit
    for each in claims:
        size = words.count(each.text)
        if size <= room:
            kept.append(each)
            room -= size
        else:
            left_out(each.text)
    return kept


def _range(evidence: Evidence) -> str:
    return f"L{evidence.first}" if evidence.first == evidence.last else f"L{evidence.first}-L{evidence.last}"
