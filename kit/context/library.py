"""The context room for a program's own loop: a thread that is added to, read and branched in this process.

    from kit import context

    thread = context.open(".", "parser", agent="ana")
    thread.add("user", question)

This is an edge like the command line: it reads the clock, the environment and randomness, once for all below it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.context import add, annotate, draft, edit, installed, new, produce, reset, rev, revert, send, tag, tip, version
from kit.context import intercept as intercepting
from kit.context import thread as threads
from kit.context.options import Options
from kit.context.steps import Steps
from kit.errors import InvalidInput, NotFound
from kit.model import trust
from kit.records import ids
from kit.safety import redact
from kit.store import instance, repository
from kit.store.author import Author
from kit.store.series import Series
from kit.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from kit.context.cleaning import Redactor
    from kit.context.compiled import Compiled
    from kit.context.entry import Entry
    from kit.context.intercept import Call, Interceptor
    from kit.context.thread import State
    from kit.errors import KitError

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
    def author(self) -> Author:
        """Who writes now."""
        return Author(self.agent, self.instance, time.time())

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
        names one. With `is_recorded` the thread keeps what was sent. Raises Blocked when the pinned entries alone
        exceed the budget.
        """
        chosen = Options(**{"counter": installed.best(), **options})
        made = produce.compiled(self.store, self.at(at), chosen, is_cached=False)
        if is_recorded:
            produce.keep(self.store, self.name, made, chosen, author=self.author, random=_random(), series=self._series)
        return made

    def branch(self, name: str, *, at: str = "", purpose: str = "") -> Thread:
        """Begins a thread from this one and returns it."""
        oid = rev.resolve(self.store, self.name, at or "HEAD", now=time.time())
        self.step("branch", name=name, at=oid, **({"purpose": purpose} if purpose else {})).checked()
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


def open(  # noqa: A001 - context.open reads as it is
    path: str | Path,
    thread: str,
    *,
    agent: str = "",
    title: str = "",
    task: str = "",
    is_new: bool | None = None,
    intercept: Mapping[str, Call] | Sequence[Interceptor] | None = None,
) -> Thread:
    """Opens a thread of the repository that `path` is in; it is begun where there is none of that name.

    With `is_new` it must not be there, or must be. The agent is the one given, KIT_AGENT's, kit.toml's, or git's user.
    `intercept` are functions by when they are asked about a step (before, during, after); kit.toml's programs come
    after them.
    Raises NotFound, Taken, or InvalidInput for a name that cannot be.
    """
    found = repository.find(Path(path), environment=dict(os.environ))
    store = Store(found)
    named = agent or os.environ.get("KIT_AGENT") or found.config.text("agent") or found.git.config.get("user.name", "")
    who = ids.slug(named)
    if not who:
        raise InvalidInput("nothing says which agent this is", hint="give agent=, or set KIT_AGENT", code="no_agent")
    given = os.environ.get("KIT_INSTANCE", "")
    place = instance.of(found, given=given, session="", random=os.urandom(6).hex())
    redactor = redact.redactor(found.config, environment=os.environ, home=str(Path.home()))
    programs = intercepting.programs(
        found.config, environment=os.environ, folder=found.top,
        trusted=trust.trusted(found.git.settings, intercepting.TRUST),
    )  # fmt: skip
    made = Thread(
        store, thread, agent=who, instance=place, redactor=redactor,
        interceptors=[*intercepting.functions(intercept), *programs],
    )  # fmt: skip
    is_there = bool(tip.tip(store, thread).oid)
    if is_new is False and not is_there:
        raise NotFound(f"there is no thread {thread!r}", hint="open it without is_new", value=thread)
    if is_new or not is_there:
        new.new(store, thread, author=made.author, redactor=redactor, title=title, task=task)
    return made


def _draft(role: str, text: str, kind: str, priority: str, fields: dict[str, Any]) -> Entry:
    made = draft.draft(role, text, kind=kind, priority=priority)
    given: Any = {name: tuple(value) if name in _LISTS else value for name, value in fields.items()}
    return made._replace(**given)


def _random() -> str:
    return os.urandom(4).hex()
