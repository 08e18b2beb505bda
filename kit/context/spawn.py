"""Begins a thread for a child agent: with its parent's whole history, or with copies of what is in force there now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import add as adding
from kit.context import entry, inherit, new, origin, place, thread, tip, write
from kit.context.cleaning import clean
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry
    from kit.context.inherit import Inherited, Selection
    from kit.context.thread import State
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store


class Spawned(NamedTuple):
    """The child's first commit, the commit of its parent that it begins from, and what it was given.

    A branch has all of its parent; `inherited` is then what its budget has room for when it is compiled, None where
    it has no budget.
    """

    commit: str
    parent: str
    inherited: Inherited | None


def spawn(
    store: Store,
    child: str,
    parent: str,
    *,
    purpose: str,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    how: str = inherit.FULL,
    selection: Selection | None = None,
    budget: int = 0,
) -> Spawned:
    """Begins the thread `child` with what `parent` holds now; nothing is sent.

    `how` is full (a branch: all of it stays reachable, nothing is copied), head (copies of what is in force, in one
    commit), or select (copies of what the selection says). `budget` is in tokens, stands in the child's record, and
    bounds what is copied. Raises Taken when there is a thread of that name, Blocked when what is pinned alone exceeds
    the budget, InvalidInput for words that do not go together.
    """
    if how not in inherit.HOW:
        raise InvalidInput(f"{how!r} is no way to inherit", hint=f"there are {', '.join(inherit.HOW)}")
    if (how == inherit.SELECT) != bool(selection and not selection.is_empty):
        raise InvalidInput(
            "a selection and select go together", hint="--inherit select with --tag, --role, --type or --id",
            code="selection",
        )  # fmt: skip
    new.check_free(tip.tip(store, child).oid, child)
    state = thread.read(store, parent)
    if how == inherit.FULL:
        fits = inherit.inherit(state, budget=budget) if budget else None
        commit = new.from_commit(
            store, child, parent, state.commit, author=author, redactor=redactor, purpose=purpose, budget=budget,
            event="context-spawn",
        )  # fmt: skip
        return Spawned(commit, state.commit, fits)
    found = inherit.inherit(state, budget=budget, selection=selection)
    if len(found.entries) > adding.MOST:
        raise InvalidInput(
            f"{len(found.entries)} entries are too many to copy", hint="give a --budget, or --inherit full"
        )
    record = new.child_of(state, child, author=author, redactor=redactor, purpose=purpose)._replace(
        budget=budget, tags={}
    )
    copies = [_copy(state, each, redactor) for each in found.entries]
    digits = [random() for _ in copies]

    def edit(base: Base) -> Edit:
        new.check_free(base.oid, child)
        dated = adding.dated(store, base, copies, digits, author)
        paths = dict(place.places(store.objects, base.oid, base.folder, [each.id for each in dated]))
        return {place.RECORD: record.dump(), **{paths[each.id]: each.dump() for each in dated}}

    commit = write.commit(
        store, child, edit, event="context-spawn", subject=f"spawn {child} from {parent}", author=author,
        notes={"From": f"{parent} {state.commit}", "Inherit": how, "Entries": len(copies)},
    )  # fmt: skip
    return Spawned(commit, state.commit, found)


def _copy(state: State, each: Entry, redactor: Redactor) -> Entry:
    """Returns an entry as it is written to a child: what it says and is, and where it comes from."""
    there = origin.name(state.thread, state.commit, each.id)
    return entry.check(clean(each._replace(origin=there, edits="", oid="", path=""), redactor))
