"""Threads for tests: a store, who writes, and a clock that is moved by hand."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import add, annotate, draft, edit, new, thread, version
from kit.safety import redact
from kit.store import repository
from kit.store.author import Author
from kit.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.entry import Entry
    from kit.context.thread import State
    from kit.store.series import Series

START = 1_790_000_000.0
_random = count(1)
_clock = count(1)


class Writer(NamedTuple):
    """Someone who writes to threads of one clone; each write comes a second after the one before."""

    store: Store
    name: str = "ana"

    @property
    def author(self) -> Author:
        return Author(self.name, f"{self.name}-1", START + next(_clock))

    @property
    def redactor(self) -> Any:
        return redact.redactor(self.store.repository.config, home="/home/nobody")

    def begin(self, thread: str = "t") -> str:
        return new.new(self.store, thread, author=self.author, redactor=self.redactor)

    def add(
        self, text: str, role: str = "user", *, on: str = "t", series: Series | None = None, **fields: Any
    ) -> Entry:
        made = draft.draft(role, text, kind=fields.pop("kind", ""), priority=fields.pop("priority", ""))
        return self.add_all([made._replace(**fields)], on=on, series=series)[0]

    def add_all(self, drafts: list[Entry], *, on: str = "t", series: Series | None = None) -> tuple[Entry, ...]:
        return add.add(
            self.store, on, drafts, author=self.author, random=digits, redactor=self.redactor, series=series
        ).entries

    def edit(self, name: str, text: str, *, on: str = "t", **changes: Any) -> Entry:
        return edit.edit(
            self.store, self.state(on), name, text, author=self.author, random=digits, redactor=self.redactor,
            changes=changes,
        ).entries[0]  # fmt: skip

    def annotate(self, *names: str, on: str = "t", **note: Any) -> tuple[Entry, ...]:
        said = annotate.Note(**note)
        return annotate.annotate(self.store, on, names, said, author=self.author, redactor=self.redactor).entries

    def state(self, on: str = "t", at: str = "") -> State:
        return thread.read(self.store, on, at, now=START + 10_000)

    def texts(self, on: str = "t", at: str = "") -> list[str]:
        """What the thread says, in order, edits in their places."""
        return [each.text for each in version.effective(self.state(on, at).entries)]


def writer(folder: Path, name: str = "ana") -> Writer:
    return Writer(Store(repository.find(folder, environment=dict(os.environ))), name)


def digits() -> str:
    """Eight hex digits that were not there before."""
    return f"{next(_random):08x}"
