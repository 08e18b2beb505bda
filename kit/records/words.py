"""Words of prose: how many there are, and the text cut to so many at the end of a sentence.

Code blocks and the labels of sources are not counted: a limit is there to keep prose short, not proof.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LABEL = re.compile(r"\[\^[^\[\]\s]{1,80}\]")
_END = re.compile(r"[.!?:;]['\")\]]*(?:\[\^[^\[\]\s]{1,80}\])*$")


def count(text: str) -> int:
    """Returns how many words of prose a text has: what blanks set apart, code blocks and labels left out."""
    if "```" in text or "~~~" in text:
        text = "\n".join(_prose(text.split("\n")))
    if "[^" in text:
        text = _LABEL.sub("", text)
    return len(text.split())


def is_within(text: str, limit: int) -> bool:
    """Says whether a text has at most `limit` words of prose; most have, and are seen to have at once."""
    return len(text.split(None, limit + 1)) <= limit or count(text) <= limit


def _prose(lines: list[str]) -> Iterator[str]:
    """Yields the lines outside of fences; a fence that nothing closes reaches to the end."""
    fence = ""
    for line in lines:
        mark = line.strip()[:3]
        if fence:
            bare = line.strip()
            fence = "" if bare.startswith(fence) and not bare.strip(fence[0]) else fence
        elif mark in ("```", "~~~"):
            bare = line.strip()
            fence = bare[: len(bare) - len(bare.lstrip(mark[0]))]
        else:
            yield line


def cut(text: str, limit: int) -> str:
    """Returns the sentences from the beginning of a text that fit in `limit` words, "" when not even the first does.

    Nothing is cut within a sentence.
    """
    if is_within(text, limit):
        return text
    words = text.split()
    kept = 0
    for at, word in enumerate(words, 1):
        if count(" ".join(words[:at])) > limit:
            break
        if _END.search(word):
            kept = at
    return " ".join(words[:kept])
