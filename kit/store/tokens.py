"""Turns text and code into the weighted terms that the index stores and a query asks for.

Names are found whole and by their parts (`maxRetries`, `os.path.join`, `E0308`, `3.11.7`, `--dry-run`),
words by their stem, scripts that do not set spaces by single characters and pairs.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from kit.store.stem import stem

if TYPE_CHECKING:
    from collections.abc import Iterator

# Whatever changes the terms of a text must raise `generation.FORMAT`: old indexes hold the old terms.

# What a whole name counts beside its parts: little, so that a long name does not count several times over,
# and more for one that people also write as a single word (GitHub, github).
_WHOLE, _JOINED = 0.25, 0.5
_LONGEST_TERM = 80
# More pieces than this is a digest or a blob, not a name that someone would ask for by its parts.
_MOST_PIECES = 12

# Runs of letters and digits held together by connectors. A leading dash or dot belongs to the name when
# nothing stands before it (`--flag`, `.NET`), and so does the ending of C++ and C#. The bounds keep one
# endless run from becoming one endless name.
_NAME = re.compile(
    r"(?:(?<![\w.\-])(?:--?|\.))?[^\W_]{1,80}"
    r"(?:(?:_{1,4}|_{0,2}(?:[.\-]|[:/\\@]{1,3})_{0,2})[^\W_]{1,80}){0,15}(?:\+\+|\#(?!\w))?"
)
_COMPONENT = re.compile(r"[^./:\\@]+")
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_RUN = re.compile(r"[^\W_]+")
_CONTRACTION = re.compile("(?<=\\w)['\u2019](?:s|t|re|ve|ll|d|m)\\b")
# Accents of Latin, Greek and Cyrillic; points of Hebrew and Arabic.
_MARK = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
# From Devanagari to Myanmar, Khmer, kana, Han, Hangul: no spaces, or signs that `\w` takes for an end.
_UNSPACED = re.compile(
    "[\u0900-\u0963\u0966-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]+"
)

# `go` and `make` are missing on purpose.
_STOP_WORDS = """
a about after again ain all also am an and any are aren as at be because been before being both but by
can could couldn d did didn do does doesn doing don done each else ever every few for from further get
gets getting give goes going got had hadn has hasn have haven having he hello help her here hers herself
hey hi him himself his how however i if in into is isn it its itself just kind let like ll m made makes
many may me might more most much must mustn my myself need needn needs no nor not now of off ok on once
one only or other others our ours out over own per please quite rather re really s same say says shall
she should shouldn since so some something such t tell than thank thanks that the their theirs them then
there these they thing things think this those though through thus to too under until up upon us use
used uses using ve very want wants was wasn way we well were weren what whatever when whenever where
wherever whether which while who whom whose why will with within without won would wouldn yes yet you
your yours yourself
"""
_STOP = frozenset(_STOP_WORDS.split())


def fold(value: str) -> str:
    """Returns a keyword as it is compared: compatibility forms unified, case folded, ends trimmed."""
    return unicodedata.normalize("NFKC", value).casefold().strip()


def key(field: str, value: str) -> str:
    """Returns what stands in the index for a keyword's value; "" for a document that has none."""
    return f"{field}\0{fold(value)}"


def terms(text: str) -> dict[str, float]:
    """Returns the terms of a text to be indexed, each with how often it occurs."""
    found: dict[str, float] = {}
    for name, count in Counter(_names(text)).items():
        for term, weight in _terms_of(name):
            found[term] = found.get(term, 0.0) + weight * count
    return found


def query_terms(text: str) -> dict[str, float]:
    """Returns the terms that a query asks for, each with its weight.

    Question words and other stop words are left out unless there is nothing else. Any text is a query;
    one of punctuation alone asks for nothing.
    """
    names = Counter(_names(text))
    telling = {name: count for name, count in names.items() if name.lower() not in _STOP} or names
    found: dict[str, float] = {}
    for name, count in telling.items():
        named = _terms_of(name)
        for term, weight in named:
            share = count if weight < 1.0 else count / len(named) ** 0.5
            found[term] = found.get(term, 0.0) + share
    return {term: math.log2(1 + count) for term, count in found.items()}


def _names(text: str) -> Iterator[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
        text = unicodedata.normalize("NFC", _MARK.sub("", text))
        for run in _UNSPACED.findall(text):
            yield from run
            yield from map(str.__add__, run, run[1:])
        text = _UNSPACED.sub(" ", text)
    if "'" in text or "\u2019" in text:
        text = _CONTRACTION.sub("", text)
    yield from _NAME.findall(text)


@lru_cache(maxsize=1 << 16)
def _terms_of(name: str) -> tuple[tuple[str, float], ...]:
    if len(name) < 3 or (name.isalpha() and (name.islower() or name.istitle() or not name.isascii())):
        return ((_word(name.casefold()), 1.0),)
    found: list[tuple[str, float]] = []
    components = _COMPONENT.findall(name)
    for component in components:
        pieces = (_PIECE if component.isascii() else _RUN).findall(component)
        if len(pieces) > 1:
            joined = _word("".join(pieces).casefold()[:_LONGEST_TERM])
            found.append((joined, _JOINED if component.isalpha() else _WHOLE))
            pieces = [piece for piece in pieces if len(piece) > 1 or not piece.isalpha()]
        if len(pieces) <= _MOST_PIECES:
            found.extend((_word(piece.casefold()), 1.0) for piece in pieces)
        if component[0] == "-" or component[-1] in "+#":
            found.append((component.casefold(), _WHOLE))
    if len(components) > 1 or name[0] == ".":
        found.append((name.casefold()[:_LONGEST_TERM], _WHOLE))
    return tuple(found)


def _word(word: str) -> str:
    return stem(word) if word.isascii() and word.isalpha() else word
