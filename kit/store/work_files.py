"""Changes files of the work tree, all of them or none: never through a link, never half, never over another's change.

All new bytes are on disk before the first file moves into place. What is not promised: a `kill -9` between two of
these moves leaves both the files that moved and those that did not, each whole.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, Taken
from kit.safety import paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class Change(NamedTuple):
    """What a file held (None: it was not there) and what it shall hold (None: it goes); `path` is below the top."""

    path: str
    before: bytes | None
    after: bytes | None


def apply(top: Path, changes: Iterable[Change]) -> None:
    """Makes the changes; a file that stays keeps its mode.

    Raises Taken when a file does not hold what it held, InvalidInput for a path that is not safe, leads through a
    link or cannot be written. Nothing has changed then.
    """
    try:
        with contextlib.ExitStack() as stack:
            ready = [(change, place(top, change.path)) for change in changes]
            temporaries = [stack.enter_context(_prepared(file, change)) for change, file in ready]
            _move_all(ready, temporaries)
    except OSError as error:
        named = error.filename or "a file"
        message = f"{named} cannot be written: {error.strerror}"
        raise InvalidInput(message, hint="nothing was changed", code="write_failed") from None
    for folder in {file.parent for _, file in ready}:
        _sync_folder(folder)


def place(top: Path, path: str) -> Path:
    """Returns where a file of the work tree stands. Raises InvalidInput when the path is not safe to write."""
    if reason := paths.why_unsafe(path):
        raise InvalidInput(f"the path {path!r} {reason}", hint="stay below the repository's top", code="unsafe_path")
    folder = top
    for name in path.split("/")[:-1]:
        folder = folder / name
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISDIR(folder.lstat().st_mode):
                shown = folder.relative_to(top).as_posix()
                raise InvalidInput(f"{shown} is not a folder", hint="kit follows no links", code="unsafe_path")
    return top / path


@contextlib.contextmanager
def _prepared(file: Path, change: Change) -> Iterator[Path]:
    """Gives the file in which the new bytes wait, complete and on disk."""
    temporary = file.with_name(f".{file.name[:200]}.kit-{os.getpid()}")
    try:
        mode = _compared(file, change)
        if change.after is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("xb") as opened:
                opened.write(change.after)
                opened.flush()
                os.fsync(opened.fileno())
            if mode is not None:
                temporary.chmod(mode)
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _compared(file: Path, change: Change) -> int | None:
    """Returns the file's mode, None when it is not there. Raises Taken when it is not as it was."""
    try:
        found = file.lstat()
    except FileNotFoundError:
        found = None
    if change.before is None:
        if found is not None:
            raise _exists(change.path)
        return None
    if found is None or not stat.S_ISREG(found.st_mode) or file.read_bytes() != change.before:
        raise Taken(f"{change.path} has changed meanwhile", hint="run the same command again", code="changed")
    return stat.S_IMODE(found.st_mode)


def _move_all(ready: Sequence[tuple[Change, Path]], temporaries: Sequence[Path]) -> None:
    done: list[tuple[Change, Path]] = []
    try:
        for (change, file), temporary in zip(ready, temporaries, strict=True):
            _move(temporary, file, change)
            done.append((change, file))
    except BaseException:
        for change, file in reversed(done):
            _undo(change, file)
        raise


def _move(temporary: Path, file: Path, change: Change) -> None:
    if change.after is None:
        file.unlink()
    elif change.before is not None:
        temporary.replace(file)
    else:
        try:
            os.link(temporary, file)
        except FileExistsError:
            raise _exists(change.path) from None
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            with contextlib.suppress(FileExistsError), file.open("xb") as opened:
                opened.write(change.after)
                return
            raise _exists(change.path) from None


def _undo(change: Change, file: Path) -> None:
    with contextlib.suppress(OSError):
        if change.before is None:
            file.unlink()
        else:
            file.write_bytes(change.before)


def _exists(path: str) -> Taken:
    return Taken(f"{path} exists already", hint="kit never overwrites", code="exists", retryable=False, path=path)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # a file system that cannot has nothing to lose
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
