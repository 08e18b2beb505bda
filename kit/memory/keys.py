"""Values under dotted keys: every version is kept with its author, and nobody's is overwritten without a word.

Keys with one first segment share a ref. Writers of different keys there never get in each other's way for good:
whoever finds that the ref has moved decides again.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, KitError, NotFound, Taken
from kit.memory import value as values
from kit.memory.value import Value
from kit.records import strict_json
from kit.store import history as walk
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kit.store.author import Author
    from kit.store.remote import Update
    from kit.store.store import Store

REFS = "memory/*"
TRIES = 64
_NEAR = 5


class Written(NamedTuple):
    """What was written, what stood there before it, and how many secrets of each kind were taken out."""

    value: Value
    replaced: Value | None
    redacted: Mapping[str, int]


def set_value(
    store: Store,
    key: str,
    text: str,
    *,
    author: Author,
    nonce: str,
    is_json: bool = False,
    if_version: int | None = None,
    riders: Sequence[Update] = (),
) -> Written:
    """Writes the next version of a key. The later of two writers wins and is told what it has replaced.

    With `if_version` it is written only if that is the version now, 0 for none: otherwise Taken is raised, naming
    version and author. Raises InvalidInput for a key or a value that cannot be, and what `Store.publish` raises.
    """
    values.check_key(key)
    value, redacted = values.given(text, store.repository.redactor.fork(), is_json=is_json)
    new = Value(key, 0, value, author.name, author.instance, author.when, nonce)
    written, replaced = _write(store, new, author=author, if_version=if_version, riders=riders)
    return Written(written, replaced, redacted)


def delete(
    store: Store,
    key: str,
    *,
    author: Author,
    nonce: str,
    if_version: int | None = None,
    riders: Sequence[Update] = (),
) -> Written:
    """Writes a version that says the key is deleted; those before it stay readable. Raises NotFound, and as above."""
    values.check_key(key)
    new = Value(key, 0, None, author.name, author.instance, author.when, nonce, is_deleted=True)
    written, replaced = _write(store, new, author=author, if_version=if_version, riders=riders)
    return Written(written, replaced, {})


def get(store: Store, key: str, *, version: int | None = None) -> Value:
    """Returns a key's value, or that of an older version, as last seen. Raises NotFound, proposing near keys."""
    oid = store.tip(values.ref_of(key))
    if version is None:
        found = _current(store, key, oid)
    else:
        found = next((each for each in history(store, key) if each.version == version), None)
        if found is None and oid and _current(store, key, oid):
            raise NotFound(f"key {key!r} has no version {version}", hint=f"kit memory history {key}")
    if found is None:
        raise _missing(store, key)
    if found.is_deleted:
        raise NotFound(
            f"key {key!r} was deleted by {found.agent} in version {found.version}",
            hint=f"kit memory get {key} --version {max(found.version - 1, 1)} shows what it was",
            code="deleted",
        )
    return found


def history(store: Store, key: str) -> Iterator[Value]:
    """Yields the versions of a key as last seen, newest first; broken ones are left out."""
    oid = store.tip(values.ref_of(key))
    for _, blob in walk.versions(store.objects, oid, values.path_of(key)) if oid else ():
        try:
            yield values.parse(key, store.objects.blob(blob, limit=strict_json.MAX_BYTES))
        except InvalidInput:
            continue


def known(store: Store, prefix: str = "", broken: list[str] | None = None) -> list[Value]:
    """Returns the values of the keys that begin with `prefix`, as last seen, by key; names the broken in `broken`."""
    found: list[Value] = []
    for key, blob in _keys(store, prefix, broken if broken is not None else []):
        try:
            each = values.parse(key, store.objects.blob(blob, limit=strict_json.MAX_BYTES))
        except InvalidInput:
            if broken is not None:
                broken.append(values.path_of(key))
        else:
            found += [] if each.is_deleted else [each]
    return sorted(found)


