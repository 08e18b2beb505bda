"""The context room for a program's own loop: a thread that is added to, read and branched in this process.

    from kit import context

    thread = context.open(".", "parser", agent="ana")
    thread.add("user", question)

This is an edge like the command line: it reads the clock, the environment and randomness, once for all below it.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from kit.context import add, annotate, draft, edit, installed, produce, reset, rev, revert, send, tag, tip, version
from kit.context import collapse as collapsing
from kit.context import handoff as handing
from kit.context import spawn as spawning
from kit.context import start as starting
from kit.context import thread as threads
from kit.context.inherit import Selection
from kit.context.options import Options
from kit.context.steps import Steps
from kit.store.series import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from kit.context.cleaning import Redactor
    from kit.context.compiled import Compiled
    from kit.context.entry import Entry
    from kit.context.intercept import Interceptor
    from kit.context.merge import Merged
    from kit.context.pick import Picked
    from kit.context.start import Start
    from kit.context.thread import State
    from kit.errors import KitError
    from kit.store.store import Store

_LISTS = ("tags", "retain", "folds")


class Thread(Steps):
    """One thread of one repository, for one agent. Close it, or use it in a `with`: then all is durable and was sent.

    What `add` and the others return is committed: it outlives this process at once, and a loss of power after `sync`.
    Not for several threads of a program at a time.
    """

    def __init__(
        self, store: Store, name: str, *, agent: str, instance: str, redactor: Redactor,
        interceptors: Sequence[Interceptor] = (),
    ) -> None:  # fmt: skip
        self.name = name
        self.store = store
        self.agent = agent
        self.instance = instance
        self.redactor = redactor
        self.random = _random
        self.interceptors = tuple(interceptors)
        self._series = Series(store.repository)

    def __enter__(self) -> Thread:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def state(self) -> State:
        """All that the thread holds now; its `entries` have every edit among them."""
        return threads.read(self.store, self.name)

    @property
    def entries(self) -> list[Entry]:
        """The entries in force, in order."""
        return version.effective(self.state.entries)

    @property
    def commit(self) -> str:
        """The commit that the thread stands at."""
        return tip.of(self.store, self.name).oid

    def add(self, role: str, text: str, *, kind: str = "", priority: str = "", **fields: Any) -> Entry:
        """Adds an entry and returns it; `fields` are others that an entry has: tags, call, tool, model, usage, ..."""
        return self.add_all([_draft(role, text, kind, priority, fields)])[0]

    def add_all(self, drafts: Sequence[Entry]) -> Sequence[Entry]:
        """Adds many entries in one commit; `context.draft` makes them.

        What the project's policies made of it stands in `acted` then.
        """
        added = add.add(
            self.store, self.name, drafts, author=self.author, random=_random, redactor=self.redactor,
            series=self._series,
        )  # fmt: skip
        self.acted = self.after_add(added)
        return added.entries

    def edit(self, name: str, text: str, **changes: Any) -> Entry:
        """Gives an entry other words and returns the entry that now stands in its place."""
        return edit.edit(
            self.store, self.state, name, text, author=self.author, random=_random, redactor=self.redactor,
            changes=changes, series=self._series,
        ).entries[0]  # fmt: skip

    def annotate(self, *names: str, **note: Any) -> Sequence[Entry]:
        """Notes on entries what `kit.context.annotate.Note` has: priority, tags, retain, tokens, usage."""
        said = annotate.Note(**note)
        return annotate.annotate(
            self.store, self.name, names, said, author=self.author, redactor=self.redactor, series=self._series
        ).entries

    def at(self, revision: str) -> State:
        """Returns what the thread held at a revision: HEAD~2, a tag, @2h, an entry's id, a commit."""
        return threads.read(self.store, self.name, revision, now=time.time())

    def compile(self, *, at: str = "", is_recorded: bool = False, **options: Any) -> Compiled:
        """Returns exactly what a model is sent; `options` are those of `kit.context.options.Options`.

        Its `value` is what the clients of both APIs take. The best counter that is installed counts unless `counter`
        names one, and the budget is the thread's own unless one is given. With `is_recorded` the thread keeps what was
        sent. Raises Blocked when the pinned entries alone exceed the budget.
        """
        state = self.at(at)
        chosen = Options(**{"counter": installed.best(), "budget": state.budget, **options})
        made = produce.compiled(self.store, state, chosen, is_cached=False)
        if is_recorded:
            produce.keep(self.store, self.name, made, chosen, author=self.author, random=_random(), series=self._series)
        return made

    def branch(self, name: str, *, at: str = "", purpose: str = "") -> Thread:
        """Begins a thread from this one and returns it."""
        oid = rev.resolve(self.store, self.name, at or "HEAD", now=time.time())
        self.step("branch", name=name, at=oid, **({"purpose": purpose} if purpose else {})).checked()
        return self._other(name)

    def rebase(self, source: str, *, revision: str = "HEAD", strategy: str = "") -> Merged:
        """Brings in what another thread holds and puts what this one has added behind it."""
        theirs = rev.resolve(self.store, source, revision, now=time.time())
        given = {"source": source, "theirs": theirs, **({"strategy": strategy} if strategy else {})}
        made: Merged = self.step("rebase", **given).checked().value
        return made

    def pick(self, source: str, *names: str) -> Sequence[Entry]:
        """Adds copies of entries of another thread and returns them; those that are here already do not come again."""
        there = threads.read(self.store, source)
        wanted = [there.find(each).id for each in names]
        made: Picked = self.step("pick", source=source, theirs=there.commit, entries=wanted).checked().value
        return made.entries

    def spawn(self, name: str, *, purpose: str, inherit: str = "full", budget: int = 0, **chosen: Any) -> Thread:
        """Begins a child's thread and returns it; `chosen` is what `kit.context.inherit.Selection` has, for select."""
        given: Any = {key: value if key == "is_pinned" else tuple(value) for key, value in chosen.items()}
        spawning.spawn(
            self.store, name, self.name, purpose=purpose, author=self.author, random=_random, redactor=self.redactor,
            how=inherit, selection=Selection(**given) if given else None, budget=budget,
        )  # fmt: skip
        return self._other(name)

    def collapse(
        self, child: str, text: str = "", *, ask: Callable[[str], str] | None = None, target: int = 0, model: str = ""
    ) -> Entry:
        """Tells this thread what came of a child, and returns the entry; `ask` has a model say it, which is `model`.

        Whoever gives `ask` decides about its text: it is not proposed first, as what kit.toml's model says would be.
        """
        if ask:
            found = collapsing.own(self.store, threads.read(self.store, child), self.name)
            text = collapsing.ask(found, ask, nonce=os.urandom(8).hex(), target=target)
        more: Any = {name: value for name, value in (("target", target), ("model", model)) if value}
        made = self.step("collapse", child=child, text=text, **more).checked().value
        send.send(self.store, child, author=self.author)
        told: Entry = made.entry
        return told

    def handoff(self, summary: str = "", *, decisions: Sequence[str] = (), next: Sequence[str] = ()) -> Entry:  # noqa: A002 - the field's name
        """Says what the next session starts from, and returns the entry; `close` sends it."""
        said = handing.Handoff(summary, tuple(decisions), tuple(next))
        return handing.handoff(
            self.store, self.name, said, author=self.author, random=_random, redactor=self.redactor,
            series=self._series,
        ).entries[0]  # fmt: skip

    @property
    def start(self) -> Start:
        """What to start from: the handoff that counts, and what came after it."""
        return starting.start(self.store, self.name)

    def _other(self, name: str) -> Thread:
        return Thread(
            self.store, name, agent=self.agent, instance=self.instance, redactor=self.redactor,
            interceptors=self.interceptors,
        )  # fmt: skip

    def tag(self, name: str, revision: str = "HEAD") -> None:
        """Gives a commit of the thread a name."""
        oid = rev.resolve(self.store, self.name, revision, now=time.time())
        tag.tag(self.store, self.name, name, oid, author=self.author)

    def reset(self, revision: str) -> None:
        """Makes the thread hold what it held at a revision; what stood in between stays in its history."""
        oid = rev.resolve(self.store, self.name, revision, now=time.time())
        reset.reset(self.store, self.name, oid, author=self.author)

    def revert(self, revision: str) -> None:
        """Takes back what one commit did."""
        oid = rev.resolve(self.store, self.name, revision, now=time.time())
        revert.revert(self.store, self.name, oid, author=self.author)

    def sync(self) -> KitError | None:
        """Makes what was written outlive a loss of power and sends it; returns why it could not be sent."""
        self._series.settle()
        return send.send(self.store, self.name, author=self.author)

    def close(self) -> None:
        """Does as `sync` does, and ends what was started for the thread."""
        self.sync()
        self._series.close()
        self.store.objects.close()


def _draft(role: str, text: str, kind: str, priority: str, fields: dict[str, Any]) -> Entry:
    made = draft.draft(role, text, kind=kind, priority=priority)
    given: Any = {name: tuple(value) if name in _LISTS else value for name, value in fields.items()}
    return made._replace(**given)


def _random() -> str:
    return os.urandom(4).hex()
