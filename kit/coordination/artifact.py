"""Files beside the work: bytes and a record with their checksum, for a task or shared by all; old versions stay.

All artifacts of a scope stand in one ref, so a fetch brings all of that scope and nothing of any other.
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, NamedTuple

from kit.coordination.artifact_record import (
    SHARED,
    Artifact,
    check_name,
    file_path,
    parse,
    record_path,
    ref_of,
    without_secrets,
)
from kit.errors import InvalidInput, KitError, NotFound, Taken
from kit.records import ids, strict_json
from kit.store import history, plain_file
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kit.coordination.holder import Holder
    from kit.store.remote import Update
    from kit.store.store import Store

TRIES = 64
_SHOWN = 5


class Put(NamedTuple):
    """What was put, what it replaced, and how many secrets of each kind were taken out of it."""

    artifact: Artifact
    replaced: Artifact | None
    redacted: Mapping[str, int]


def put(
    store: Store,
    data: bytes,
    *,
    name: str,
    task: str,
    me: Holder,
    now: float,
    redact: bool = False,
    riders: Sequence[Update] = (),
) -> Put:
    """Writes the next version of an artifact, for a task or (task "") shared by all.

    Raises Blocked when it holds a secret, unless `redact` has it taken out; InvalidInput for a name that cannot be or
    differs from another's by case alone, and for too many bytes; and what `Store.publish` raises.
    """
    ref = ref_of(task)
    check_name(name)
    data, redacted = without_secrets(data, store.repository.redactor.fork(), redact=redact)
    plain_file.check_size(len(data), limit_of(store))
    new = Artifact(name, task or SHARED, hashlib.sha256(data).hexdigest(), len(data), me, now, 0)
    for _ in range(TRIES):
        oid = store.tip(ref)
        _refuse_twin(store, ref, oid, name)
        before = next(versions(store, name, task=task), None)
        new = new._replace(version=before.version + 1 if before else 1)
        edit = {record_path(ref, name): strict_json.dump(new.record()), file_path(ref, name): data}
        notes = {"Artifact": name, "Version": new.version, **({"Task": task} if task else {})}
        try:
            store.publish(
                [Change(ref, oid, edit, "artifact", f"put {name}", notes)], author=me.author(now), riders=riders
            )
        except Stale:
            continue
        return Put(new, before, redacted)
    raise Taken(f"{ref} kept changing", hint="run the same command again", code="contended")


def get(store: Store, name: str, *, task: str, version: int | None = None) -> tuple[Artifact, bytes]:
    """Returns an artifact and its bytes as last seen, size and checksum verified.

    Raises NotFound, and InvalidInput when the bytes are not those that were put.
    """
    ref = ref_of(task)
    check_name(name)
    for commit, blob in _commits(store, ref, name):
        try:
            found = parse(ref, name, store.objects.blob(blob, limit=strict_json.MAX_BYTES))
        except InvalidInput:
            if version is None:
                raise
            continue
        if version in (None, found.version):
            return found, _verified(store, found, store.objects.blob_id(commit, file_path(ref, name)))
    raise _missing(store, ref, name, version)


def versions(store: Store, name: str, *, task: str) -> Iterator[Artifact]:
    """Yields the versions of an artifact as last seen, newest first; broken ones are left out."""
    ref = ref_of(task)
    for _, blob in _commits(store, ref, name):
        with contextlib.suppress(InvalidInput):
            yield parse(ref, name, store.objects.blob(blob, limit=strict_json.MAX_BYTES))


def known(store: Store, *, task: str, broken: list[str] | None = None) -> list[Artifact]:
    """Returns the artifacts of a task or (task "") the shared ones, as last seen, by name; names the broken."""
    ref = ref_of(task)
    found = []
    for path, blob in _entries(store, ref, store.tip(ref)).items():
        name = path.removeprefix(f"{ref}/").removesuffix(".json")
        if path.startswith(f"{ref}/files/"):
            continue
        try:
            if path != record_path(ref, name):
                raise InvalidInput("its place is wrong")
            found.append(parse(ref, name, store.objects.blob(blob, limit=strict_json.MAX_BYTES)))
        except InvalidInput:
            if broken is not None:
                broken.append(path)
    return sorted(found)


def scopes(store: Store, *, ask: bool) -> list[str]:
    """Returns the tasks that have artifacts: as last seen, or with `ask` by a look at the remote's refs, no fetch."""
    refs = store.refs("artifacts")
    if ask and store.remote:
        with contextlib.suppress(KitError):
            refs = store.remote.look(["artifacts/*"])
    names = (ref.removeprefix("artifacts/") for ref in refs)
    return sorted(name for name in names if name != SHARED and not ids.problem(name))


def limit_of(store: Store) -> int:
    """Returns how many bytes an artifact may have."""
    return int(store.repository.config.number("artifacts.max_size"))


def _refuse_twin(store: Store, ref: str, oid: str, name: str) -> None:
    for path in _entries(store, ref, oid):
        other = path.removeprefix(f"{ref}/files/")
        if other != name and other.casefold() == name.casefold():
            raise InvalidInput(
                f"there is an artifact {other!r} already, and some systems cannot tell them apart",
                hint=f"--name {other}, or quite another name", code="twin",
            )  # fmt: skip


def _entries(store: Store, ref: str, oid: str) -> dict[str, str]:
    return store.objects.entries(oid, under=ref) if oid else {}


def _commits(store: Store, ref: str, name: str) -> Iterator[tuple[str, str]]:
    """Yields commit and object id of each version of an artifact's record, newest first."""
    oid = store.tip(ref)
    for commit, blob in history.versions(store.objects, oid, record_path(ref, name)) if oid else ():
        yield commit.oid, blob


def _verified(store: Store, found: Artifact, blob: str) -> bytes:
    data = store.objects.blob(blob) if blob else b""
    if len(data) == found.size and hashlib.sha256(data).hexdigest() == found.sha256:
        return data
    raise InvalidInput(
        f"the bytes of {found.name!r} version {found.version} are not those that {found.holder.agent} put",
        hint="ask for it again, or take an older one: --version N", code="checksum", name=found.name,
    )  # fmt: skip


def _missing(store: Store, ref: str, name: str, version: int | None) -> NotFound:
    scope = ref.removeprefix("artifacts/")
    there = sorted(
        {path.removeprefix(f"{ref}/files/") for path in _entries(store, ref, store.tip(ref)) if "/files/" in path}
    )
    what = f"version {version} of {name!r}" if version and name in there else f"artifact {name!r}"
    return NotFound(
        f"there is no {what} {'shared by all' if scope == SHARED else f'of task {scope}'}",
        hint=f"there is: {', '.join(there[:_SHOWN])}" if there else "kit artifact list names the tasks that have some",
    )
