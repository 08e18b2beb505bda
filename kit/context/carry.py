"""Carries out an operation with those who have a say in it, and says in its commit how it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import intercept, shape, write
from kit.context import operation as operations
from kit.context.intercept import Refused
from kit.context.means import Means
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.intercept import Interceptor
    from kit.context.thread import State
    from kit.context.write import Base, Edit
    from kit.errors import Blocked
    from kit.store.author import Author
    from kit.store.store import Store

DONE, PROPOSED, REFUSED = "done", "proposed", "refused"


class Outcome(NamedTuple):
    """What became of a step: `state` is done, proposed or refused; `said` is what it was to do, in a few words.

    Done: its `commit` ("" where there was nothing to do) and the `value` that the operation itself returns. Proposed:
    the id of the `proposal`; with `is_known` the same waits already. Refused: `refusal` says why. `failed` is what
    those did wrong who were told afterwards.
    """

    state: str
    level: str
    said: str
    commit: str = ""
    proposal: str = ""
    value: Any = None
    refusal: Blocked | None = None
    is_known: bool = False
    failed: tuple[str, ...] = ()

    def checked(self) -> Outcome:
        """Returns itself. Raises the refusal of a step that was refused."""
        if self.refusal:
            raise self.refusal
        return self


class Asked(NamedTuple):
    """Who has a say in a step, and what they are told of it; `notes` become the trailers of its commit."""

    interceptors: Sequence[Interceptor]
    event: Mapping[str, Any]
    notes: dict[str, object]
    redactor: Redactor

    @property
    def operation(self) -> str:
        return str(self.event["operation"])

    def before(self, arguments: Mapping[str, Any], *, is_whole: bool = True) -> dict[str, Any]:
        """Returns what is left of arguments that were checked. Raises Refused."""
        event = {**self.event, "arguments": dict(arguments)}
        said = intercept.asked(self.interceptors, intercept.BEFORE, event)
        self._note(said.names)
        try:
            return self.checked(said.value, is_whole=is_whole)
        except InvalidInput as error:
            raise Refused(f"a program has left other arguments: {error.message}", hint=error.hint) from None

    def during(self, arguments: Mapping[str, Any], result: dict[str, Any]) -> dict[str, Any]:
        """Returns what is left of a result that is about to be committed. Raises Refused."""
        event = {**self.event, "arguments": dict(arguments), "result": result}
        said = intercept.asked(self.interceptors, intercept.DURING, event)
        self._note(said.names)
        found = {**result, **said.value}
        may_change = operations.named(self.operation).result
        for name, value in found.items():
            if value != result.get(name) and name not in may_change:
                raise Refused(f"{name} of a result may not be changed by a program", hint="see docs/context-steps.md")
            if name == "text" and not shape.KINDS["text"](value):
                raise Refused("a program has left no text of the result", hint="see docs/context-steps.md")
        return {**found, **({"text": self.redactor.text(found["text"])} if "text" in found else {})}

    def after(self, arguments: Mapping[str, Any], commit: str) -> tuple[str, ...]:
        """Tells those of after; returns what went wrong."""
        event = {**self.event, "arguments": dict(arguments), "commit": commit}
        return tuple(intercept.told(self.interceptors, event))

    def checked(self, arguments: Mapping[str, Any], *, is_whole: bool = True) -> dict[str, Any]:
        """Returns arguments of the operation's shape, redacted; without `is_whole` the text may be made later."""
        wanted = operations.named(self.operation).shape
        return shape.checked(wanted if is_whole else shape.unwritten(wanted), dict(arguments), self.redactor)

    def _note(self, names: Sequence[str]) -> None:
        known = [each for each in str(self.notes.get("Intercepted", "")).split(", ") if each]
        if every := dict.fromkeys([*known, *names]):
            self.notes["Intercepted"] = ", ".join(every)


def carry(
    store: Store,
    state: State,
    asked: Asked,
    arguments: Mapping[str, Any],
    *,
    author: Author,
    random: Callable[[], str],
    maker: Author | None = None,
    base: str = "",
    files: Callable[[Base], Edit] = lambda _: {},
    more: Any = None,
) -> Outcome:
    """Carries out an operation; `files` are committed with it, `maker` and `base` are of a proposal.

    Raises Refused, and what the operation raises.
    """
    does = operations.named(asked.operation)
    means = Means(
        store, state, author, maker or author, random, asked.redactor,
        lambda result: asked.during(arguments, result), write.Beside(asked.notes, files), base, more,
    )  # fmt: skip
    done = does.carry(means, arguments)
    failed = asked.after(arguments, done.commit) if done.commit else ()
    level = str(asked.notes["Autonomy"])
    return Outcome(DONE, level, does.said(arguments), done.commit, value=done.value, failed=failed)
