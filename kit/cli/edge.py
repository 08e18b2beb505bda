"""The edge of a command: what the environment, the clock, randomness and the current folder say, read once.

Everything below the roof takes these as arguments.
"""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli import output
from kit.errors import InvalidInput, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.coordination.holder import Holder
    from kit.harnesses.harness import Places
    from kit.safety.redactor import Redactor
    from kit.store.joining import Joined
    from kit.store.remote import Update
    from kit.store.repository import Repository
    from kit.store.store import Store

#: What a harness sets in the shells it starts to say which session they belong to.
SESSIONS = {"claude-code": "CLAUDE_CODE_SESSION_ID", "codex": "CODEX_THREAD_ID"}


@dataclass(frozen=True)
class Edge:
    """What a command function is given: the common options, and the world behind them, opened on demand."""

    as_json: bool
    folder: Path
    agent: str | None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    @staticmethod
    def now() -> float:
        """Seconds since the epoch."""
        return time.time()

    @staticmethod
    def nonce() -> str:
        """Sixteen random hex digits."""
        return os.urandom(8).hex()

    @cached_property
    def repository(self) -> Repository:
        from kit.store import repository

        return repository.find(self.folder, environment=self.environment)

    @cached_property
    def me(self) -> Holder:
        """Who acts here: the agent's name and the instance of it. Raises UsageError when nothing names the agent."""
        from kit.coordination.holder import Holder

        return Holder(self._agent[0], self._instance)

    @property
    def actor(self) -> str:
        """Who acts here, as records name it: `human:` and git's user name, or `process:` and a name given for kit."""
        name, is_given = self._agent
        return f"process:{name}" if is_given or self.harness else f"human:{name}"

    @cached_property
    def _agent(self) -> tuple[str, bool]:
        """The agent's name, and whether it was given for kit (else it is git's user name)."""
        from kit.records import ids

        given = self.agent or self.environment.get("KIT_AGENT") or self.repository.config.text("agent")
        if given:
            return ids.check(given, what="agent"), True
        name = ids.slug(self.repository.git.config.get("user.name", ""))
        if not name:
            raise UsageError(
                "nothing says which agent this is",
                hint="give --agent NAME, set KIT_AGENT, or git config user.name",
                code="no_agent",
            )
        return name, False

    def below_top(self, path: str) -> str:
        """Returns a path as it was typed (it counts from --repo's folder) relative to the repository's top.

        Links are not followed. Raises InvalidInput when it is outside.
        """
        top = str(self.repository.top)
        whole = os.path.normpath(os.path.join(self.folder.resolve(), path))  # noqa: PTH118 - Path keeps `..`
        if whole == top:
            return ""
        if not whole.startswith(top.rstrip(os.sep) + os.sep):
            raise InvalidInput(f"{path!r} is not in the repository {top}", hint="name a path in it", code="outside")
        return Path(whole).relative_to(top).as_posix()

    @cached_property
    def _instance(self) -> str:
        from kit.store import instance

        session = next((self.environment[name] for name in SESSIONS.values() if self.environment.get(name)), "")
        given = self.environment.get("KIT_INSTANCE", "")
        return instance.of(self.repository, given=given, session=session, random=os.urandom(6).hex())

    @cached_property
    def places(self) -> Places:
        """Where harnesses keep what they write."""
        from kit.harnesses.harness import Places

        return Places(Path.home(), self.environment)

    @property
    def session(self) -> tuple[str, str]:
        """The harness that runs this shell and the session it belongs to, "" when nothing tells."""
        name = self.harness
        return name, self.environment.get(SESSIONS.get(name, ""), "")

    def redactor(self) -> Redactor:
        """What takes secrets out of text: the rules, the project's own, and the values this environment knows."""
        return self._redactor

    @cached_property
    def _redactor(self) -> Redactor:
        return self.repository.redactor_of(home=str(Path.home()))

    @property
    def harness(self) -> str:
        """The harness that runs this shell, "" when nothing tells."""
        return next((name for name, variable in SESSIONS.items() if self.environment.get(variable)), "")

    @cached_property
    def store(self) -> Store:
        from kit.store.store import Store

        return Store(self.repository, self.talk, joiner=_join)

    def fetch(self, *patterns: str) -> bool:
        """Brings live refs up to date; where the remote cannot be reached, says so and returns False.

        For commands that only look: what was known here is an answer too, if it says what it is.
        """
        from kit.errors import NotWritten, RemoteFailed, TimedOut
        from kit.store.locks import Locked

        try:
            self.store.fetch(*patterns)
        except (RemoteFailed, TimedOut, NotWritten, Locked) as error:
            self.talk(f"not fetched, this is what was last seen: {output.clean(error.message)}")
            return False
        return True

    def say_here(self) -> list[Update]:
        """Says that this instance is here; returns what of it waits to be sent along with the next push."""
        from kit.coordination import presence

        return self.store.waiting([presence.refresh(self.store, me=self.me, now=self.now(), harness=self.harness)])

    def renew(self, task: str) -> None:
        """Renews the claim this instance holds on a task when that is due; says so when it was lost."""
        from kit.coordination import renew

        if word := renew.renew_if_due(self.store, task, me=self.me, now=self.now(), nonce=self.nonce()):
            self.talk(f"{output.paint('warning:', 'yellow')} {output.clean(word)}")

    def print(self, data: object, text: Callable[[], str] | str) -> None:
        """Prints the answer: `data` as one JSON object with --json, else `text`."""
        if self.as_json:
            output.write_json(data)
        else:
            shown = text if isinstance(text, str) else text()
            if shown:
                output.write(shown)

    def talk(self, text: str) -> None:
        """Prints a word beside the data."""
        output.talk(text)

    def close(self) -> None:
        """Ends what was started for this command."""
        if "store" in self.__dict__:
            self.store.objects.close()

    def tell_losses(self) -> None:
        """Tells of claims that were taken from this instance, after a command that used the live plane."""
        if "store" in self.__dict__ and "me" in self.__dict__:
            from kit.coordination import holdings

            for word in holdings.lost(self.store, self.me, self.now()):
                self.talk(f"{output.paint('warning:', 'yellow')} {output.clean(word)}")


def _join(store: Store, ref: str, fork: str, ours: str, theirs: str) -> Joined:
    """Joins two sides of a thread; the room is imported when there is something to join."""
    from kit.context import join

    return join.join(store, ref, fork, ours, theirs)


def command(name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Makes a click command of a function that takes an Edge first; adds --json, --repo and --agent."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        @functools.wraps(function)  # its docstring is the help
        def run(*, as_json: bool, repo: str, agent: str | None, **arguments: Any) -> Any:
            edge = Edge(as_json, Path(repo), agent)
            try:
                result = function(edge, **arguments)
                edge.tell_losses()
            finally:
                edge.close()
            return result

        run.__doc__ = (function.__doc__ or "").replace("\\b", "\b")  # click's mark: keep the lines of this paragraph
        made: click.Command = click.command(name, cls=click.Command, **settings)(run)
        made.params += [
            click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON object."),
            click.Option(["--repo"], metavar="DIR", default=".", help="Work in the repository of this folder."),
            click.Option(["--agent"], metavar="NAME", help="Act as this agent, not KIT_AGENT's or git's user.name."),
        ]
        return made

    return decorate
