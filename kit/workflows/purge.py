"""Takes out of this repository what should never have been committed to the live plane: a secret, or a whole session.

Live refs are written anew without it, and the objects that held it are deleted, exactly these. Branches and tags are
not touched, and what a remote or another clone holds cannot be: it is said, with the steps that are left.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, NotWritten, Taken
from kit.safety import forms
from kit.sessions import trace
from kit.sessions.record import META
from kit.store import derived, discard, rewriting
from kit.store.closure import closure
from kit.store.objects import Objects
from kit.store.rewriting import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from kit.store.store import Store

MARKER = b"[REDACTED:purged]"
LONGEST = 1 << 16
LIVE = ("refs/kit/", "refs/kit-remotes/", "refs/kit-aside/")
_ROUNDS = 4
_MOST_FILE = 1 << 28


class Ref(NamedTuple):
    """A live ref that holds it: its full name, its commit, how many objects it reaches that do, and its new commit."""

    name: str
    old: str
    holders: int
    new: str = ""


class Purged(NamedTuple):
    """What was found, and with `is_applied` taken out.

    `objects` holds how many objects have it, `kept` the ids of those that branches, tags, reflogs or an index reach,
    `files` the files of `.kit`, `left` what could not be read or removed.
    """

    refs: tuple[Ref, ...]
    objects: int
    files: tuple[str, ...]
    kept: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    is_applied: bool = False


def secret(store: Store, value: bytes, *, is_applied: bool) -> Purged:
    """Finds a secret, in any of its forms, in every object and in `.kit`; with `is_applied` takes it out.

    Raises InvalidInput for one that is too short to be told from other text, Taken when a ref moved meanwhile: what
    was rewritten until then stays, and running it again goes on.
    """
    if not forms.SHORTEST <= len(value) <= LONGEST:
        raise InvalidInput(
            f"a secret has {forms.SHORTEST} to {LONGEST} bytes", hint='printf %s "$SECRET" | kit purge --secret -'
        )
    needles = forms.forms(value)

    def clean(data: bytes) -> bytes:
        for needle in needles:
            data = data.replace(needle, MARKER)
        return data

    found = Found(store.repository, needles)
    refs = _refs(store, found)
    files = list(_files(store.repository.derived, needles))
    named = tuple(file.relative_to(store.repository.derived).as_posix() for file in files)
    if not is_applied:
        kept = found.holders & discard.reachable(store.repository.git) - _reached_by(store, [ref.name for ref in refs])
        return Purged(refs, len(found.holders), named, tuple(sorted(kept)), tuple(found.unread))
    count = len(found.holders)
    done: dict[str, Ref] = {}
    for _ in range(_ROUNDS):
        known: dict[str, str] = {}
        objects = Objects(store.repository)
        for ref in refs:
            rewriting.rewrite(objects, found.order(ref.old), clean, known)
        moved = [ref._replace(new=known[ref.old]) for ref in refs]
        _move(store, moved)
        done |= {ref.name: ref._replace(old=done[ref.name].old if ref.name in done else ref.old) for ref in moved}
        kept = _remove(store, found)
        found = Found(store.repository, needles)
        refs = _refs(store, found)
        if not refs and found.holders <= kept:
            break
    for file in files:
        _mend(file, clean)
    left = [*found.unread, *(found.holders - kept), *(str(file) for file in _files(store.repository.derived, needles))]
    return Purged(tuple(done.values()), count, named, tuple(sorted(kept & found.holders)), tuple(sorted(left)), True)


def session(store: Store, name: str, *, is_applied: bool) -> Purged:
    """Finds all states of a session that any object holds; with `is_applied` removes them.

    Raises NotFound, and Taken when it was mirrored meanwhile.
    """
    wanted = trace.find(store, name)
    ends = {"mirror": ":", "stop": "\n", "compact": "\n"}
    found = Found(store.repository, [f"\n\n{verb} {wanted.name}{end}".encode() for verb, end in ends.items()])
    refs = tuple(
        ref._replace(holders=len(closure(store.objects, ref.old)))
        for ref in _listed(store)
        if trace.ref_in(ref.name) == wanted.ref
    )
    states = {ref.old for ref in refs} | {oid for oid in found.holders if _is_state(store, oid, wanted.ref)}
    held = dict.fromkeys(each for oid in states for each in closure(store.objects, oid))
    git = store.repository.git
    own = set[str]()
    if is_applied:
        _move(store, refs)
    else:
        own = _reached_by(store, [ref.name for ref in refs])
    others = discard.reachable(git) - own
    if is_applied:
        discard.discard(git, [oid for oid in held if oid not in others])
    return Purged(refs, len(held.keys() - others), (), tuple(sorted(states & others)), (), is_applied)


def _is_state(store: Store, oid: str, ref: str) -> bool:
    """Whether an object is a commit of a session."""
    with contextlib.suppress(InvalidInput):
        return store.objects.raw(oid)[0] == "commit" and bool(store.objects.blob_id(oid, f"{ref}/{META}"))
    return False


def _listed(store: Store) -> list[Ref]:
    listed = store.repository.git.run("for-each-ref", "--format=%(refname) %(objectname)", *LIVE).text.split("\n")
    return [Ref(name, oid, 0) for name, _, oid in (line.partition(" ") for line in listed) if name]


def _refs(store: Store, found: Found) -> tuple[Ref, ...]:
    """Returns the live refs from which a holder is reached."""
    return tuple(
        ref._replace(holders=sum(oid in found.holders for oid in found.order(ref.old)))
        for ref in _listed(store)
        if ref.old in found.leading
    )


def _reached_by(store: Store, names: Sequence[str]) -> set[str]:
    """Returns the objects that only these refs reach, and no other, no reflog and no index."""
    if not names:
        return set()
    words = ["--objects", "--no-object-names", *names, "--not", *(f"--exclude={name}" for name in names), "--all"]
    return set(store.repository.git.run("rev-list", *words, seconds=discard.SECONDS).text.split())


def _move(store: Store, refs: Sequence[Ref]) -> None:
    """Moves refs to their new commits, or removes those without, all or none."""
    git = store.repository.git
    script = "start\n"
    for ref in refs:
        script += f"update {ref.name} {ref.new} {ref.old}\n" if ref.new else f"delete {ref.name} {ref.old}\n"
    answer = git.run("update-ref", "--no-deref", "--stdin", stdin=f"{script}commit\n".encode(), codes=(0, 1, 128))
    if answer.may_not_write:
        raise NotWritten(f"refs cannot be moved: {answer.complaint}", hint="is the disk full?")
    if answer.code:
        raise Taken(f"a ref moved meanwhile: {answer.complaint}", hint="run it again")
    discard.forget(git, {ref.name for ref in refs})


def _remove(store: Store, found: Found) -> set[str]:
    """Deletes what leads to a holder and is reached by nothing; returns the holders that still are."""
    others = discard.reachable(store.repository.git)
    discard.discard(store.repository.git, found.downwards(found.leading - others))
    return found.holders & others


def _files(folder: Path, needles: Sequence[bytes]) -> Iterator[Path]:
    """Yields the files of the derived folder that hold it; no link is followed."""
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if file.is_file() and not file.is_symlink() and file.stat().st_size <= _MOST_FILE:
            data = file.read_bytes()
            if any(needle in data for needle in needles):
                yield file


def _mend(file: Path, clean: Callable[[bytes], bytes]) -> None:
    """Takes it out of a text; anything else of the derived folder is removed, and made again when it is needed."""
    data = file.read_bytes()
    if b"\0" in data:
        file.unlink()
    else:
        derived.write(file, clean(data))
