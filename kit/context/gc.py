"""Removes threads that were deleted long enough ago, and sides of threads that were set aside, and packs what is loose.

Nothing that a thread still reaches goes: a thread's ref only ever goes forward, so that is its whole history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import branches, place
from kit.errors import RemoteFailed, TimedOut, Unknown
from kit.store import packing
from kit.store.handover import ASIDE
from kit.store.store import LOCAL, Stale

if TYPE_CHECKING:
    from kit.errors import KitError
    from kit.store.author import Author
    from kit.store.store import Store


class Collected(NamedTuple):
    """Threads and refs that were removed, or would be; why some stay; and why what is loose could not be packed."""

    threads: tuple[str, ...]
    aside: tuple[str, ...]
    failure: KitError | None = None
    unpacked: str = ""


def gc(store: Store, *, author: Author, older: float, dry_run: bool = False) -> Collected:
    """Removes what was deleted, or set aside, more than `older` seconds ago; with `dry_run` it only says what.

    A thread goes on the remote first, and only if it still is there what it is here. Whoever has not seen that it was
    deleted keeps what is theirs, and sends it again.
    """
    until = author.when - older
    found = [each for each in branches.branches(store, is_all=True).threads if each.record.closed]
    old = [each for each in found if each.record.closed and each.record.closed.at <= until and not each.is_apart]
    aside = _aside(store, until)
    if dry_run:
        return Collected(tuple(each.name for each in old), tuple(aside))
    gone: list[str] = []
    failure: KitError | None = None
    for each in old:
        try:
            _remove(store, place.ref_of(each.name), each.commit, author)
        except Stale:
            continue
        except (RemoteFailed, TimedOut, Unknown) as error:
            failure = error
            break
        gone.append(each.name)
    for name, oid in aside.items():
        store.repository.git.run("update-ref", "--no-deref", "-d", name, oid, codes=(0, 1, 128))
    return Collected(tuple(gone), tuple(aside), failure, packing.pack(store.repository))


def _remove(store: Store, ref: str, oid: str, author: Author) -> None:
    if store.remote and store.tip(ref):
        store.delete({ref: oid}, [], author=author)
        store.remote.forget([ref])
    here = store.objects.tip(LOCAL + ref)
    if here:
        store.repository.git.run("update-ref", "--no-deref", "-d", LOCAL + ref, here, codes=(0, 1, 128))


def _aside(store: Store, until: float) -> dict[str, str]:
    """Returns full name -> commit id of the sides of threads that were set aside and are as old as that."""
    words = "--format=%(refname) %(objectname) %(committerdate:unix)"
    found: dict[str, str] = {}
    for line in store.repository.git.run("for-each-ref", words, ASIDE).text.splitlines():
        name, oid, when = line.split(" ")
        if f"/{place.FOLDER}/" in name and when.isdigit() and int(when) <= until:
            found[name] = oid
    return found
