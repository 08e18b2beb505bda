"""Takes entries of another thread into this one: copies that say where they come from, as they are in force there.

What is here already is not taken twice. A tool's call and its result come together. Where a copy means something else
without what stood around it, that is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import add as adding
from kit.context import between, origin, piece, place, rebase, span, thread, tip, version
from kit.context import taken as taking
from kit.context.piece import Warned
from kit.context.write import TRIES, Beside
from kit.errors import Blocked, InvalidInput, NotFound
from kit.errors import Taken as TakenError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry
    from kit.context.taken import Taken
    from kit.context.thread import State
    from kit.context.write import Base, Edit
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
    `is_strict` forbids it. `maker` and `made_at` are as `add` has them. Where the thread moves meanwhile it is chosen
    anew, so that two who pick the same do not bring it twice.
    """
    for _ in range(TRIES):
        here = thread.read(store, name)
        chosen = _chosen(store, here, source, wanted)
        if is_strict and chosen.warnings:
            raise Blocked(
                f"picked from {source.thread}, this would mean something else: {rebase.said(chosen.warnings)}",
                hint="leave --strict out, or pick what it hangs on too", code="order",
                warnings=[each._asdict() for each in chosen.warnings[:50]],
            )  # fmt: skip
        if not chosen.drafts:
            return Picked((), "", chosen)
        count = f"{len(chosen.drafts)} {'entry' if len(chosen.drafts) == 1 else 'entries'}"
        try:
            added = adding.add(
                store, name, chosen.drafts, author=author, random=random, redactor=redactor, event=EVENT,
                subject=f"pick {count} of {source.thread}", told={"Picked": f"{source.thread} {source.commit}"},
                maker=maker, made_at=made_at, beside=_where(here, beside),
            )  # fmt: skip
        except _MovedError:
            continue
        return Picked(added.entries, added.commit, chosen)
    raise TakenError(f"{name} has moved {TRIES} times meanwhile", hint="pick again", code="changed")


def _where(here: State, beside: Beside | None) -> Beside:
    """Returns what is committed along, only on the commit for which the copies were chosen."""

    def files(base: Base) -> Edit:
        if base.oid != here.commit:
            raise _MovedError
        return beside.files(base) if beside else {}

    return Beside(beside.notes if beside else {}, files)


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
    return _chosen(store, thread.read(store, name), source, wanted)


def _chosen(store: Store, here: State, source: State, wanted: Sequence[str]) -> Chosen:
    if source.thread == here.thread:
        raise InvalidInput(f"{here.thread} has its own entries", hint="name another thread", code="same_thread")
    there = version.versions(source.entries)
    rooted = version.roots(source.entries)
    named = [source.find(each) for each in wanted]
    asked = dict.fromkeys(root.id for each in named if (root := rooted[each.id]))
    if not asked:
        raise NotFound("no entry is to be picked", hint="kit context pick THREAD ENTRY", code="no_entries")
    pairs = _pairs(there)
    wholes = dict.fromkeys([*asked, *(pairs[root] for root in asked if root in pairs)])
    stands = taking.Taken(store, here, source)
    drafts: list[Entry] = []
    known: list[str] = []
    found: list[Warned] = []
    for each in there:
        if each.root.id in wholes:
            mine = stands.find(each)
            before = stands.before(each, mine) if mine and mine.text != each.head.text else mine
            if mine and (before is mine or (before and before.text == each.head.text)):
                known.append(each.root.id)  # it says the same here, or only this side has changed it
                continue
            drafts.append(_draft(source, each, stands, mine))
            if mine and (not before or before.text != mine.text):
                found.append(Warned(piece.OVERTAKEN, each.head.id, mine.id))
            if not mine and each.root not in named:
                found += [Warned(piece.NO_TARGET, one.id, one.edits) for one in named if rooted[one.id] == each.root
                          and one.edits]  # fmt: skip
    found += _warnings(there, wholes, stands, pairs)
    return Chosen(tuple(drafts), tuple(known), tuple(each for each in wholes if each not in asked), tuple(found))


def _draft(source: State, each: version.Version, stands: Taken, mine: Entry | None) -> Entry:
    """Returns a copy as it is to be added."""
    folds = tuple(map(stands.root, each.head.folds))
    return each.head._replace(
        id="", at=0.0, oid="", path="", folds=folds if all(folds) else (), edits=mine.id if mine else "",
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
    there: Sequence[version.Version], taken: Collection[str], stands: Taken, pairs: Mapping[str, str]
) -> Iterator[Warned]:
    question = ""
    for each in there:
        name, head = each.root.id, each.head
        who = piece.speaker(head)
        if name in taken:
            is_answer = who == "assistant" and not head.call and not head.folds
            if is_answer and question and question not in taken and not stands.root(question):
                yield Warned(piece.UNASKED, name, question)
            if head.call and name not in pairs and (piece.is_call(head) or piece.is_result(head)):
                yield Warned(piece.ALONE, name, head.call)
            if missing := [one for one in head.folds if not stands.root(one)]:
                yield Warned(piece.UNFOLDED, name, missing[0])
        if who == "user" and not head.call and head.priority != piece.SKIPPED:
            question = name


def at(store: Store, source: str, oid: str = "") -> State:
    """Returns the thread to pick from, as it stood at a commit of it. Raises NotFound for a commit of another."""
    top = tip.of(store, source).oid
    if oid and not store.objects.descends(top, oid):
        raise NotFound(f"{oid[:12]} is no commit of {source}", hint="kit context log --on THREAD lists them")
    return thread.State(store, source, oid or top)


class _MovedError(Exception):
    """The thread is no longer where it was when the entries were chosen."""
