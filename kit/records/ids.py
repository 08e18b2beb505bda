"""Ids are slugs, so that one name is safe as a file, a ref and a link on every system."""

from __future__ import annotations

import re
import unicodedata

from kit.errors import InvalidInput

MAX_LENGTH = 80
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))))


def problem(text: str) -> str:
    """Returns why `text` cannot be an id, or "" when it can (the rules: design, Ids are slugs)."""
    if not text:
        return "is empty"
    if len(text) > MAX_LENGTH:
        return f"is {len(text)} characters long, the limit is {MAX_LENGTH}"
    if not _SLUG.fullmatch(text):
        return "must begin with a-z or 0-9 and go on with a-z, 0-9, '.', '_' or '-'"
    if ".." in text or text.endswith((".lock", ".")):
        return "must not contain '..' nor end in '.' or '.lock'"
    if text.split(".", 1)[0] in _DEVICES:
        return "is a reserved device name on some systems"
    return ""


def slug(text: str) -> str:
    """Returns the nearest id to `text` ("" when nothing of it can be kept), for proposals and defaults."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9._]+", "-", plain)
    words = re.sub(r"\.{2,}", ".", words).strip("-._")[:MAX_LENGTH].strip("-._")
    words = words.removesuffix(".lock")
    return "" if problem(words) else words


def check(text: str, *, what: str = "id") -> str:
    """Returns `text` if it is an id.

    Raises InvalidInput otherwise, proposing the nearest id where there is one.
    """
    trouble = problem(text)
    if not trouble:
        return text
    near = slug(text)
    shown = text if len(text) <= MAX_LENGTH else text[:40] + "..."
    raise InvalidInput(
        f"{what} {shown!r} {trouble}",
        hint=f"use {near!r}" if near else "use letters a-z, digits, '.', '_' and '-'",
        code="invalid_id",
        value=shown,
    )
