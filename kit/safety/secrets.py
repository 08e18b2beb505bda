"""Finds secrets in text and replaces them by markers that say what was there.

It knows the formats in `secrets.json` and values that stand beside a telling name. It is no proof
that nothing is left: a secret of no known format, far from such a name, passes.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.safety.assignment import assigned
from kit.safety.rules import SHORTEST, Rule, beyond_words, compiled, first_word, in_word, names, rules, rules_of
from kit.safety.value import is_filler, is_mixed, is_password, is_placeholder, is_random, is_wordy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    More = Callable[[str, str], Iterable["Secret"]]
    Allow = Callable[[str, "Secret"], bool]

_MARKER = re.compile(r"\[REDACTED:[a-z0-9-]{1,40}\]")
_MASK = "\0"  # no rule takes it for a part of a secret
# What no rule that is `in_word` has in its pattern becomes a space.
_TO_WORDS = bytes(code if code < 0x80 and chr(code) not in "\"'`,;(){}[]<>|!#*\\" else 0x20 for code in range(256))
_PAIR = re.compile(r"(?<==)([^\s;,&\"'<>\\]{10,}+)")
_TO_LETTERS = bytes(code if 0x61 <= code <= 0x7A else 0x20 for code in range(256))
_GLUED = 4096  # characters
_BACK = 16_384  # characters: a private key of 8,192 bits takes half of that


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret stands: characters `start` up to `end`, and which rule's kind it is."""

    kind: str
    start: int
    end: int


def find(text: str, *, more: More | None = None, allow: Allow | None = None) -> list[Secret]:
    """Returns the secrets in a text, in order, none touching another's characters or a marker.

    `more` finds further ones in it, given its long words too; `allow` says of each whether it is
    none. Takes time in proportion to the length, whatever the text.
    """
    looked_at = text
    if "[REDACTED:" in text:
        looked_at = _MARKER.sub(lambda marker: _MASK * len(marker[0]), text)
    words = _long_words(looked_at)
    found = [*_candidates(looked_at, words), *(more(looked_at, words.decode("utf-8", "replace")) if more else ())]
    if looked_at is not text:
        found = [one for one in found if looked_at[one.start : one.end] == text[one.start : one.end]]
    found += _glued(text, found)
    if allow:
        found = [one for one in found if not allow(text, one)]
    merged: list[Secret] = []
    for one in sorted(found, key=lambda secret: secret.start):
        if merged and one.start < merged[-1].end:
            merged[-1] = _union(merged[-1], one)
        else:
            merged.append(one)
    return merged


def redact(text: str, *, more: More | None = None, allow: Allow | None = None) -> tuple[str, dict[str, int]]:
    """Returns the text with each secret as `[REDACTED:kind]`, and how many of each kind there were.

    Redacting the result again changes nothing. The marker says nothing about the secret, its length
    included.
    """
    counts: Counter[str] = Counter()
    # A marker can be the boundary that a secret beside it lacked: look until all is quiet.
    while secrets := find(text, more=more, allow=allow):
        pieces, end = [], 0
        for secret in secrets:
            pieces += [text[end : secret.start], f"[REDACTED:{secret.kind}]"]
            end = secret.end
            counts[secret.kind] += 1
        text = "".join([*pieces, text[end:]])
    return text, dict(counts)


def _union(a: Secret, b: Secret) -> Secret:
    longer = a if a.end - a.start >= b.end - b.start else b
    return Secret(longer.kind, a.start, max(a.end, b.end))


def _candidates(text: str, words: bytes) -> Iterator[Secret]:
    folded = _fold(text)
    tried: set[tuple[Rule, str]] = {each for begin in set(in_word().findall(words)) for each in rules_of(begin)}
    # Nine tenths of the keywords are words of their own: one look tells which are there.
    seen = set(folded.encode("utf-8", "surrogatepass").translate(_TO_LETTERS).split())
    for rule, keyword in tried:
        yield from _occurrences(rule, keyword, text, folded if rule.fold else text)
    for rule, keyword, word in beyond_words():
        if not word or word in seen:
            yield from _occurrences(rule, keyword, text, folded if rule.fold else text)
    for name in names():
        if not name.by_word or first_word(name.keyword) in seen:
            yield from (Secret(name.kind, start, end) for start, end in assigned(name, text, folded))


def _occurrences(rule: Rule, keyword: str, text: str, searched: str) -> Iterator[Secret]:
    at = searched.find(keyword)
    if at < 0:
        return
    pattern = compiled(rule)
    behind = 0
    while at >= 0:
        if rule.backwards:
            found = pattern.match(text[max(behind, at - _BACK) : at][::-1])
            behind = at + len(keyword)
            if found:
                yield Secret(rule.kind, at - found.end(), behind)
        elif found := pattern.match(text, at):
            behind = max(found.end(), at + 1)
            if rule.check == "each":
                yield from _each(rule, found)
            elif _passes(rule, found):
                yield _secret(rule, found)
        else:
            behind = at + 1
        at = searched.find(keyword, behind)


def _glued(text: str, secrets: list[Secret]) -> Iterator[Secret]:
    """Yields the secrets that begin where another ends, as they will be seen when a marker is there.

    Without this a chain of them would take one pass of `redact` for each.
    """
    ends = [secret.end for secret in secrets]
    while ends:
        end = ends.pop()
        if not text[end : end + 1].isalnum():
            continue
        window = "]" + text[end : end + _GLUED]
        folded = _fold(window)
        for rule in rules():
            begins = (folded if rule.fold else window)[1:].startswith(tuple(one for one, _ in rule.keywords))
            if begins and (found := compiled(rule).match(window, 1)) and _passes(rule, found):
                yield _secret(rule, found, offset=end - 1)
                ends.append(end - 1 + found.end())


def _secret(rule: Rule, found: re.Match[str], *, offset: int = 0) -> Secret:
    start, end = found.span("secret" if "secret" in found.re.groupindex else 0)
    start -= rule.before
    alphabet, most = rule.extend
    while most and start and re.match(alphabet, found.string[start - 1]):
        start, most = start - 1, most - 1
    return Secret(rule.kind, offset + start, offset + end)


def _each(rule: Rule, found: re.Match[str]) -> Iterator[Secret]:
    """Yields the values in a list of `name=value` that look made by a generator."""
    for part in _PAIR.finditer(found.string, *found.span("secret")):
        if is_random(part[1]):
            yield Secret(rule.kind, *part.span(1))


def _passes(rule: Rule, found: re.Match[str]) -> bool:
    groups = found.groupdict()
    value = groups.get("body") or groups.get("secret") or found[0]
    match rule.check:
        case "token":
            return is_mixed(value, rule.mix) and not is_filler(value) and (len(value) > 24 or not is_wordy(value))
        case "random":
            return is_random(value)
        case "password":
            return is_password(value)
        case "given":
            return value != groups.get("user") and not is_placeholder(value)
        case _:
            return True


def is_long_word(text: str) -> bool:
    """Says whether a text can only stand within one of the long words of another."""
    return len(text) >= SHORTEST and b" " not in text.encode("utf-8", "surrogatepass").translate(_TO_WORDS)


def _long_words(text: str) -> bytes:
    """Returns the words that could hold a token: a tenth of most texts, so the place to look first."""
    words = text.encode("utf-8", "surrogatepass").translate(_TO_WORDS).split()
    return b" ".join([word for word in words if len(word) >= SHORTEST])


def _fold(text: str) -> str:
    """Returns the text in lower case, each character still where it was."""
    folded = text.lower()
    if len(folded) == len(text):
        return folded
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)
