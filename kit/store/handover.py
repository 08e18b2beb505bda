"""Hands over to the remote what was decided here before there was one: each ref is created there, never moved.

Where the remote has another of the same name, the one from here is set aside under `refs/kit-aside/`: what agents read
is what the authority says, and nothing is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, RemoteFailed, TimedOut, Unknown
from kit.store.live import is_live
from kit.store.objects import Blob
from kit.store.remote import Update
from kit.store.store import ABSENT, LOCAL, Change, Stale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.store.author import Author
    from kit.store.store import Store

ASIDE = "refs/kit-aside/"
#: Refs with one writer each: they are joined (`Store.send`), not decided.
OWN = ("agents/", "context/")
ARCHIVE = "archive/"
#: Refs in one push: two arguments of git each, well below what a system allows.
CHUNK = 400


class HandedOver(NamedTuple):
    """The refs that the remote has now, those that wait on, and those set aside with their new full names."""

    pushed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    conflicts: Mapping[str, str] = {}


def left_over(store: Store) -> dict[str, str]:
    """Returns the contended refs that stand here though a remote decides them, with their commit ids."""
    if not store.remote:
        return {}
    here = store.here().items()
    return {ref: oid for ref, oid in here if ref.startswith(ARCHIVE) or (is_live(ref) and not ref.startswith(OWN))}


def hand_over(store: Store, *, author: Author) -> HandedOver:
    """Creates on the remote what only stands here; call it after a fetch of all live refs."""
    left = left_over(store)
    new = [Update(ref, ABSENT, oid) for ref, oid in left.items() if not store.tip(ref) and not _is_archived(store, ref)]
    for first in range(0, len(new), CHUNK):
        store.publish([], author=author, riders=new[first : first + CHUNK])
    pushed: list[str] = []
    waiting: list[str] = []
    conflicts: dict[str, str] = {}
    for ref, oid in left.items():
        theirs = store.tip(ref)
        if theirs and _holds(store, theirs, oid):
            _drop(store, ref, oid)
            pushed += [ref] if theirs == oid else []
        elif not theirs and not _is_archived(store, ref):
            waiting.append(ref)
        elif not ref.startswith(ARCHIVE):
            conflicts[ref] = _set_aside(store, ref, oid)
        else:
            try:
                (pushed if _join(store, ref, oid, author) else waiting).append(ref)
            except InvalidInput:  # too large to be joined, or damaged
                conflicts[ref] = _set_aside(store, ref, oid)
    return HandedOver(tuple(pushed), tuple(waiting), conflicts)


def _holds(store: Store, theirs: str, ours: str) -> bool:
    try:
        return store.objects.descends(theirs, ours)
    except InvalidInput:  # what stands there is no commit
        return False


def _is_archived(store: Store, ref: str) -> bool:
    archive = store.tip(ARCHIVE + ref.split("/", 1)[0])
    return bool(archive) and bool(store.objects.entries(archive, under=ref))


def _join(store: Store, ref: str, ours: str, author: Author) -> bool:
    """Adds the archive from here to the remote's: both hold what is finished, so neither contradicts the other."""
    theirs = store.tip(ref)
    there = store.objects.entries(theirs)
    edit = {path: Blob(blob) for path, blob in store.objects.entries(ours).items() if path not in there}
    try:
        store.publish([Change(ref, theirs, edit, "join", f"join {ref}", also=[ours])], author=author)
    except (Stale, RemoteFailed, TimedOut, Unknown):
        return False
    _drop(store, ref, ours)
    return True


def _drop(store: Store, ref: str, oid: str) -> None:
    store.repository.git.run("update-ref", "--no-deref", "-d", LOCAL + ref, oid, codes=(0, 1, 128))


def _set_aside(store: Store, ref: str, oid: str) -> str:
    name = f"{ASIDE}{oid[:12]}/{ref}"
    script = f"start\nupdate {name} {oid}\ndelete {LOCAL}{ref} {oid}\ncommit\n"
    store.repository.git.run("update-ref", "--no-deref", "--stdin", stdin=script.encode())
    return name
