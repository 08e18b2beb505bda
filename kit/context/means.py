"""What an operation on a thread is, what it is carried out with, and what it gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.thread import State
    from kit.context.write import Beside
    from kit.store.author import Author
    from kit.store.store import Store

    Arguments = Mapping[str, Any]


class Means(NamedTuple):
    """What an operation is carried out with: the thread as it stands, and who commits.

    `maker` is who made what is carried out, on the commit `base` ("" is now). `during` is given what is about to be
    committed, and returns what stands of it; `beside` goes into the commit. `more` is of a step that
    somebody typed (`kit.context.step.Step`).
    """

    store: Store
    state: State
    author: Author
    maker: Author
    random: Callable[[], str]
    redactor: Redactor
    during: Callable[[dict[str, Any]], dict[str, Any]]
    beside: Beside
    base: str
    more: Any = None

    @property
    def who(self) -> dict[str, Any]:
        return {"author": self.author, "redactor": self.redactor}


class Done(NamedTuple):
    """The commit of an operation, "" where there was nothing to do, and what the operation itself returns."""

    commit: str
    value: Any


class Operation(NamedTuple):
    """An operation: how it is carried out, the shape of its arguments, what it is about, and how it is said.

    `about` returns, as JSON, all that must still be so when a proposal is accepted; it raises KitError where it is not.
    `words` is the command that does it by hand, without `kit context`. `result` are what `during` may change.
    """

    carry: Callable[[Means, Arguments], Done]
    shape: Mapping[str, str]
    about: Callable[[Store, State, Arguments], Any]
    said: Callable[[Arguments], str]
    words: Callable[[Arguments], str]
    result: Sequence[str] = ()
    tokens: Callable[[State, Arguments], Mapping[str, int]] = lambda _state, _given: {}
