"""What is written to the live plane: a ref's next commit, and the words its message carries."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, KitError
from kit.records import times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.store.author import Author
    from kit.store.commit import Commit
    from kit.store.editing import Blob, Folder

ABSENT = ""
_EVENT = "Kit-Event: "
#: Events that only say "still here", or hold all that the one before held: the next commit on the ref replaces them, so
#: that history does not grow.
PASSING = frozenset({"renew", "seen", "mirror"})


class Stale(KitError):
    """A ref had moved: `actual` holds what each ref is now (ABSENT where it is gone), already fetched."""

    code = "stale"
    exit_code = 6
    retryable = True

    def __init__(self, actual: Mapping[str, str]) -> None:
        names = ", ".join(sorted(actual))
        super().__init__(f"{names} changed in between", hint="run the same command again")
        self.actual = actual


class State(NamedTuple):
    """What a ref held when it was last seen: its commit id (ABSENT when there is none) and its files."""

    oid: str
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Change:
    """One ref's next commit: `expect` is what it must be now; files set to None are removed.

    `event` is the verb the history tells (`claim`, `send`); `subject` the line a person reads, `notes` further
    trailers. `also` are commits whose history the new one keeps reachable; `author` stands in for the publisher
    where everyone must build the same commit. With `is_anew` the tree begins empty: what stood there is broken.
    """

    ref: str
    expect: str
    edit: Mapping[str, bytes | Blob | Folder | None]
    event: str
    subject: str
    notes: Mapping[str, object] = field(default_factory=dict)
    also: Sequence[str] = ()
    author: Author | None = None
    is_anew: bool = False

    def message_at(self, when: float) -> str:
        """Returns the commit message; it tells the time, in seconds since the epoch, to the millisecond."""
        trailers = "".join(f"Kit-{name}: {_one_line(value)}\n" for name, value in self.notes.items())
        return f"{_one_line(self.subject)}\n\n{_EVENT}{self.event}\n{trailers}Kit-At: {times.stamp(when)}\n"


def event_of(message: str) -> str:
    """Returns the verb in a commit message of the live plane, "" when it has none."""
    at = message.rfind("\n" + _EVENT)
    return message[at + 1 + len(_EVENT) :].split("\n", 1)[0].strip() if at >= 0 else ""


def notes_of(message: str) -> dict[str, str]:
    """Returns the `Kit-...` trailers of a commit message, without their prefix."""
    lines = message.rpartition("\n\n")[2].splitlines()
    pairs = (line.removeprefix("Kit-").split(": ", 1) for line in lines if line.startswith("Kit-") and ": " in line)
    return dict(pairs)


def when_of(commit: Commit) -> float:
    """Returns when a commit was made: to the millisecond where its trailer says so, and is of the same second."""
    with contextlib.suppress(InvalidInput):
        said = times.seconds(notes_of(commit.message).get("At", ""))
        if int(said) == commit.when:
            return said
    return commit.when


def _one_line(value: object) -> str:
    return " ".join(str(value).replace("\0", " ").split())  # git ends a message at a NUL, and the trailers with it
