"""Takes entries of another thread into this one: copies that say where they come from, as they are in force there.

What is here already is not taken twice. A tool's call and its result come together. Where a copy means something else
without what stood around it, that is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import add as adding
from kit.context import between, origin, piece, place, rebase, span, thread, tip, version
from kit.context.piece import Warned
from kit.errors import Blocked, InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry
    from kit.context.thread import State
    from kit.context.write import Beside
    from kit.store.author import Author
    from kit.store.store import Store

EVENT = "context-pick"


class Chosen(NamedTuple):
    """What a pick takes: drafts in their order, the ids of those that are here already, and what means something else.

    `with_` are the ids that come along as the other half of a tool's pair.
    """

    drafts: tuple[Entry, ...]
    known: tuple[str, ...]
    with_: tuple[str, ...]
    warnings: tuple[Warned, ...]


class Picked(NamedTuple):
    """The entries that were added, by which commit ("" when all were here already), and what was chosen."""

    entries: tuple[Entry, ...]
    commit: str
    chosen: Chosen


def pick(
    store: Store,
    name: str,
    source: State,
    wanted: Sequence[str],
    *,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    is_strict: bool = False,
    maker: Author | None = None,
    made_at: str = "",
    beside: Beside | None = None,
) -> Picked:
    """Adds copies of entries of another thread, as it was read; nothing is sent.

    `wanted` names them. Raises NotFound for one that is not there, Blocked where a copy means something else and
    `is_strict` forbids it. `maker` and `made_at` are as `add` has them.
    """
    chosen = choose(store, name, source, wanted)
    if is_strict and chosen.warnings:
        raise Blocked(
            f"picked from {source.thread}, this would mean something else: {rebase.said(chosen.warnings)}",
            hint="leave --strict out, or pick what it hangs on too", code="order",
            warnings=[each._asdict() for each in chosen.warnings[:50]],
        )  # fmt: skip
    if not chosen.drafts:
        return Picked((), "", chosen)
    count = f"{len(chosen.drafts)} {'entry' if len(chosen.drafts) == 1 else 'entries'}"
    added = adding.add(
        store, name, chosen.drafts, author=author, random=random, redactor=redactor, event=EVENT,
        subject=f"pick {count} of {source.thread}", maker=maker, made_at=made_at, beside=beside,
    )  # fmt: skip
    return Picked(added.entries, added.commit, chosen)


def of_commit(store: Store, source: State) -> list[str]:
    """Returns the entries that the commit of a thread wrote. Raises InvalidInput for one that wrote none."""
    parents = store.objects.commit(source.commit).parents
    changed = between.between(store, source.thread, parents[0] if parents else "", source.commit)
    found = [place.id_at(each.path) for each in changed if each.after and place.id_at(each.path)]
    if not found:
        raise InvalidInput(
            f"commit {source.commit[:10]} wrote no entry", hint="name entries: kit context pick THREAD ENTRY",
            code="no_entries",
        )  # fmt: skip
    return sorted(found)


def choose(store: Store, name: str, source: State, wanted: Sequence[str]) -> Chosen:
    """Returns what a pick would take. Raises NotFound for an entry that is not there."""
    if source.thread == name:
        raise InvalidInput(f"{name} has its own entries", hint="name another thread", code="same_thread")
    here = thread.read(store, name)
    there = version.versions(source.entries)
    rooted = version.roots(source.entries)
    asked = dict.fromkeys(root.id for each in wanted if (root := rooted[source.find(each).id]))
    if not asked:
        raise NotFound("no entry is to be picked", hint="kit context pick THREAD ENTRY", code="no_entries")
    pairs = _pairs(there)
    wholes = dict.fromkeys([*asked, *(pairs[root] for root in asked if root in pairs)])
    stands = _standing(here)
    drafts: list[Entry] = []
    known: list[str] = []
    for each in there:
        if each.root.id in wholes:
            draft = _draft(source, each, stands)
            if draft is None:
                known.append(each.root.id)
            else:
                drafts.append(draft)
    found = tuple(_warnings(there, wholes, stands, pairs))
    return Chosen(tuple(drafts), tuple(known), tuple(each for each in wholes if each not in asked), found)


def _standing(here: State) -> dict[str, Entry]:
    """Returns what is in force here, by the ids of entries and by those of which they are copies."""
    found: dict[str, Entry] = {}
    for each in version.versions(here.entries):
        for one in (each.root, each.head):
            named = origin.parse(one.origin)
            if named and named.entry:
                found.setdefault(named.entry, each.head)
        found[each.root.id] = each.head
    return found


def _draft(source: State, each: version.Version, stands: Mapping[str, Entry]) -> Entry | None:
    """Returns a copy as it is to be added, None where it is here already with the same words."""
    mine = stands.get(each.root.id)
    if mine is not None and mine.text == each.head.text:
        return None
    folds = each.head.folds if all(name in stands for name in each.head.folds) else ()
    return each.head._replace(
        id="", at=0.0, oid="", path="", folds=folds, edits=mine.id if mine else "",
        origin=origin.name(source.thread, source.commit, each.root.id),
    )  # fmt: skip


def _pairs(there: Sequence[version.Version]) -> dict[str, str]:
    """Returns for each half of a tool's pair the other, by the ids of their entries."""
    found: dict[str, str] = {}
    for pair in span.pairs(there):
        one, other = (there[at].root.id for at in sorted(pair))
        found |= {one: other, other: one}
    return found


def _warnings(
    there: Sequence[version.Version], taken: Collection[str], stands: Mapping[str, Entry], pairs: Mapping[str, str]
) -> Iterator[Warned]:
    question = ""
    for each in there:
        name, head = each.root.id, each.head
        who = piece.speaker(head)
        if name in taken:
            is_answer = who == "assistant" and not head.call and not head.folds
            if is_answer and question and question not in taken and question not in stands:
                yield Warned(piece.UNASKED, name, question)
            if head.call and name not in pairs and (piece.is_call(head) or piece.is_result(head)):
                yield Warned(piece.ALONE, name, head.call)
            if missing := [one for one in head.folds if one not in stands]:
                yield Warned(piece.UNFOLDED, name, missing[0])
        if who == "user" and not head.call and head.priority != piece.SKIPPED:
            question = name


def at(store: Store, source: str, oid: str = "") -> State:
    """Returns the thread to pick from, as it stood at a commit of it. Raises NotFound for a commit of another."""
    top = tip.of(store, source).oid
    if oid and not store.objects.descends(top, oid):
        raise NotFound(f"{oid[:12]} is no commit of {source}", hint="kit context log --on THREAD lists them")
    return thread.State(store, source, oid or top)
