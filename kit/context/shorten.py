"""Shortens a text without a model, always to the same: its headings, its first sentence, or its first characters."""

from __future__ import annotations

import json
import re

from kit.context import piece

LENGTH = 200
_LOOKED_AT = 1 << 16
_HEADING = re.compile(r"^#{1,6} +(\S.*)$", re.MULTILINE)
_END = re.compile(r"[.!?](?=\s)|[\u3002\uff01\uff1f]")


def shorten(text: str) -> tuple[str, str]:
    """Returns a text's short form and which one it is (a form of `kit.context.piece`); a short text stays as it is.

    Two headings or more are its outline; else it is the first sentence, else the first LENGTH characters. What was
    left out is marked by `[...]`.
    """
    whole = text.strip()
    if len(whole) <= LENGTH:
        return text, piece.FULL
    begin = whole[:_LOOKED_AT]
    headings = [each.strip() for each in _HEADING.findall(begin)]
    if len(headings) > 1:
        return _head("; ".join(headings)) + " [...]", piece.OUTLINE
    line = next(each.strip() for each in begin.split("\n") if each.strip())
    end = _END.search(line[: LENGTH + 1])
    if end:
        return line[: end.end()] + " [...]", piece.SENTENCE
    if len(line) <= LENGTH:
        return line + " [...]", piece.SENTENCE
    return _head(line) + " [...]", piece.HEAD


def shorten_input(text: str) -> tuple[str, str]:
    """Returns a tool's input shortened: still a JSON object, with the first characters of what it was."""
    if len(text) <= LENGTH:
        return text, piece.FULL
    return json.dumps({"shortened": _head(text.strip())}, ensure_ascii=False), piece.HEAD


def _head(text: str) -> str:
    """Returns the first LENGTH characters, to the end of a word where there is one."""
    if len(text) <= LENGTH:
        return text
    return text[:LENGTH].rpartition(" ")[0] or text[:LENGTH]