def refs_of(prefix: str) -> str:
    """Returns the pattern of the refs that keys with this beginning stand in. Raises InvalidInput for no beginning."""
    if not prefix:
        return REFS
    values.check_key(prefix.removesuffix("."))
    first, dot, _ = prefix.partition(".")
    return f"memory/{first}" if dot else f"memory/{first}*"


def _write(
    store: Store, new: Value, *, author: Author, if_version: int | None, riders: Sequence[Update]
) -> tuple[Value, Value | None]:
    ref, path = values.ref_of(new.key), values.path_of(new.key)
    is_fresh = store.remote is None
    for _ in range(TRIES):
        oid = store.tip(ref)
        before = _before(store, new.key, oid)
        try:
            _check(new, before, if_version)
        except (Taken, NotFound):
            if is_fresh:
                raise
            store.fetch(ref)
            is_fresh = True
            continue
        following = new._replace(version=before.version + 1 if before else 1)
        data = strict_json.dump(following.record())
        values.parse(new.key, data)  # an infinite number, or one level of nesting too many: not readable again
        verb = "delete" if new.is_deleted else "set"
        notes = {"Key": new.key, "Version": following.version}
        change = Change(ref, oid, {path: data}, f"memory-{verb}", f"{verb} {new.key}", notes)
        try:
            store.publish([change], author=author, riders=riders)
        except Stale:
            is_fresh = True
            continue
        return following, before if before and not before.is_deleted else None
    raise Taken(f"{ref} kept changing", hint="run the same command again", code="contended")


def _check(new: Value, before: Value | None, if_version: int | None) -> None:
    """Raises Taken when the version now is not the one that was named, NotFound when there is nothing to delete."""
    stands = before is not None and not before.is_deleted
    version = before.version if before else 0
    if if_version is not None and if_version not in ({version} if stands else {version, 0}):
        by = f", by {before.agent}" if before else ""
        raise Taken(
            f"key {new.key!r} is at version {version}{by}, not {if_version}"
            + (" (deleted)" if before and before.is_deleted else ""),
            hint=f"kit memory get {new.key} --with-meta, then decide again",
            code="version",
            key=new.key,
            version=version,
            agent=before.agent if before else None,
        )
    if new.is_deleted and not stands:
        raise NotFound(f"there is no key {new.key!r}", hint="kit memory list shows the keys", value=new.key)


def _current(store: Store, key: str, oid: str) -> Value | None:
    """Returns what a commit holds for a key, None when nothing. Raises InvalidInput when it is broken."""
    blob = store.objects.blob_id(oid, values.path_of(key)) if oid else ""
    return values.parse(key, store.objects.blob(blob, limit=strict_json.MAX_BYTES)) if blob else None


def _before(store: Store, key: str, oid: str) -> Value | None:
    """Returns the newest version that can be read, so that a broken record does not stop the next writer."""
    try:
        return _current(store, key, oid)
    except InvalidInput:
        return next(history(store, key), None)


def _keys(store: Store, prefix: str, broken: list[str]) -> Iterator[tuple[str, str]]:
    """Yields the keys last seen that begin with `prefix`, each with the object id of its record."""
    for ref, oid in store.refs("memory").items():
        try:
            entries = store.objects.entries(oid)
        except InvalidInput:
            broken.append(ref)
            continue
        for path, blob in entries.items():
            key = values.key_of(path)
            if not key or values.ref_of(key) != ref:
                broken.append(path)
            elif key.startswith(prefix):
                yield key, blob


def _missing(store: Store, key: str) -> NotFound:
    """Returns the failure for a key that is not there, with those that are near to it."""
    import difflib  # only who has misspelt a key pays for it

    with contextlib.suppress(KitError):
        store.fetch(REFS)
    near = difflib.get_close_matches(key, [each for each, _ in _keys(store, "", [])], n=_NEAR)
    hint = f"did you mean {', '.join(near)}?" if near else "kit memory list shows the keys"
    return NotFound(f"there is no key {key!r}", hint=hint, near=near)
