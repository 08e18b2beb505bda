"""Finds entries by what they say and what was noted on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kit.context.entry import Entry


class Wanted(NamedTuple):
    """What is looked for, where it is not empty: `text` whatever its case, all of `tags`, `since` in seconds."""

    text: str = ""
    role: str = ""
    kind: str = ""
    priority: str = ""
    agent: str = ""
    tags: tuple[str, ...] = ()
    since: float = 0.0


def find(entries: Iterable[Entry], wanted: Wanted) -> Iterator[Entry]:
    """Yields the entries that are wanted, in their order."""
    text = wanted.text.casefold()
    for each in entries:
        if (
            wanted.role in ("", each.role)
            and wanted.kind in ("", each.kind)
            and wanted.priority in ("", each.priority)
            and wanted.agent in ("", each.agent)
            and each.at >= wanted.since
            and set(wanted.tags) <= set(each.tags)
            and (not text or text in each.text.casefold())
        ):
            yield each
