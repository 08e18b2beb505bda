"""The instance: one place where an agent's name acts, told apart by work tree and by harness session."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

from kit.records import ids
from kit.store import derived

if TYPE_CHECKING:
    from pathlib import Path

    from kit.store.repository import Repository


def of(repository: Repository, *, given: str, session: str, random: str) -> str:
    """Returns the instance that acts in this work tree: `given` as it is, else one made of work tree and session.

    `random` becomes the work tree's part when it has none yet. Where nothing can be written, the part is made of
    the folder's place, which is as unique as the machine's name and path are.
    """
    if given:
        return ids.check(given, what="instance")
    place = _of_work_tree(repository, random)
    return hashlib.sha256(f"{place}\0{session}".encode("utf-8", "surrogatepass")).hexdigest()[:12] if session else place


def _of_work_tree(repository: Repository, random: str) -> str:
    """Returns the work tree's part; a folder that was copied, or a machine that was, gets one of its own."""
    node = os.uname().nodename.partition(".")[0].lower() if hasattr(os, "uname") else ""
    place = hashlib.sha256(f"{node}:{repository.top}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
    file = repository.derived / f"instance-{place}"
    with contextlib.suppress(OSError, ValueError):
        return _known(file)
    try:
        derived.make(repository.derived)
        new = file.with_name(f"{file.name}.{random}")
        new.write_text(random + "\n", "ascii")
        with contextlib.suppress(FileExistsError):
            os.link(new, file)
        new.unlink()
        return _known(file)
    except (OSError, ValueError):
        return place


def _known(file: Path) -> str:
    known = file.read_bytes()[:100].decode("ascii").strip()
    if ids.problem(known):
        raise ValueError(known)
    return known
