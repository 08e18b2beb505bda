"""Scores a redactor on the corpus: how much is found, found exactly, and found where nothing is."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from kit import config
from kit.safety.redact import redactor
from tests.safety import corpus

if TYPE_CHECKING:
    from tests.safety.corpus import Positive

_LOOSE = " \"'`*="
_MARKER = re.compile(r"\[REDACTED:[a-z0-9-]+\]")


class Score(NamedTuple):
    """Shares of all positives and negatives, and those that went wrong."""

    recall: float
    strict: float
    over: float
    missed: list[Positive]
    inexact: list[tuple[Positive, str]]
    taken: list[tuple[corpus.Negative, str]]
    kinds: int


def score() -> Score:
    """Returns the score; texts come by turns as they are, in a record, and in JSON in a record."""
    positives, negatives = list(corpus.positives()), list(corpus.negatives())
    missed, inexact, taken = [], [], []
    for turn, each in enumerate(positives):
        clean = redacted(each.text, turn)
        if is_left(each.secret, clean):
            missed.append(each)
        elif not is_exact(each, clean):
            inexact.append((each, clean))
    for turn, one in enumerate(negatives):
        clean = redacted(one.text, turn)
        if clean != one.text:
            taken.append((one, clean))
    many = len(positives)
    return Score(
        1 - len(missed) / many,
        1 - (len(missed) + len(inexact)) / many,
        len(taken) / len(negatives),
        missed,
        inexact,
        taken,
        len({each.kind for each in positives}),
    )


def redacted(text: str, turn: int) -> str:
    """Returns a redacted text; a redactor of its own, so that nothing is known from another text."""
    one = redactor(config.defaults(), is_personal=False)
    if turn % 3 == 0:
        return one.text(text)
    depth = turn % 3 - 1
    return corpus.of_record(one.record(corpus.in_record(text, depth=depth).encode()).decode(), depth=depth)


def is_left(secret: str, clean: str) -> bool:
    """Says whether enough of a secret is left to be of use: half of it, or twelve characters in a row."""
    body = _MARKER.sub("\0", clean)
    size = min(max(6, len(secret) // 2), 16)
    return any(secret[at : at + size] in body for at in range(len(secret) - size + 1))


def is_exact(each: Positive, clean: str) -> bool:
    """Says whether the secret went whole and nothing with it but its quotes and what its format begins with."""
    before, _, after = each.text.partition(each.secret)
    markers = _MARKER.findall(clean)
    if len(markers) != 1:
        return False
    head, _, tail = clean.partition(markers[0])
    if "PRIVATE KEY" in each.text:
        label = re.compile(r"-{4,5} ?(?:BEGIN|END)[A-Z0-9 ]+-{4,5}|\\\\n|\\n|\s")
        return label.sub("", head + tail) == label.sub("", before + after)
    # What a vendor's format begins with may go or stay.
    befores = {
        before,
        before.removesuffix("0x"),
        before.removesuffix("django-insecure-"),
        before.removesuffix("FlyV1 "),
    }
    return any(head.rstrip(_LOOSE) == one.rstrip(_LOOSE) for one in befores) and tail.lstrip(_LOOSE) == after.lstrip(
        _LOOSE
    )


def told(found: Score) -> str:
    """Returns the score in lines, for a person."""
    lines = [f"recall {found.recall:.4f} strict {found.strict:.4f} over {found.over:.4f} kinds {found.kinds}"]
    lines += [f"missed   {each.kind:24} {each.context:10} {each.text[:150]!r}" for each in found.missed]
    lines += [
        f"inexact  {each.kind:24} {each.context:10} {each.text[:110]!r} -> {clean[:110]!r}"
        for each, clean in found.inexact
    ]
    lines += [f"taken    {one.kind:14} {one.text[:110]!r} -> {clean[:110]!r}" for one, clean in found.taken]
    lines.append(str(Counter(each.context for each in found.missed).most_common()))
    return "\n".join(lines)


if __name__ == "__main__":
    print(told(score()))
