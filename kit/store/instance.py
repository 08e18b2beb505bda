"""The instance: one place where an agent's name acts, told apart by work tree and by harness session."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

from kit.records import ids
from kit.store import derived

if TYPE_CHECKING:
    from kit.store.repository import Repository


def of(repository: Repository, *, given: str, session: str, random: str) -> str:
    """Returns the instance that acts in this work tree: `given` as it is, else one made of work tree and session.

    `random` becomes the work tree's part when it has none yet. Where nothing can be written, the part is made of
    the folder's place, which is as unique as the machine's name and path are.
    """
    if given:
        return ids.check(given, what="instance")
    place = _of_work_tree(repository, random)
    return hashlib.sha256(f"{place}\0{session}".encode()).hexdigest()[:12] if session else place


def _of_work_tree(repository: Repository, random: str) -> str:
    file = repository.derived / "instance"
    with contextlib.suppress(OSError):
        if known := file.read_text("ascii", errors="replace").strip():
            return known if not ids.problem(known) else hashlib.sha256(known.encode()).hexdigest()[:12]
    try:
        derived.make(repository.derived)
        new = file.with_name(f"instance.{random}")
        new.write_text(random + "\n", "ascii")
        with contextlib.suppress(FileExistsError):
            os.link(new, file)
        new.unlink()
        return file.read_text("ascii").strip()
    except OSError:
        where = f"{os.uname().nodename if hasattr(os, 'uname') else ''}:{repository.top}"
        return hashlib.sha256(where.encode()).hexdigest()[:12]
