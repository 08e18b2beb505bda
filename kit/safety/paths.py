"""Which repository-relative paths are safe to write, and which path globs can meet.

Globs: `*` and `?` stay within a segment, `**` as a whole segment stands for any number of segments
(none too, so `src/auth/**` is also `src/auth`), `[a-z]` and `[!a-z]` stand for one character. A glob
without any of these is a file or a folder and covers all below it. Brackets may also be part of a
name (`app/[slug]/page.tsx`), so they are read both ways. Case counts; nothing is looked up on disk.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, TypeVar

from kit.safety.text import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_Ranges = tuple[tuple[int, int], ...]  # the code points that one place may hold, in order
_Name = tuple[_Ranges | None, ...]  # None for `*`
_Path = tuple[_Name | None, ...]  # None for `**`
_T = TypeVar("_T", _Name, _Ranges)

_PATH_MAX = 4096
_NAME_MAX = 255  # bytes: ext4, APFS; characters on NTFS
_DEVICE = re.compile(r"(?i:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\xb9\xb2\xb3]) *(?:\..*)?")
_SLASH = (0x2F, 0x2F)
_LAST = 0x10FFFF

_ELEMENT = re.compile(r"\*+|\?|\[[!^]?+\]?+[^\]]*\]|.", re.DOTALL)
_ELEMENT_WITHOUT_CLASS = re.compile(r"\*+|.", re.DOTALL)
_CLASS_MEMBER = re.compile(r"(.)(?:-(.))?", re.DOTALL)


def why_unsafe(path: str) -> str:
    """Returns why a path must not be written below a repository, or "" when it may.

    Safe means: relative, `/` between plain names, and the same single file on Linux, macOS and
    Windows. Symbolic links on the way are for the caller to refuse.
    """
    if not path or len(path) > _PATH_MAX:
        return "is empty or too long"
    if path.startswith("/"):
        return "is absolute"
    if "\\" in path or ":" in path:
        return "holds a backslash or a colon"
    if "\n" in path or "\t" in path or hidden(path):
        return "holds a control or an invisible character"
    return next((reason for name in path.split("/") if (reason := _why_unsafe_name(name))), "")


def is_safe_relative(path: str) -> bool:
    """Says whether a path may be written below a repository; `why_unsafe` says why not."""
    return not why_unsafe(path)


def matches(glob: str, path: str) -> bool:
    """Says whether a glob covers a path: it matches it, or names it or a folder above it."""
    names = tuple(_plain(name) for name in path.split("/"))
    return any(_meet(reading, names, _share_name) for reading in _readings(glob))


def overlap(a: str, b: str) -> bool:
    """Says whether some path is covered by both globs: exact, in steps of order `len(a) * len(b)`."""
    return any(_meet(one, other, _share_name) for one, other in product(_readings(a), _readings(b)))


def _why_unsafe_name(name: str) -> str:
    if name in {"", ".", ".."}:
        return "holds an empty, `.` or `..` segment"
    if len(name.encode()) > _NAME_MAX:
        return "holds a name of more than 255 bytes"
    if name.casefold() in {".git", "git~1"}:  # git~1 is the short name that Windows gives .git
        return "reaches into .git"
    if name[-1] in " .":
        return "holds a name that ends with a dot or a space"
    return "holds a device name of Windows" if _DEVICE.fullmatch(name) else ""


@lru_cache(maxsize=1024)
def _readings(glob: str) -> tuple[_Path, ...]:
    without_class = _read(glob, _ELEMENT_WITHOUT_CLASS, "*?")
    return (_read(glob, _ELEMENT, "*?["), without_class) if "[" in glob else (without_class,)


def _read(glob: str, element: re.Pattern[str], special: str) -> _Path:
    names = [name for name in glob.split("/") if name not in {"", "."}]
    path = tuple(None if name == "**" else tuple(map(_place, element.findall(name))) for name in names)
    return path if any(one in glob for one in special) else (*path, None)


@lru_cache(maxsize=4096)
def _plain(name: str) -> _Name:
    return tuple(((ord(one), ord(one)),) for one in name)


def _place(element: str) -> _Ranges | None:
    if element[0] == "*":
        return None
    if element == "?":
        return _outside([_SLASH])
    if len(element) == 1:
        return ((ord(element), ord(element)),)
    negated = element[1] in "!^"
    members = _CLASS_MEMBER.findall(element[1 + negated : -1])
    ranges = [(ord(low), ord(high or low)) for low, high in members]
    return _outside([*(ranges if negated else _outside(ranges)), _SLASH])


def _outside(ranges: Iterable[tuple[int, int]]) -> _Ranges:
    gaps, start = [], 0
    for low, high in sorted(ranges):
        if low > high:
            continue
        if low > start:
            gaps.append((start, low - 1))
        start = max(start, high + 1)
    return (*gaps, (start, _LAST)) if start <= _LAST else tuple(gaps)


def _meet(a: Sequence[_T | None], b: Sequence[_T | None], share: Callable[[_T, _T], bool]) -> bool:
    """Says whether two sequences with None for "any number of anything" have one in common."""
    reached = [True, *[False] * len(b)]  # reached[j]: what is read of a and the first j of b agree
    for one in a:
        following = [False] * (len(b) + 1)
        for j, other in enumerate(b):
            if not reached[j]:
                continue
            if one is None or other is None:
                # Either star may stand for nothing, or swallow one of the other side.
                reached[j + 1] = True
                following[j] = True
            elif share(one, other):
                following[j + 1] = True
        following[-1] = following[-1] or (reached[-1] and one is None)
        if True not in following:
            return False
        reached = following
    furthest = max(j for j, agrees in enumerate(reached) if agrees)
    return all(other is None for other in b[furthest:])


def _share_name(a: _Name, b: _Name) -> bool:
    return _meet(a, b, _share_character)


def _share_character(a: _Ranges, b: _Ranges) -> bool:
    return any(low <= top and bottom <= high for low, high in a for bottom, top in b)
