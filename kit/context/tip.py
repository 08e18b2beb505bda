"""Where a thread stands: here, or on the remote as last seen, whichever has gone on further."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import place
from kit.errors import InvalidInput, NotFound
from kit.records import ids
from kit.store.store import LOCAL

if TYPE_CHECKING:
    from kit.store.store import Store


class Tip(NamedTuple):
    """The commit a thread stands at, "" where there is none; `other` is the remote's where both have gone on apart."""

    oid: str
    other: str = ""


def tip(store: Store, thread: str) -> Tip:
    """Returns where a thread stands; nothing is fetched."""
    ref = place.ref_of(thread)
    here = store.objects.tip(LOCAL + ref) or ""
    there = store.tip(ref) if store.remote else ""
    if not there or here == there:
        return Tip(here)
    if not here:
        return Tip(there)
    try:
        if store.objects.descends(there, here):
            return Tip(there)
        return Tip(here) if store.objects.descends(here, there) else Tip(here, there)
    except InvalidInput:  # what the remote has cannot be read: what is here can
        return Tip(here)


def known(store: Store) -> dict[str, Tip]:
    """Returns every thread known here by name, with where it stands."""
    names = sorted({ref.removeprefix(f"{place.FOLDER}/") for ref in store.refs(place.FOLDER)})
    return {name: tip(store, name) for name in names if not ids.problem(name)}


def of(store: Store, thread: str) -> Tip:
    """Returns where a thread stands. Raises NotFound when it is not known here."""
    found = tip(store, thread)
    if not found.oid:
        import difflib

        near = difflib.get_close_matches(thread, known(store), n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"kit context new {thread} begins it"
        raise NotFound(f"there is no thread {thread!r}", hint=hint, value=thread, near=near)
    return found
