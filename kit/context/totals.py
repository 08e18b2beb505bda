"""What a thread holds in all, kept for the commit it was counted at, so that an added entry is only added to it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import piece, span, tip, version
from kit.errors import InvalidInput
from kit.records import strict_json
from kit.store import derived

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kit.context.entry import Entry
    from kit.context.thread import State
    from kit.store.store import Store

FOLDER = "totals"
MAX_BYTES = 1 << 20
#: Tags that are kept; a thread with more is counted anew each time.
MOST_TAGS = 1000


class Told(NamedTuple):
    """What was found of a policy that held when the thread had so many `entries`: what `kit.context.maintain` says.

    `key` is made of all else that it rests on.
    """

    key: str
    entries: int
    state: str
    said: str
    next: str
    proposal: str


class Totals(NamedTuple):
    """The entries in force that a model can be sent (not skipped, not folded), their tokens, and the tags they have.

    `told` is what was found of policies, by their ids, since anything but adding was done to the thread.
    """

    commit: str
    entries: int
    tokens: int
    tags: frozenset[str]
    told: Mapping[str, Told] = {}


def totals(store: Store, state: State) -> Totals:
    """Returns what a thread holds at the commit that was read."""
    found = _kept(store, state.thread)
    return found if found and found.commit == state.commit else keep(store, state.thread, _counted(state))


def after(store: Store, thread: str, added: Sequence[Entry], commit: str) -> Totals | None:
    """Returns what a thread holds after a commit that only added entries, None where all must be counted for it."""
    known = _kept(store, thread)
    if not known or any(each.edits or each.folds for each in added) or tip.tip(store, thread).oid != commit:
        return None
    if store.objects.commit(commit).parents != (known.commit,):
        return None
    more = [each for each in added if each.priority != piece.SKIPPED]
    tags = known.tags.union(*(each.tags for each in more))
    made = Totals(commit, known.entries + len(more), known.tokens + _tokens(more), tags, known.told)
    return keep(store, thread, made)


def _counted(state: State) -> Totals:
    every = version.versions(state.entries)
    hidden = span.folded_ids(every)
    heads = [each.head for each in every if each.root.id not in hidden and each.head.priority != piece.SKIPPED]
    return Totals(state.commit, len(heads), _tokens(heads), frozenset(tag for each in heads for tag in each.tags))


def _tokens(entries: Sequence[Entry]) -> int:
    return sum(each.tokens.count for each in entries if each.tokens)


def _file(store: Store, thread: str) -> Path:
    return store.repository.derived / FOLDER / f"{thread}.json"


def keep(store: Store, thread: str, made: Totals) -> Totals:
    """Keeps what a thread holds for the next who asks, if it can be, and returns it."""
    if len(made.tags) <= MOST_TAGS:
        with contextlib.suppress(OSError):
            derived.make(store.repository.derived)
            told = {name: each._asdict() for name, each in made.told.items()}
            data = strict_json.dump({**made._asdict(), "tags": sorted(made.tags), "told": told})
            derived.write(_file(store, thread), data)
    return made


def _kept(store: Store, thread: str) -> Totals | None:
    """Returns what was kept of a thread, None where nothing whole was: it is counted again then."""
    file = _file(store, thread)
    try:
        if file.is_symlink() or file.parent.is_symlink():
            return None
        with file.open("rb") as opened:
            found: Any = strict_json.load(opened.read(MAX_BYTES))
        sound = isinstance(found["commit"], str) and all(type(found[name]) is int for name in ("entries", "tokens"))
        tags = frozenset(map(str, found["tags"]))
        told = {name: _told(each) for name, each in found["told"].items()}
        return Totals(found["commit"], found["entries"], found["tokens"], tags, told) if sound else None
    except (OSError, InvalidInput, KeyError, TypeError, AttributeError):
        return None


def _told(found: Any) -> Told:
    made = Told(**found)
    if not all(type(value) is (int if name == "entries" else str) for name, value in made._asdict().items()):
        raise TypeError
    return made
