"""Finds where two agents were in each other's way: a task taken over, a file that both wrote within minutes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from kit.safety.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.workflows.replay import Item

#: Seconds between two writes of one file by different agents within which they count as a collision.
WINDOW = 15 * 60.0
MAX = 500


class Collision(NamedTuple):
    """Two lanes in each other's way from `at` until `until`; `first` and `second` are the places of their items."""

    at: float
    until: float
    lane: str
    other: str
    path: str
    task: str
    first: int
    second: int
    times: int = 1

    @property
    def title(self) -> str:
        if self.task:
            return f"{self.other} took {self.task} over from {self.lane}"
        return f"{self.lane} and {self.other} both wrote {self.path}"


class _Wrote(NamedTuple):
    at: float
    lane: str
    item: int


def find(items: Sequence[Item]) -> list[Collision]:
    """Returns the collisions in the order of time, the first MAX of them.

    A file is the same when both paths are, below the folder in which each session ran.
    """
    found = [*_takeovers(items), *_writes(items)]
    return sorted(found, key=lambda each: (each.at, each.until, each.path))[:MAX]


def _takeovers(items: Sequence[Item]) -> list[Collision]:
    found = []
    for place, item in enumerate(items):
        if item.kind == "takeover" and item.over:
            theirs = next(
                (at for at in range(place - 1, max(-1, place - 2000), -1)
                 if items[at].task == item.task and items[at].kind in {"claim", "takeover"}), place,
            )  # fmt: skip
            lane = items[theirs].lane if theirs != place else item.over
            found.append(Collision(item.at, item.at, lane, item.lane, "", item.task, place, theirs))
    return found


def _writes(items: Sequence[Item]) -> list[Collision]:
    of_path: dict[str, list[_Wrote]] = {}
    for place, item in enumerate(items):
        for write in item.turn.writes if item.turn else ():
            path = printable(write.path, keep_newlines=False)
            of_path.setdefault(path, []).append(_Wrote(write.at or item.at, item.lane, place))
    found: list[Collision] = []
    for path, writes in of_path.items():
        if len({each.lane for each in writes}) > 1:
            found += _pairs(path, sorted(writes))
    return found


def _pairs(path: str, writes: Sequence[_Wrote]) -> list[Collision]:
    """Returns where one lane's write follows another's; those of the same two that go on are one."""
    found: dict[frozenset[str], Collision] = {}
    done: list[Collision] = []
    for one, two in itertools.pairwise(writes):
        if one.lane == two.lane or two.at - one.at > WINDOW:
            continue
        pair = frozenset((one.lane, two.lane))
        last = found.get(pair)
        if last and one.at - last.until <= WINDOW:
            found[pair] = last._replace(until=two.at, times=last.times + 1)
        else:
            done += [last] if last else []
            found[pair] = Collision(one.at, two.at, one.lane, two.lane, path, "", one.item, two.item)
    return done + list(found.values())
