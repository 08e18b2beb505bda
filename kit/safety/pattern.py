"""Which regular expressions can take for ever: a repeat inside a repeat, or repeated alternatives that begin alike.

`^(a+)+$` takes 1.6 s for 26 characters and twice as long for each one more. What is refused here may still be quick
for a reason this does not see; what is let through may be quadratic, never exponential.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ELEMENT = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_REPEAT = re.compile(r"([*+?]|\{(\d*)(,?)(\d*)\})[?+]?")
_OPEN = re.compile(r"\((?:\?(?:[:>=!]|<[=!]|P?<\w+>|[aiLmsux-]+:))?")
_MANY = 1000
_SOME = [*map(chr, range(1, 128)), "\u00e9", "\u4e2d"]  # characters that stand for all
_FEW = 30  # so many ways in all are tried in no time


@dataclass
class _Group:
    """What stands between two brackets: `repeats` are its repeated elements with how often each may be there."""

    repeats: list[tuple[str, int]] = field(default_factory=list)
    elements: list[str] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)


def trouble(pattern: str) -> str:
    """Returns why a pattern can take for ever or is none, "" when it is fine."""
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"is not a regular expression ({error})"
    groups = [_Group()]
    at = 0
    while at < len(pattern):
        opening = _OPEN.match(pattern, at)
        if opening:
            groups.append(_Group())
            at = opening.end()
            continue
        if pattern[at] == "|":
            groups[-1].starts.append("")
            at += 1
            continue
        inner = groups.pop() if pattern[at] == ")" and len(groups) > 1 else None
        element = _ELEMENT.match(pattern, at)
        text = element[0] if element and inner is None else "()"
        at = element.end() if element and inner is None else at + 1
        repeat = _REPEAT.match(pattern, at)
        most = _most(repeat) if repeat else 1
        at = repeat.end() if repeat else at
        if inner is not None and most > 1 and (found := _is_slow(inner, most)):
            return found
        _add(groups[-1], text, most, is_fixed=repeat is None or repeat[0] == f"{{{most}}}", inner=inner)
    return ""


def too_open(pattern: str) -> str:
    """Returns why a pattern is too slow to be tried at every place of a hostile text, "" when it is not.

    A repeat that can match what follows it multiplies the ways to try; few ways are borne.
    """
    elements: list[tuple[str, int, int]] = []  # each with how often it must and how often it may be there
    at = 0
    while at < len(pattern):
        opening = _OPEN.match(pattern, at)
        element = opening or _ELEMENT.match(pattern, at)
        assert element is not None  # noqa: S101 - an element can be any character
        at = element.end()
        repeat = None if opening else _REPEAT.match(pattern, at)
        at = repeat.end() if repeat else at
        most = _most(repeat) if repeat else 1
        least = {"+": 1, "*": 0, "?": 0}.get(repeat[1], int(repeat[2] or 0)) if repeat else 1
        elements.append(("" if opening or element[0] in ")|" else element[0], least, most))
    ways = 1
    for number, (element_text, least, most) in enumerate(elements):
        if most > least and not _is_fenced(element_text, elements[number + 1 :]):
            ways *= most - least + 1
    return "" if ways <= _MANY else "has a repeat that can run on into what follows it: bound it, as in {0,15}"


def _is_fenced(element: str, following: list[tuple[str, int, int]]) -> bool:
    """Says whether no character can be both the element and what follows it."""
    for text, least, _ in following:
        if not element or not text or any(_fits(element, one) and _fits(text, one) for one in _SOME):
            return False
        if least:
            return True
    return bool(element)


def _fits(element: str, character: str) -> bool:
    return re.fullmatch(element, character, re.DOTALL) is not None


def _add(group: _Group, text: str, most: int, *, is_fixed: bool, inner: _Group | None) -> None:
    if not group.starts or group.starts[-1] == "":
        group.starts[-1:] = [text if is_fixed else "()"]
    group.elements.append(text if is_fixed else "()")
    if not is_fixed:
        group.repeats.append((text, max(most, 2)))
    if inner is not None:
        group.repeats += [("()", count * most) for _, count in inner.repeats]
        group.repeats += [("()", 2 * most)] * _is_ambiguous(inner)


def _is_slow(inner: _Group, most: int) -> str:
    if any(most * count > _FEW for _, count in inner.repeats):
        fences = [inner.elements[0], inner.elements[-1]] if len(inner.starts) == 1 else []
        if not any(_separates(fence, inner) for fence in fences):
            return "has a repeat inside a repeat"
    return "repeats alternatives that can begin alike" if most > _FEW and _is_ambiguous(inner) else ""


def _is_ambiguous(inner: _Group) -> bool:
    return len({_literal(start) for start in inner.starts} - {""}) < len(inner.starts) > 1


def _separates(fence: str, inner: _Group) -> bool:
    """Says whether an element is one character that no repeated element of its group can be."""
    character = _literal(fence)
    return bool(character) and all(
        text != "()" and re.fullmatch(text, character, re.DOTALL) is None for text, _ in inner.repeats
    )


def _literal(element: str) -> str:
    if len(element) == 2 and element[0] == "\\" and not element[1].isalnum():
        return element[1]
    return element if len(element) == 1 and element not in ".^$" else ""


def _most(repeat: re.Match[str]) -> int:
    if repeat[1] == "?":
        return 1
    if repeat[1] in "*+" or (repeat[3] and not repeat[4]):
        return _MANY
    return int(repeat[4] or repeat[2] or 0)
