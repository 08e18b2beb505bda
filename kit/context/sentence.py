"""Splits a text into sentences: what blame and the comparison of meaning look at one by one.

A line ends a sentence, and so do `.`, `!` and `?` before a blank. It is a rule of thumb and knows no language: an
abbreviation ends one too, a line of code is one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_END = re.compile(r"[.!?][\"')\]]?(?=\s)")
_MARK = re.compile(r"(?:[-*+>#]|\d{1,3}[.)])\s")
_SHORT = ("e.g.", "i.e.", "etc.", "vs.", "cf.", "approx.", "no.")


class Sentence(NamedTuple):
    """A sentence, and the number of its line in the text, from 1."""

    text: str
    line: int


def sentences(text: str) -> Iterator[Sentence]:
    """Yields the sentences of a text in order; blank lines say nothing."""
    for number, line in enumerate(text.split("\n"), 1):
        start = 0
        shown = line.strip()
        if not shown:
            continue
        for found in _END.finditer(line):
            part = line[start : found.end()].strip()
            if _is_open(part):
                continue
            yield Sentence(part, number)
            start = found.end()
        if rest := line[start:].strip():
            yield Sentence(rest, number)


def same(text: str) -> str:
    """Returns what two sentences have in common that differ in blanks and in the mark of a list only."""
    text = " ".join(text.split())
    while found := _MARK.match(text):
        text = text[found.end() :]
    return text


def _is_open(part: str) -> bool:
    """Whether a part ends in what is seldom the end: a list's number, an abbreviation."""
    return bool(_MARK.fullmatch(part + " ")) or part.lower().endswith(_SHORT)
