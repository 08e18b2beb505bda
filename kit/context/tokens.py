"""Counts tokens offline: with a real tokenizer where one is installed, else by a stated estimate.

What an API's usage said of an entry is taken instead, unless it cannot be: logs of streamed answers hold counts of
their first words. The account says of each entry who counted it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from kit.context import installed, piece
from kit.context.entry import Tokens
from kit.context.formats import value
from kit.context.installed import COUNTERS, ESTIMATE, RS_BPE, USAGE
from kit.errors import InvalidInput, NotFound
from kit.records import estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kit.context.entry import Entry
    from kit.context.piece import Piece


#: The fields in which APIs tell how many tokens an answer had.
_OUTPUT = ("output_tokens", "completion_tokens", "output")
#: Bytes of a text for which one token is too few to be believed; prose has four to five.
_MOST_BYTES = 16


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
    if each.form in (piece.FULL, piece.FOLD) and not each.is_said:
        for told in _told(each.entry):
            is_usable = told.by == USAGE or told.by == name != ESTIMATE
            if is_usable and told.count * _MOST_BYTES >= len(each.text.encode("utf-8", "surrogatepass")):
                return each._replace(tokens=told.count, by=told.by)
    return each._replace(tokens=count(value.counted(each)), by=name)


def _told(entry: Entry) -> Iterator[Tokens]:
    """Yields what the entry says of its tokens: as counted, and as its API has billed the model's answer."""
    if entry.tokens:
        yield entry.tokens
    if piece.speaker(entry) == "assistant":
        yield from (Tokens(entry.usage[name], USAGE) for name in _OUTPUT if name in entry.usage)


def _estimate(text: str) -> int:
    return estimate.tokens(len(text.encode("utf-8", "surrogatepass")))


@cache
def _rs_bpe() -> Callable[[str], int]:
    found: Callable[[str], int] = import_module("rs_bpe").bpe.openai.o200k_base().count
    return found
