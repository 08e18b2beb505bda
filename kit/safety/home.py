"""Takes the names of people out of paths: what stands below a home folder stands below `~`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = r"(?!(?:Shared|Public|All Users|Default)(?![\w.-]))[A-Za-z0-9_](?:[\w.-]{0,62}\w)?"
_LEFT = r"(?:(?<![\w.~/\\%-])|(?<=file://)|(?<=\\[nrt])|(?<=[\[;]\dm)|(?<=\d\dm))"
_UNIX = re.compile(rf"{_LEFT}(?:/mnt/[a-z](?=/U))?/(?:home|Users)/{_NAME}")
_WINDOWS = re.compile(rf"(?<![\w\\])[A-Za-z]:(?:\\{{1,4}}|/)Users(?:\\{{1,4}}|/){_NAME}")
# Where a path may begin, so far before what is searched for.
_SHAPES = (("/home/", _UNIX, (0,)), ("/Users/", _UNIX, (0, 6)), (":/Users/", _WINDOWS, (1,)),
           (":\\Users\\", _WINDOWS, (1,)), (":\\\\Users\\\\", _WINDOWS, (1,)),
           (":\\\\\\\\Users\\\\\\\\", _WINDOWS, (1,)))  # fmt: skip


def homes(text: str, home: str = "") -> Iterator[tuple[int, int]]:
    """Yields start and end of each home folder in a text; `home` is one more than those known by their shape."""
    shapes = _SHAPES if "Users" in text else _SHAPES[:1]
    for word, pattern, befores in (*shapes, *_own(home)):
        at = text.find(word)
        while at >= 0:
            end = at + 1
            for before in befores:
                if at >= before and (found := pattern.match(text, at - before)):
                    yield found.span()
                    end = found.end()
                    break
            at = text.find(word, end)


@lru_cache(maxsize=8)
def _own(home: str) -> tuple[tuple[str, re.Pattern[str], tuple[int, ...]], ...]:
    home = home.rstrip("/\\")
    if len(home) < 6 or home.count("/") + home.count("\\") < 2:
        return ()
    # Claude Code names the folder of a project by its path with dashes.
    dashed = re.sub(r"[^A-Za-z0-9]", "-", home)
    return (
        (home, re.compile(rf"{_LEFT}{re.escape(home)}(?![\w.-])"), (0,)),
        (dashed, re.compile(rf"(?<!\w){re.escape(dashed)}(?=-|$|[\"'/\\\s])"), (0,)),
    )
