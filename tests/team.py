"""Agents for tests: the functions of the coordination room, called with a clock and a name of the test's choice."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kit.coordination import complete, release, renew, taking, task
from kit.coordination import tasks as all_tasks
from kit.coordination.claim import claim
from kit.coordination.complete import Outcome
from kit.coordination.holder import Holder
from kit.store import repository
from kit.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from kit.coordination.lease import Claim
    from kit.coordination.task import Task

NOW = 1_800_000_000.0
MINUTE = 60.0
_nonces = itertools.count()


@dataclass
class Agent:
    """An agent at work in one clone; `now` is its clock, in seconds since the epoch."""

    folder: Path
    name: str = "ana"
    instance: str = "one"
    now: float = NOW

    @property
    def store(self) -> Store:
        """Opened anew for every action, as every command does."""
        return Store(repository.find(self.folder, environment=dict(os.environ)))

    @property
    def me(self) -> Holder:
        return Holder(self.name, self.instance)

    def later(self, seconds: float) -> Agent:
        """Returns the same agent when so much time has passed."""
        return Agent(self.folder, self.name, self.instance, self.now + seconds)

    def claim(self, *names: str, ttl: float | None = None, **wish: Any) -> list[Claim]:
        store = self.store
        asked = taking.wish(store, ttl=ttl, **wish)
        return claim(store, names, me=self.me, now=self.now, wish=asked, nonce=nonce)

    def claim_next(self) -> str:
        store = self.store
        (taken,) = taking.take(
            store, [], me=self.me, clock=lambda: self.now, wish=taking.wish(store, ttl=None),
            nonce=nonce, take_next=True,
        )  # fmt: skip
        return taken.task

    def renew(self, name: str, **how: Any) -> Claim:
        return renew.renew(self.store, name, me=self.me, now=self.now, nonce=nonce(), **how)

    def release(self, name: str, **how: Any) -> None:
        release.release(self.store, name, me=self.me, now=self.now, **how)

    def complete(self, name: str, *, epoch: int | None = None, **outcome: str) -> Any:
        return complete.complete(self.store, name, me=self.me, now=self.now, outcome=Outcome(**outcome), epoch=epoch)

    def add(self, name: str, *needs: str, title: str = "") -> Task:
        return all_tasks.add(self.store, name, me=self.me, now=self.now, title=title, needs=needs)

    def look(self, name: str) -> Task:
        """Returns a task as the authority holds it."""
        store = self.store
        store.fetch(task.ref_of(name), task.ARCHIVE)
        return task.read(store, name)


def nonce() -> str:
    return f"{os.getpid():08x}{next(_nonces):08x}"
