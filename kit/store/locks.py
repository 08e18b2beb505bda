"""Lock files of refs: those that a dead process left behind are removed, the others are named.

git holds such a lock for milliseconds. One that is ten minutes old belongs to nobody any more, unless a process has
been stopped in the middle of it for so long; ages are told by the clock of the disk that the lock is on.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import KitError

try:
    import fcntl
except ImportError:  # Windows: nothing is removed there
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OLD = 600.0
GUARD = "kit-locks"
_NAMED = re.compile(r"Unable to create '(.+?\.lock)': File exists")


class Locked(KitError):
    """A ref cannot be moved because a lock stands on it."""

    code = "locked"
    exit_code = 6
    retryable = True


def named(complaint: str, folders: Sequence[Path]) -> list[Path]:
    """Returns the locks that git's words name, if they are in one of `folders`: words may come from a remote."""
    found = [Path(os.path.normpath(path)) for path in _NAMED.findall(complaint)]
    return sorted({path for path in found if any(path.is_relative_to(folder) for folder in folders)})


def clear(found: Sequence[Path], *, guard: Path, tell: Callable[[str], None]) -> bool:
    """Removes the locks that are older than ten minutes; returns whether one was there.

    `guard` is a file in the same repository that makes sure that only one process does so: another could remove the
    lock that a third has just taken.
    """
    if fcntl is None:
        return False
    done = False
    try:
        with guard.open("ab") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            os.utime(guard)
            for lock in found:
                age = guard.stat().st_mtime - lock.stat().st_mtime
                if age >= OLD:
                    lock.unlink()
                    tell(f"removed {lock}, left behind {age / 60:.0f} minutes ago by a process that died")
                    done = True
    except OSError:
        return done
    return done


def standing(found: Sequence[Path], complaint: str) -> Locked:
    """Returns the failure for locks that stand."""
    names = ", ".join(map(str, found))
    return Locked(
        f"a ref is locked: {names or complaint}",
        hint="another process is at work on it, or has died: run the same command again; a lock of a ref of kit's is"
        " removed when it is ten minutes old, any other by you when no git runs there",
        locks=[str(path) for path in found],
    )
