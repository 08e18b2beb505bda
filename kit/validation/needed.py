"""Which unchanged files a change can concern: those that mention what changed.

Every link to a record holds its name, percent-encoded at worst, and `supersedes` holds its id. So of files nothing is
known about, only those with such a word are looked at; what is found is the same as if all were.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from kit.validation.look import Look

_FEW = 20  # words are searched for one by one; with more it is quicker to take the text to pieces
_RUN = re.compile(rb"[\w\x80-\xff-]+")  # in links and lists every name ends where one of these does
_ENCODED = re.compile(rb"\]\([^)\n]*[%&\\]|\]:[^\n]*[%&\\]")


def names(paths: Iterable[str]) -> set[str]:
    """Returns the words of which every link to one of these files or folders must hold one."""
    return {posixpath.splitext(posixpath.basename(path))[0] for path in paths} - {""}


def complete(
    looks: dict[str, Look],
    unread: dict[str, bytes],
    *,
    changed: Collection[str],
    words: Collection[str],
    before: Iterable[Look],
    look_at: Callable[[Iterable[str]], Mapping[str, Look]],
    targets: Callable[[str], Iterable[str]],
) -> None:
    """Adds to `looks` those of the `unread` files that a change of the files `changed` can concern.

    `words` are what a link to one of these must hold (see `names`), `before` looks at them as they were, `targets`
    names the files that one of them refers to.
    """
    wanted = {path for path in changed if path in unread}
    looks.update(look_at(wanted))
    fresh = [look for look in looks.values() if look.supersedes] + list(before)
    fresh += [looks[path] for path in changed if path in looks]
    unread = {path: data for path, data in unread.items() if path not in wanted}
    wanted = {each for path in changed if path in looks for each in targets(path) if each in unread}
    wanted |= {path for path, data in unread.items() if _ENCODED.search(data)}
    searched: set[str] = set()
    while True:
        sought = {*words, *(word for look in fresh for word in _words(look))} - searched
        wanted |= _mentioning(sought, unread)
        if not wanted:
            return
        searched |= sought
        found = look_at(wanted)
        looks.update(found)
        fresh = list(found.values())
        unread = {path: data for path, data in unread.items() if path not in found}
        wanted = set()


def _words(look: Look) -> Iterable[str]:
    """Returns the ids that a record's place in a chain depends on, and its fingerprint."""
    older = [str(each[0]) for each in look.supersedes]
    return [*older, *([look.id] if older else ()), *map(str, look.fingerprint[:1])]


def _mentioning(words: Collection[str], unread: Mapping[str, bytes]) -> set[str]:
    """Returns the files that hold one of the words, or have one as their name."""
    named = {path for path in unread if not names([path]).isdisjoint(words)}
    encoded = {word.encode("utf-8", "surrogateescape") for word in words}
    if len(words) <= _FEW:
        return named | {path for path, data in unread.items() if any(word in data for word in encoded)}
    runs = {frozenset(_RUN.findall(word)) for word in encoded}
    single = {run for each in runs if len(each) == 1 for run in each}
    several = [each for each in runs if len(each) > 1]
    for path, data in unread.items():
        found = set(_RUN.findall(data))
        if not found.isdisjoint(single) or any(each <= found for each in several):
            named.add(path)
    return named
