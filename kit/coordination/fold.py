"""Folds refs into the archive of their kind: their files under the same paths, their history as parents.

One atomic push moves the archive and deletes the refs, so a reader finds each thing in one place or the other, and
whoever dies in between has done all of it or nothing.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from kit.errors import InvalidInput
from kit.safety.paths import is_safe_relative
from kit.store.handover import CHUNK
from kit.store.objects import Blob
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kit.store.author import Author
    from kit.store.store import Store

TRIES = 12


def fold(store: Store, kind: str, refs: Mapping[str, str], *, author: Author) -> list[str]:
    """Folds the refs that still stand at these commits and returns them; one that has moved is left alone.

    Raises what `Store.delete` raises; what was folded before that stays folded.
    """
    left = dict(refs)
    folded: list[str] = []
    tries = 0
    while left and tries < TRIES:
        chunk = dict(islice(left.items(), CHUNK))
        subject = f"fold {len(chunk)} {kind}" if len(chunk) > 1 else f"fold {next(iter(chunk))}"
        change = into_archive(store, kind, _files(store, chunk), subject, also=chunk.values())
        try:
            store.delete(chunk, [change], author=author)
        except Stale as stale:
            tries += 1
            for ref in stale.actual.keys() & left.keys():
                del left[ref]
        else:
            tries = 0
            folded += chunk
            for ref in chunk:
                del left[ref]
    return folded


def into_archive(
    store: Store, kind: str, files: Mapping[str, str], subject: str, *, also: Iterable[str] = ()
) -> Change:
    """Returns the change that adds files (path -> object id) to an archive; what is in it already stays as it is."""
    ref = f"archive/{kind}"
    base = store.tip(ref)
    known = set(store.objects.names(base, kind)) if base else set()
    new = {
        path: Blob(oid)
        for path, oid in files.items()
        if path.split("/", 2)[1] not in known or not store.objects.blob_id(base, path)
    }
    return Change(ref, base, new, "fold", subject, also=tuple(dict.fromkeys(also)))


def _files(store: Store, refs: Mapping[str, str]) -> dict[str, str]:
    """Returns the files of these refs that belong to them, by object id; the rest is kept by the history alone."""
    found: dict[str, str] = {}
    for ref, oid in refs.items():
        try:
            found |= store.objects.entries(oid, under=ref)
        except InvalidInput:
            continue
    return {path: oid for path, oid in found.items() if is_safe_relative(path)}
