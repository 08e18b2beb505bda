"""A thread in a real repository, with the verbs that tests need: each at a second of its own, by one agent."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from kit.context import add, annotate, draft, edit, join, merge, new, options, rev, thread, version
from kit.context.annotate import Note
from kit.context.compile import compile_entries
from kit.safety import redact
from kit.store import repository
from kit.store.author import Author
from kit.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from kit.context.entry import Entry
    from kit.context.merge import Merged
    from kit.context.thread import State

_NUMBERS = count(1)


class World:
    """The threads of one repository."""

    def __init__(self, folder: Path, *, agent: str = "ana", start: float = 1_800_000_000.0) -> None:
        self.folder = folder
        self.store = Store(repository.find(folder, environment={}), joiner=join.join)
        self.redactor = redact.redactor(self.store.repository.config)
        self.agent = agent
        self.now = start

    @property
    def author(self) -> Author:
        self.now += 1
        return Author(self.agent, f"i{self.agent}", self.now)

    @property
    def who(self) -> dict[str, Any]:
        """The arguments that every verb takes."""
        return {"author": self.author, "redactor": self.redactor}

    @staticmethod
    def random() -> str:
        return f"{next(_NUMBERS):08x}"

    def new(self, name: str) -> None:
        new.new(self.store, name, **self.who)

    def branch(self, name: str, source: str) -> None:
        new.branch(self.store, name, source, **self.who)

    def add(self, name: str, role: str, text: str, **fields: Any) -> str:
        made = draft.draft(role, text, kind=fields.pop("kind", ""), priority=fields.pop("priority", ""))
        done = add.add(self.store, name, [made._replace(**fields)], random=self.random, **self.who)
        return done.entries[0].id

    def edit(self, name: str, entry: str, text: str, **changes: Any) -> str:
        done = edit.edit(
            self.store, self.state(name), entry, text, changes=changes or None, random=self.random, **self.who
        )
        return done.entries[0].id

    def note(self, name: str, entry: str, **fields: Any) -> None:
        annotate.annotate(self.store, name, [entry], Note(**fields), **self.who)

    def merge(self, name: str, source: str, **options: Any) -> Merged:
        theirs = rev.resolve(self.store, source, "HEAD", now=self.now)
        return merge.merge(self.store, name, source, theirs, random=self.random, **self.who, **options)

    def go_on(self, name: str) -> Merged:
        return merge.go_on(self.store, name, random=self.random, **self.who)

    def state(self, name: str) -> State:
        return thread.read(self.store, name)

    def said(self, name: str) -> list[str]:
        """What is in force, in order, without what is skipped."""
        found = version.effective(self.state(name).entries)
        return [each.text for each in found if each.priority != "skip"]

    def in_force(self, name: str, entry: str) -> Entry:
        return edit.of(self.state(name), entry).head

    def tip(self, name: str) -> str:
        return rev.resolve(self.store, name, "HEAD", now=self.now)

    def compiled(self, name: str, **fields: Any) -> list[str]:
        """The ids of what a model is sent."""
        made = compile_entries(self.state(name).entries, options.Options(**fields))
        return [each["id"] for each in made.account["entries"]]
