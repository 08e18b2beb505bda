"""What blame answers: a sentence, and the steps by which it came to where it stands."""

from __future__ import annotations

from typing import NamedTuple

from kit.context import origin
from kit.records import times


class Step(NamedTuple):
    """One place where a sentence stood: the entry, the commit that brought it there, and who wrote it.

    `event` is the commit's verb, `by` its author, where that is another than the entry's `agent`; `source` is what
    the entry says that it comes from. `missing` says why no more is known.
    """

    thread: str
    commit: str
    entry: str
    event: str = ""
    agent: str = ""
    instance: str = ""
    by: str = ""
    at: float = 0.0
    source: str = ""
    missing: str = ""

    def record(self) -> dict[str, object]:
        """Returns it as JSON."""
        fields = {**self._asdict(), "at": times.stamp(self.at) if self.at else ""}
        return {name: value for name, value in fields.items() if value != ""}


class Blamed(NamedTuple):
    """A sentence: the entry in force that says it, how it came there (`added`, `edited`, `folded`), and by what.

    `turn` counts what users have said in the thread up to there; `said` is the step that put it here, `behind` are
    those before it, the nearest first. `folds` are the entries that a fold stands for, `quotes` those of them that
    say the sentence word for word.
    """

    text: str
    line: int
    entry: str
    role: str
    turn: int
    how: str
    said: Step
    behind: tuple[Step, ...] = ()
    folds: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The lines of a session that it comes from, "" where nothing names any."""
        steps = (self.said, *self.behind)
        return next((each.source for each in steps if each.source.startswith(origin.SESSION)), "")

    def record(self) -> dict[str, object]:
        """Returns it as JSON."""
        told = {"said": self.said.record(), "behind": [each.record() for each in self.behind]}
        return {**self._asdict(), **told, "folds": list(self.folds), "quotes": list(self.quotes), "from": self.source}


class Blame(NamedTuple):
    """Sentences in order, and how many more there are."""

    sentences: tuple[Blamed, ...]
    more: int
