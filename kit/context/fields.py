"""What the fields of an entry may be; they may be of any type before this has looked at them."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from kit.records import ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.context.entry import Entry

PRIORITIES = ("skip", "normal", "important", "pinned")
COUNTERS = ("estimate", "rs-bpe", "usage")
MATCHES = ("substring", "regex")
MAX_TAGS = 50
MAX_RETAIN = 50
_MAX_WORD = 200
_ID = re.compile(r"[0-9a-f]{12}-[0-9a-f]{8}")


def is_id(text: str) -> bool:
    """Whether `text` is the id of an entry: 12 hex digits of milliseconds, 8 random ones."""
    return bool(_ID.fullmatch(text))


def trouble(each: Entry) -> str:
    """Returns what is wrong with the fields of an entry, "" when nothing is; they may be of any type."""
    words = (each.role, each.kind, each.priority, each.call, each.tool, each.model, each.origin, each.edits)
    if not all(isinstance(word, str) and len(word) <= _MAX_WORD for word in (*words, each.agent, each.instance)):
        return f"words are too long, or none (the limit is {_MAX_WORD} characters)"
    return next(chain(_wrong_words(each), _wrong_lists(each)), "")


def _wrong_words(each: Entry) -> Iterator[str]:
    for name, word in (("role", each.role), ("kind", each.kind)):
        if ids.problem(word):
            yield f"{name} {word[:40]!r} {ids.problem(word)}"
    if each.priority not in PRIORITIES:
        yield f"priority {each.priority[:40]!r} is none of {', '.join(PRIORITIES)}"
    if each.edits and not is_id(each.edits):
        yield f"target {each.edits[:40]!r} is not the id of an entry"
    tokens = each.tokens
    if tokens and (type(tokens.count) is not int or tokens.count < 0 or tokens.by not in COUNTERS):
        yield "tokens are not counted as they must be"


def _wrong_lists(each: Entry) -> Iterator[str]:
    if len(each.tags) > MAX_TAGS or not all(isinstance(tag, str) and not ids.problem(tag) for tag in each.tags):
        yield f"tags must be ids, at most {MAX_TAGS}"
    if len(each.retain) > MAX_RETAIN or not all(map(_is_pattern, each.retain)):
        yield f"retain must list patterns, each with match and pattern, at most {MAX_RETAIN}"
    if not all(isinstance(fold, str) and len(fold) <= _MAX_WORD for fold in each.folds):
        yield "folds must be ids"
    if not (isinstance(each.generation, dict) and isinstance(each.usage, dict)):
        yield "generation and usage must be mappings"
    elif not all(type(number) is int and number >= 0 for number in each.usage.values()):
        yield "usage must be counts"


def _is_pattern(each: Any) -> bool:
    return (
        isinstance(each, dict)
        and each.keys() == {"match", "pattern"}
        and each["match"] in MATCHES
        and isinstance(each["pattern"], str)
        and 0 < len(each["pattern"]) <= _MAX_WORD
    )
