"""Takes the names of people out of paths: what stands below a home folder stands below `~`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARED = r"(?!(?:Shared|Public|All Users|Default)(?![\w.-]))"
_LEFT = r"(?:(?<![\w.~/\\%-])|(?<=file://)|(?<=\\[nrt])|(?<=\dm))"
_PLACES = (
    rf"{_LEFT}/(?:home|Users)/{_SHARED}[A-Za-z0-9_][\w.-]{{0,63}}+",
    rf"(?<![\w\\])[A-Za-z]:(?:\\{{1,4}}|/)Users(?:\\{{1,4}}|/){_SHARED}[A-Za-z0-9_][\w.-]{{0,63}}+",
    r"(?<![\w/])/mnt/[a-z]/Users/[A-Za-z0-9_][\w.-]{0,63}+",
)


def homes(text: str, home: str = "") -> Iterator[tuple[int, int]]:
    """Yields start and end of each home folder in a text; `home` is one more than those known by their shape."""
    if "home" in text or "Users" in text or (home and home in text) or (home and _dashed(home) in text):
        for found in _pattern(home.rstrip("/\\")).finditer(text):
            yield found.span()


@lru_cache(maxsize=8)
def _pattern(home: str) -> re.Pattern[str]:
    own: tuple[str, ...] = ()
    if len(home) > 5 and home.count("/") + home.count("\\") > 1:
        # Claude Code names the folder of a project by its path with dashes.
        own = (rf"{re.escape(home)}(?![\w.-])", rf"(?<![\w]){re.escape(_dashed(home))}(?=-|$|[\"'/\\\s])")
    return re.compile("|".join((*own, *_PLACES)))


def _dashed(home: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "-", home.rstrip("/\\"))
