"""Removes the objects of a commit that another has replaced, at once and exactly these: git would keep them for weeks.

An object may be removed only if nothing else can need it. So what is to be removed one day is marked when it is
written: by the time of its file, to the nanosecond. Whoever writes the same content later, git too, finds it there
and sets that time anew: the mark is gone, and the object stays. What two could write at the same moment must be made
unlike by its writer. A crash, or a file system with coarse times, leaves more behind, never less.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

from kit.errors import InvalidInput, KitError
from kit.store.closure import closure

if TYPE_CHECKING:
    from pathlib import Path

    from kit.store.objects import Objects

#: Seconds by which clocks may differ between who makes a commit and who builds on it.
SLACK = 86_400
#: Files in git's folder that say that it is packing: it must not miss what it has begun to read.
_PACKING = ("gc.pid", "objects/maintenance.lock")


def mark(objects: Objects, new: str, old: str, *, owner: str) -> None:
    """Marks the objects that commit `new` has and `old` ("" for none) has not as those of `owner`.

    Only for commits whose files nobody else writes with the same content. A failure is no loss.
    """
    folder = objects.repository.git.common_folder / "objects"
    for oid in _own(objects, new, old):
        file = _file(folder, oid)
        with contextlib.suppress(OSError):
            if file.stat().st_nlink == 1:
                os.utime(file, ns=_sign(file, owner))


def spare(objects: Objects, old: str, *, owner: str) -> None:
    """Takes the mark from all that commit `old` has if another ref holds it: call it before `old` is replaced.

    What the next commits share with it then stays, whenever they are replaced in their turn.
    """
    if _is_held(objects, old, owner):
        _unmark(objects, old, owner)


def remove(objects: Objects, old: str, new: str, *, owner: str) -> int:
    """Removes the objects that commit `old` has and `new`, which replaced it, has not; returns how many.

    Call `spare` before `old` is replaced. None go while a ref stands at `old` or git is packing, and none without the
    mark of `owner`. A failure is no loss.
    """
    common = objects.repository.git.common_folder
    if _is_named(objects, old) or any((common / name).exists() for name in _PACKING):
        _unmark(objects, old, owner)
        return 0
    with contextlib.suppress(InvalidInput):
        return sum(_remove(_file(common / "objects", oid), owner) for oid in _own(objects, old, new))
    return 0


def _is_held(objects: Objects, oid: str, owner: str) -> bool:
    """Whether a ref other than `owner` holds a commit, or it cannot be told.

    What holds it was made after it: no older history is walked, however long it is.
    """
    try:
        since = objects.commit(oid).when - SLACK
        words = (f"--exclude=refs/kit/{owner}", "--all", "--reflog", "--parents", f"--max-age={since}")
        return oid in objects.repository.git.run("rev-list", *words).text.split()
    except KitError:
        return True


def _is_named(objects: Objects, oid: str) -> bool:
    """Whether any ref stands at a commit, or it cannot be told."""
    try:
        return bool(objects.repository.git.run("for-each-ref", "--count=1", f"--points-at={oid}").text)
    except KitError:
        return True


def _unmark(objects: Objects, oid: str, owner: str) -> None:
    folder = objects.repository.git.common_folder / "objects"
    with contextlib.suppress(InvalidInput):
        for each in closure(objects, oid):
            file = _file(folder, each)
            with contextlib.suppress(OSError):
                if file.stat().st_mtime_ns == _sign(file, owner)[0]:
                    os.utime(file)


def _own(objects: Objects, oid: str, other: str) -> list[str]:
    """Returns the ids of a commit, its trees and files without those of another, the commit first."""
    theirs = set(closure(objects, other)) if other else set()
    return [each for each in closure(objects, oid) if each not in theirs]


def _file(folder: Path, oid: str) -> Path:
    return folder / oid[:2] / oid[2:]


def _sign(file: Path, owner: str) -> tuple[int, int]:
    mark = int(hashlib.sha256(owner.encode()).hexdigest()[:8], 16) % 9_999_999 * 100 + 100
    seconds = file.stat().st_mtime_ns // 1_000_000_000
    return (seconds * 1_000_000_000 + mark,) * 2


def _remove(file: Path, owner: str) -> bool:
    """Removes a loose object if it has the mark; moved aside first, so that who writes it anew meanwhile does."""
    aside = file.with_name(f"tmp_obj_kit{os.getpid()}")
    try:
        if file.stat().st_mtime_ns != _sign(file, owner)[0]:
            return False
        file.rename(aside)
        if aside.stat().st_mtime_ns == _sign(aside, owner)[0]:
            aside.unlink()
            return True
        aside.rename(file)
    except (OSError, InvalidInput):
        pass
    return False
