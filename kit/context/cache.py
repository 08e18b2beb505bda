"""Keeps what was compiled in `.kit/context`, by commit, options and version: damage costs time, never a wrong byte.

The newest FILES of them stay. Whoever can write below `.kit` could put other bytes there with their right digest: the
folder is this user's own, and `kit context verify` never reads from it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from typing import TYPE_CHECKING

from kit.context.compiled import Compiled
from kit.store import derived

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.options import Options
    from kit.context.thread import State
    from kit.store.store import Store

FOLDER = "context"
FILES = 16
MAX_BYTES = 256 << 20
_HEAD = 200  # bytes
_KEY = re.compile(r"[0-9a-f]{64}")


def kept(store: Store, state: State, options: Options) -> Compiled | None:
    """Returns what was compiled of a thread as it stood with these options, None where nothing whole was kept."""
    return read(store.repository.derived, options.key(state.commit, state.folder))


def read(folder: Path, key: str) -> Compiled | None:
    """Returns what was kept under a key in the derived folder, None where nothing whole is."""
    file = folder / FOLDER / key
    try:
        if folder.is_symlink() or file.parent.is_symlink() or file.is_symlink() or file.stat().st_size > MAX_BYTES:
            return None
        with file.open("rb") as opened:
            digest, _, size = opened.readline(_HEAD).rstrip(b"\n").partition(b" ")
            account, data = opened.read(min(int(size), MAX_BYTES)), opened.read()
        if _digest(account, data) != digest:
            return None
        return Compiled(data, json.loads(account))
    except (OSError, ValueError):
        return None


def write(folder: Path, key: str, compiled: Compiled) -> None:
    """Keeps what was compiled; where it cannot be kept, it is compiled again next time."""
    account = json.dumps(compiled.account, separators=(",", ":")).encode()
    if len(account) + len(compiled.data) > MAX_BYTES:
        return
    head = b"%s %d\n" % (_digest(account, compiled.data), len(account))
    with contextlib.suppress(OSError):
        place = derived.make(folder) / FOLDER
        derived.write(place / key, head + account + compiled.data)
        _drop_old(place)


def _digest(account: bytes, data: bytes) -> bytes:
    digest = hashlib.sha256(b"%d\n" % len(account))
    digest.update(account)
    digest.update(data)
    return digest.hexdigest().encode()


def _drop_old(place: Path) -> None:
    """Removes all but the newest of what was compiled; all else stays, and what another process is writing."""
    files = [each for each in place.iterdir() if _KEY.fullmatch(each.name) and not each.is_symlink()]
    if len(files) > FILES:
        for each in sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name))[:-FILES]:
            each.unlink(missing_ok=True)
