"""Opens a thread for a program: by its name, or the one that another session has handed over.

An edge like `kit.context.library`: it reads the clock, the environment and randomness.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kit.context import current, new, place, tip
from kit.context import intercept as intercepting
from kit.context import start as starting
from kit.context.join import join
from kit.context.library import Thread
from kit.errors import InvalidInput, NotFound, NotWritten, RemoteFailed, TimedOut
from kit.model import trust
from kit.records import ids
from kit.safety import redact
from kit.store import instance, repository
from kit.store.locks import Locked
from kit.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.intercept import Call, Interceptor


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
    made = _opened(path, agent, intercept)
    made.name = thread
    is_there = bool(tip.tip(made.store, thread).oid)
    if is_new is False and not is_there:
        raise NotFound(f"there is no thread {thread!r}", hint="open it without is_new", value=thread)
    if is_new or not is_there:
        new.new(made.store, thread, author=made.author, redactor=made.redactor, title=title, task=task)
    return made


def resume(
    path: str | Path,
    thread: str = "",
    *,
    agent: str = "",
    task: str = "",
    intercept: Mapping[str, Call] | Sequence[Interceptor] | None = None,
) -> Thread:
    """Opens the thread that was handed over last, of `task` where there is one, or the one that is named.

    It is fetched first; where the remote cannot be reached, what was last seen counts. Its `start` says what to go on
    with. Raises NotFound when none was handed over, or there is none of that name.
    """
    made = _opened(path, agent, intercept)
    with contextlib.suppress(RemoteFailed, TimedOut, NotWritten, Locked):
        made.store.fetch(place.ref_of(thread) if thread else f"{place.FOLDER}/*")
    tasks = [task] if task else []
    made.name = thread or starting.choose(made.store, now=time.time(), tasks=tasks).name
    tip.of(made.store, made.name)
    current.put(made.store.repository, made.instance, made.name)
    return made


def _opened(path: str | Path, agent: str, intercept: Mapping[str, Call] | Sequence[Interceptor] | None) -> Thread:
    """Returns a thread that has no name yet, of the repository that `path` is in."""
    found = repository.find(Path(path), environment=dict(os.environ))
    named = agent or os.environ.get("KIT_AGENT") or found.config.text("agent") or found.git.config.get("user.name", "")
    who = ids.slug(named)
    if not who:
        raise InvalidInput("nothing says which agent this is", hint="give agent=, or set KIT_AGENT", code="no_agent")
    given = os.environ.get("KIT_INSTANCE", "")
    where = instance.of(found, given=given, session="", random=os.urandom(6).hex())
    redactor = redact.redactor(found.config, environment=os.environ, home=str(Path.home()))
    programs = intercepting.programs(
        found.config, environment=os.environ, folder=found.top,
        trusted=trust.trusted(found.git.settings, intercepting.TRUST),
    )  # fmt: skip
    return Thread(
        Store(found, joiner=join), "", agent=who, instance=where, redactor=redactor,
        interceptors=[*intercepting.functions(intercept), *programs],
    )  # fmt: skip
