"""Takes a thread out of a repository as one file, with its whole history, and into another.

The file is a git bundle (gitformat-bundle): git itself can read it, and what is loaded has the same commit ids.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit.context import new, place, tip, write
from kit.errors import InvalidInput
from kit.store import history, joining

if TYPE_CHECKING:
    from kit.context.cleaning import Redactor
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store

_MARK = b"# v2 git bundle\n"
_HEAD = re.compile(rb"([0-9a-f]{40}) refs/(?:[^ \n]*/)?context/([a-z0-9][a-z0-9._-]{0,79})")
MAX_BYTES = 1 << 30
_MAX_HEADER = 64 << 10
_SECONDS = 600.0


class Loaded(NamedTuple):
    """Under which name a thread was loaded, the commit it stands at now, and whether it was joined with one here."""

    thread: str
    commit: str
    was_joined: bool


def export(store: Store, thread: str) -> bytes:
    """Returns a thread as a git bundle."""
    oid = tip.of(store, thread).oid
    pack = store.repository.git.run(
        "pack-objects", "--revs", "--stdout", "--quiet", "--delta-base-offset", stdin=f"{oid}\n".encode(),
        seconds=_SECONDS,
    ).out  # fmt: skip
    return _MARK + f"{oid} refs/kit/{place.ref_of(thread)}\n\n".encode() + pack


def load(store: Store, data: bytes, *, name: str = "", author: Author, redactor: Redactor) -> Loaded:
    """Takes a thread in from a bundle, as `name` where given; one that is here already is joined with it.

    Raises InvalidInput for what is no whole bundle of a thread.
    """
    oid, thread = _unpacked(store, data)
    folder = place.folder_of(store.objects, oid, thread)
    if not folder:
        raise _bad("holds no thread")
    wanted = name or thread
    ref = place.ref_of(wanted)
    here = tip.tip(store, wanted).oid
    if not here:
        if folder == ref:
            store.adopt(ref, oid)
            return Loaded(wanted, oid, was_joined=False)
        return Loaded(
            wanted, new.from_commit(store, wanted, thread, oid, author=author, redactor=redactor), was_joined=False
        )
    if folder != ref:
        raise InvalidInput(f"there is a thread {wanted!r} already", hint="load it with another --as NAME", code="taken")
    if store.objects.descends(here, oid):
        return Loaded(wanted, here, was_joined=False)

    def edit(base: Base) -> Edit:
        found = joining.join(store.objects, history.fork(store.objects, base.oid, oid), oid, base.oid)
        return {path.removeprefix(f"{ref}/"): data for path, data in found.edit.items() if path.startswith(f"{ref}/")}

    commit = write.commit(
        store, wanted, edit, event="context-join", subject=f"join {wanted} from a bundle", author=author, also=[oid]
    )
    return Loaded(wanted, commit, was_joined=True)


def _unpacked(store: Store, data: bytes) -> tuple[str, str]:
    """Stores the objects of a bundle, checked, and returns the commit and the name of the thread in it."""
    if not data.startswith(_MARK):
        raise _bad("is no git bundle")
    end = data.find(b"\n\n", len(_MARK) - 1, _MAX_HEADER)
    lines = data[len(_MARK) : end].split(b"\n") if end > 0 else []
    heads = [found for line in lines if (found := _HEAD.fullmatch(line))]
    if any(line.startswith(b"-") for line in lines) or not heads:
        raise _bad("is no whole bundle of a thread")
    pack = data[end + 2 :]
    git = store.repository.git
    words = ("--stdin", "--strict", f"--max-input-size={MAX_BYTES}")
    answer = git.run("index-pack", *words, stdin=pack, seconds=_SECONDS, codes=(0, 1, 128))
    if answer.code:
        raise _bad(f"is damaged: {answer.complaint}")
    oid, thread = heads[0][1].decode(), heads[0][2].decode()
    if not store.objects.has(oid):
        raise _bad("does not hold the commit that it names")
    return oid, thread


def _bad(why: str) -> InvalidInput:
    return InvalidInput(f"the file {why}", hint="kit context export makes one", code="bad_bundle")
