"""People at work in clones, in this process: what a test needs before the thing it is about."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from kit.coordination import presence
from kit.coordination.claim import claim
from kit.coordination.complete import Outcome, complete
from kit.coordination.holder import Holder
from kit.coordination.taking import wish
from kit.records import strict_json, times
from kit.store import repository
from kit.store.store import Change, Store
from tests.git import git

if TYPE_CHECKING:
    from pathlib import Path

    from kit.coordination.task import Claim

NOW = 1_800_000_000.0
DAY = 86400.0
_NONCES = count()


@dataclass
class Person:
    """An agent in a clone."""

    folder: Path
    holder: Holder

    @property
    def store(self) -> Store:
        """A store as a new process has it."""
        return Store(repository.find(self.folder, environment=dict(os.environ)))

    def claim(self, *names: str, now: float = NOW, ttl: float = 1800, paths: tuple[str, ...] = ()) -> list[Claim]:
        store = self.store
        wanted = wish(store, ttl=None, paths=paths)._replace(ttl=ttl)
        return claim(store, names, me=self.holder, now=now, wish=wanted, nonce=lambda: f"{next(_NONCES):016x}")

    def finish(self, *names: str, now: float = NOW, state: str = "done") -> None:
        """Claims and completes tasks; what is done names the branch's tip, so it counts as merged."""
        for name in names:
            self.claim(name, now=now)
            complete(self.store, name, me=self.holder, now=now, outcome=Outcome(state))

    def leave_done(self, *names: str, now: float = NOW) -> None:
        """Publishes tasks as done, all in one push: what a test of many needs."""
        said = {"state": "done", **self.holder.fields(), "at": times.stamp(now)}
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
        self.store.publish(changes, author=self.holder.author(now))

    def be_here(self, now: float = NOW) -> str:
        """Says that it is here, and sends it; returns its ref."""
        ref = presence.refresh(self.store, me=self.holder, now=now)
        self.store.send(ref, author=self.holder.author(now))
        return ref

    def send(self, to: str, *, now: float = NOW, random: str = "00000000", sent: bool = True) -> str:
        """Sends a message and returns its id."""
        ref = presence.ref_of(self.holder)
        id_ = f"{int(now * 1000):012x}-{random}"
        record = {"type": "message", "id": id_, "from": self.holder.agent, "instance": self.holder.instance, "to": to,
                  "at": times.stamp(now), "text": "hello"}  # fmt: skip
        self.write({f"{ref}/outbox/{id_}.json": strict_json.dump(record)}, event="send", now=now, sent=sent)
        return id_

    def acknowledge(self, id_: str, *, now: float = NOW) -> None:
        record = {"type": "acknowledgement", "id": id_, **self.holder.fields(), "at": times.stamp(now)}
        path = f"{presence.ref_of(self.holder)}/acknowledged/{id_}.json"
        self.write({path: strict_json.dump(record)}, event="acknowledge", now=now)

    def write(self, files: dict[str, bytes | None], *, event: str, now: float = NOW, sent: bool = True) -> None:
        """Commits to its own ref, and sends it unless told not to."""
        store, ref = self.store, presence.ref_of(self.holder)
        presence.refresh(store, me=self.holder, now=now)
        store.save(Change(ref, store.own(ref).oid, files, event, event), author=self.holder.author(now))
        if sent:
            store.send(ref, author=self.holder.author(now))


def person(folder: Path, name: str, instance: str = "i1") -> Person:
    return Person(folder, Holder(name, instance))


def refs(folder: Path) -> list[str]:
    """Returns the live refs of a repository by their short names."""
    return [
        each.removeprefix("refs/kit/")
        for each in git(folder, "for-each-ref", "--format=%(refname)", "refs/kit/").splitlines()
    ]
