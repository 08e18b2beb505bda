"""Which entries a fold stands for: a range of a thread without what is pinned, and never one half of a tool's pair."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from kit.context import piece, version
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.entry import Entry
    from kit.context.thread import State
    from kit.context.version import Version

#: Entries that one fold may stand for.
MOST = 10_000


class Span(NamedTuple):
    """What is folded, in order: `folded` are the versions that are folded; the fold stands right behind the `last`.

    `told` are those of them that a summary tells of (not the skipped); `important` all that have patterns, those
    behind earlier folds too; `pinned` and `halves` stay in place, the latter for their tool's pair.
    """

    folded: tuple[Version, ...]
    told: tuple[Entry, ...]
    important: tuple[Entry, ...]
    pinned: tuple[str, ...]
    halves: tuple[str, ...]
    last: Entry

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that the fold names."""
        return tuple(each.root.id for each in self.folded)

    @property
    def heads(self) -> tuple[str, ...]:
        """The ids of the versions that are folded."""
        return tuple(each.head.id for each in self.folded)

    @property
    def tokens(self) -> int:
        """The tokens of what it stands for, as the entries say."""
        return sum(each.tokens.count for each in self.told if each.tokens)


def span(state: State, words: str = "", *, window: int = 0) -> Span:
    """Returns what a range holds that can be folded: `A..B` are entries, both included, either may be left out.

    The last `window` turns stay (a turn begins where a user speaks). Raises InvalidInput when nothing is left, or more
    than MOST.
    """
    every = version.versions(state.entries)
    hidden = folded_ids(every)
    visible = [each for each in every if each.root.id not in hidden]
    first, last = _ends(state, visible, words)
    last = min(last, _turns_before(visible, window))
    wanted = set(range(first, last))
    pinned = {at for at in wanted if piece.is_pinned(visible[at].head)}
    wanted -= pinned
    halves: set[int] = set()
    for pair in pairs(visible):
        if len(pair & wanted) == 1:
            halves |= pair & wanted
    wanted -= halves
    folded = tuple(visible[at] for at in sorted(wanted))
    if not folded:
        raise InvalidInput(
            "nothing is left to be folded", hint="name another range, or a smaller --window", code="empty"
        )
    if len(folded) > MOST:
        raise InvalidInput(
            f"{len(folded)} entries are too many for one fold", hint=f"the limit is {MOST}: name a range", code="many"
        )
    named = [[visible[at].root.id for at in sorted(some)] for some in (pinned, halves)]
    told = tuple(_as_root(each) for each in folded if each.head.priority != piece.SKIPPED)
    important = [each for each in originals(every, [each.root.id for each in folded]) if each.retain]
    return Span(folded, told, tuple(important), tuple(named[0]), tuple(named[1]), folded[-1].root)


def folded_ids(versions: Sequence[Version]) -> set[str]:
    """Returns the ids of entries that a fold stands for; a fold that is skipped stands for nothing."""
    return {name for each in versions if each.head.priority != piece.SKIPPED for name in each.head.folds}


def originals(versions: Sequence[Version], names: Sequence[str]) -> list[Entry]:
    """Returns entries as they are in force, in order, with all that folds among them stand for, however deep."""
    known = {each.root.id: each for each in versions}
    found: dict[str, Entry] = {}
    waiting = [*names]
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found[name] = _as_root(known[name])
            waiting += known[name].head.folds
    return [found[each.root.id] for each in versions if each.root.id in found]


def _as_root(each: Version) -> Entry:
    return each.head._replace(id=each.root.id, at=each.root.at, edits="")


def _ends(state: State, visible: Sequence[Version], words: str) -> tuple[int, int]:
    if not words:
        return 0, len(visible)
    begin, dots, end = words.partition("..")
    place = {each.root.id: at for at, each in enumerate(visible)}
    known = {each.id: each for each in state.entries}
    found: list[int] = []
    for name in (begin, end if dots else begin):
        if not name:
            found.append(0 if not found else len(visible) - 1)
            continue
        root = version.root_of(state.find(name), known)
        if root is None or root.id not in place:
            raise InvalidInput(f"{name} is folded already", hint="kit context expand shows it", code="folded")
        found.append(place[root.id])
    if found[1] < found[0]:
        raise InvalidInput(f"{end} stands before {begin}", hint="write FIRST..LAST", code="invalid_range")
    return found[0], found[1] + 1


def _turns_before(visible: Sequence[Version], window: int) -> int:
    """Returns where the last `window` turns begin."""
    if window <= 0:
        return len(visible)
    begins = [
        at
        for at, each in enumerate(visible)
        if piece.speaker(each.head) == "user" and not each.head.call and each.head.priority != piece.SKIPPED
    ]
    return begins[-window] if len(begins) >= window else 0


def pairs(visible: Sequence[Version]) -> list[set[int]]:
    """Returns the places of calls and results that belong together: the first call of an id and the first result."""
    calls: Mapping[str, list[int]] = defaultdict(list)
    results: Mapping[str, list[int]] = defaultdict(list)
    for at, each in enumerate(visible):
        head = each.head._replace(call=each.head.call or each.root.call)
        if piece.is_call(head):
            calls[head.call].append(at)
        elif piece.is_result(head):
            results[head.call].append(at)
    return [{*pair} for name, some in calls.items() for pair in zip(some, results.get(name, ()), strict=False)]
