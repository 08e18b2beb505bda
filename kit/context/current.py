"""Which thread is worked on: by each instance in a work tree, and by whoever comes new to it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from kit.errors import NotFound
from kit.records import ids
from kit.store import derived

if TYPE_CHECKING:
    from kit.store.repository import Repository

_LATEST = "thread"
_EACH = "threads"


def get(repository: Repository, instance: str) -> str:
    """Returns the thread of an instance, else the one last switched to in this work tree. Raises NotFound for none."""
    for file in (repository.derived / _EACH / instance, repository.derived / _LATEST):
        with contextlib.suppress(OSError, ValueError):
            with file.open("rb") as opened:
                name = opened.read(200).decode("ascii").strip()
            if not ids.problem(name):
                return name
    raise NotFound(
        "no thread is worked on here", hint="kit context new NAME begins one, kit context switch NAME goes to one",
        code="no_thread",
    )  # fmt: skip


def put(repository: Repository, instance: str, thread: str) -> None:
    """Notes which thread an instance works on. Raises OSError when it cannot be written."""
    derived.make(repository.derived)
    data = f"{thread}\n".encode()
    derived.write(repository.derived / _EACH / ids.check(instance, what="instance"), data)
    derived.write(repository.derived / _LATEST, data)
