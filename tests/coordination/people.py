"""Agents with more to do: finished work in heaps, mail, and being here. What a test needs before its subject."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from kit.coordination import journal, mail, presence
from kit.coordination.message import Message
from kit.records import strict_json, times
from kit.store.store import Change
from tests.git import git
from tests.team import NOW, Agent

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

DAY = 86400.0
LATER = NOW + 8 * DAY


class Person(Agent):
    """An agent in one clone."""

    @property
    def ref(self) -> str:
        return presence.ref_of(self.me)

    def at(self, now: float) -> Self:
        """Returns the same agent at another time."""
        return replace(self, now=now)

    def finish(self, *names: str, **outcome: str) -> None:
        """Claims and completes tasks."""
        for name in names:
            self.claim(name)
            self.complete(name, **outcome)

    def leave_done(self, *names: str) -> None:
        """Publishes tasks as done, all in one push: what a test of many needs."""
        said = {"state": "done", **self.me.fields(), "at": times.stamp(self.now)}
        changes = [
            Change(
                f"tasks/{name}",
                "",
                {
                    f"tasks/{name}/task.json": strict_json.dump({"type": "task", "id": name}),
                    f"tasks/{name}/status.json": strict_json.dump({"type": "status", "task": name, **said}),
                },
                "complete",
                f"complete {name} (done)",
                {"Task": name},
            )
            for name in names
        ]
        self.store.publish(changes, author=self.me.author(self.now))

    def be_here(self) -> None:
        """Says that it is here, and sends it."""
        store = self.store
        presence.refresh(store, me=self.me, now=self.now)
        journal.send(store, me=self.me, now=self.now)

    def write(self, to: str) -> str:
        """Writes a message and does not send it; returns its id."""
        name = f"{int(self.now * 1000):012x}-{os.urandom(4).hex()}"
        record = Message(name, self.me, to, self.now, "hello").record()
        files = {f"outbox/{name}.json": strict_json.dump(record)}
        journal.write(self.store, files, me=self.me, now=self.now, event="send", subject=f"send to {to}", notes={})
        return name

    def send(self, to: str) -> str:
        """Sends a message; returns its id."""
        name = self.write(to)
        journal.send(self.store, me=self.me, now=self.now)
        return name

    def acknowledge(self, name: str) -> None:
        store = self.store
        store.fetch(mail.REFS)
        found = mail.find(store, name)
        assert found
        mail.acknowledge(store, [found], me=self.me, now=self.now)
        journal.send(store, me=self.me, now=self.now)


def refs(folder: Path) -> list[str]:
    """Returns the live refs of a repository by their short names."""
    names = git(folder, "for-each-ref", "--format=%(refname)", "refs/kit/").splitlines()
    return [each.removeprefix("refs/kit/") for each in names]
