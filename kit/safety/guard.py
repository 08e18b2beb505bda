"""Finds text that tries to steer the agent that reads it: borrowed voices, hidden characters, ways out for secrets.

A tripwire, not a proof: who words it differently passes, and recalled text must never carry authority. What is built
like an attack `blocks`; what is only worded like one is for a person to look at. A passage in inline code that closes
on the same line is a quotation and passes; a fenced block is not, because agents act on those.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from kit.safety.guard_rules import RULES
from kit.safety.text import hidden, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_INLINE = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]+)(?<!`)\1(?!`)")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/_-]{24,4096}={0,2}")
_HEX = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}){12,2048}(?![0-9A-Fa-f])")
_ESCAPED = re.compile(r"\\u\{?([0-9A-Fa-f]{4})\}?|\\x([0-9A-Fa-f]{2})")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .*_-]){4,40}\w(?!\w)")
_PRINTABLE = 0.9
# Letters of other scripts that look like Latin ones; only words that also hold Latin letters are read so.
_ALIKE = str.maketrans(
    "аеорсухіѕјԁһӏԛԝАВЕКМНОРСТХІЅЈαονρτικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxisjdhlqwABEKMHOPCTXISJaovptikABEZHIKMNOPTYX"
)
_FOREIGN = re.compile(r"[\u0370-\u052f]")
_WORD = re.compile(r"\w+")


class Match(NamedTuple):
    """One place: the rule's kind, what was found (safe to print, at most 80 characters) and its line, from 1."""

    kind: str
    what: str
    line: int
    blocks: bool


def scan(text: str) -> list[Match]:
    """Returns what is found in a text, by line; takes time in proportion to its length."""
    found: dict[tuple[str, int], Match] = {}
    for at, escape in hidden(text):
        line = text.count("\n", 0, at) + 1
        found.setdefault(("hidden-character", line), Match("hidden-character", escape, line, blocks=True))
    quoted = _INLINE.sub(lambda each: "`" + " " * (len(each[0]) - 2) + "`", text)
    plain = normalised(quoted)
    for view, note in ((quoted, ""), (plain, "")) if plain != quoted else ((quoted, ""),):
        _add(found, _rules(view, note))
    _add(found, _decoded(quoted))
    return sorted(found.values(), key=lambda each: (each.line, each.kind))


def normalised(text: str) -> str:
    """Returns a text as a careless reader takes it: entities and escapes read, look-alikes and hidden ones gone.

    Lines stay where they are.
    """
    read = "".join(html.unescape(line).replace("\n", " ") + "\n" for line in text.split("\n"))[:-1]
    read = _ESCAPED.sub(lambda each: chr(int(each[1] or each[2], 16)), read)
    read = unicodedata.normalize("NFKC", read).encode("utf-8", "replace").decode()
    unseen = {at for at, _ in hidden(read)}
    read = "".join(each for at, each in enumerate(read) if at not in unseen) if unseen else read
    read = _WORD.sub(_latin, read) if _FOREIGN.search(read) else read
    return _SPACED.sub(lambda each: re.sub(r"[ .*_-]", "", each[0]), read)


def _latin(word: re.Match[str]) -> str:
    is_mixed = _FOREIGN.search(word[0]) and any(each.isascii() and each.isalpha() for each in word[0])
    return word[0].translate(_ALIKE) if is_mixed else word[0]


def _add(found: dict[tuple[str, int], Match], matches: Iterator[Match]) -> None:
    for each in matches:
        found.setdefault((each.kind, each.line), each)


def _rules(text: str, note: str) -> Iterator[Match]:
    for rule in RULES:
        for each in rule.pattern.finditer(text):
            what = printable(" ".join(each[0].split()), keep_newlines=False)[:80]
            yield Match(rule.kind, what + note, text.count("\n", 0, each.start()) + 1, blocks=rule.blocks)


def _decoded(text: str) -> Iterator[Match]:
    """Yields what is found in what base64 and hex stand for, read once."""
    for pattern, read in ((_BASE64, _from_base64), (_HEX, bytes.fromhex)):
        for each in pattern.finditer(text):
            try:
                inner = read(each[0]).decode("utf-8")
            except (ValueError, binascii.Error):
                continue
            if sum(map(str.isprintable, inner)) < _PRINTABLE * len(inner):
                continue
            line = text.count("\n", 0, each.start()) + 1
            for match in _rules(normalised(inner), " (encoded)"):
                yield match._replace(line=line, blocks=True)


def _from_base64(text: str) -> bytes:
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
