"""Compares what two states of a thread mean: by the rules, and by a model where one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context.meaning import asked, compare
from kit.model import prompt

if TYPE_CHECKING:
    from kit.context.meaning.compare import Meaning
    from kit.context.meaning.finding import Finding
    from kit.context.thread import State
    from kit.model import Model


class Compared(NamedTuple):
    """What the rules found, what a model found beside that, how much of its answer was dropped, and what it not saw."""

    rules: Meaning
    model: tuple[Finding, ...] = ()
    dropped: int = 0
    unread: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them: those of the rules first, then what only the model found."""
        return (*self.rules.findings, *self.model)


def compared(before: State, after: State, *, model: Model | None, nonce: str) -> Compared:
    """Returns what changed in meaning; `nonce` is random, for the prompt. Raises KitError when no model answers."""
    found = compare.compare(before.entries, after.entries)
    if model is None:
        return Compared(found)
    sides = [[each for each, _ in compare.spoken(state.entries)] for state in (before, after)]
    text, unread = asked.prompt(*sides, fence=lambda name, told: prompt.data(told, nonce=nonce, name=name))
    answer = asked.read(prompt.answer(model.ask(text)), *sides, by=model.name)
    known = {(each.kind, each.before and each.before.entry, each.after and each.after.entry) for each in found.findings}
    fresh = tuple(
        each
        for each in answer.findings
        if (each.kind, each.before and each.before.entry, each.after and each.after.entry) not in known
    )
    return Compared(found, fresh, answer.dropped, unread)
