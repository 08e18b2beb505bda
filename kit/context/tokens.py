"""Counts tokens offline: with a real tokenizer where one is installed, else by a stated estimate.

What an API's usage said of an entry is taken as it stands; the account says of each entry who counted it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from kit.context import installed, piece
from kit.context.formats import value
from kit.context.installed import COUNTERS, ESTIMATE, RS_BPE, USAGE
from kit.errors import InvalidInput, NotFound
from kit.records import estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.context.piece import Piece


def counter(name: str) -> Callable[[str], int]:
    """Returns a function that counts the tokens of a text. Raises NotFound when it is not installed."""
    if name == ESTIMATE:
        return _estimate
    if name != RS_BPE:
        raise InvalidInput(f"nothing of the name {name!r} counts tokens", hint=f"there are {', '.join(COUNTERS)}")
    if installed.best() != RS_BPE:
        raise NotFound(
            "the tokenizer rs-bpe is not installed", hint="install knowledge-kit[tokens]", code="no_tokenizer"
        )
    return _rs_bpe()


def counted(each: Piece, name: str, count: Callable[[str], int]) -> Piece:
    """Returns a piece with its tokens: as recorded by usage or by the same counter, else counted now."""
    told = each.entry.tokens
    is_whole = each.form in (piece.FULL, piece.FOLD) and not each.is_said
    if told and is_whole and (told.by == USAGE or told.by == name != ESTIMATE):
        return each._replace(tokens=told.count, by=told.by)
    return each._replace(tokens=count(value.counted(each)), by=name)


def _estimate(text: str) -> int:
    return estimate.tokens(len(text.encode("utf-8", "surrogatepass")))


@cache
def _rs_bpe() -> Callable[[str], int]:
    found: Callable[[str], int] = import_module("rs_bpe").bpe.openai.o200k_base().count
    return found
