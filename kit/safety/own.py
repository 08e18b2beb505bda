"""The project's own rules for secrets, and the texts it says are none: `[redaction]` in kit.toml.

A pattern comes with a pull request, so it is hostile until checked: one that could take for ever is refused when it is
read, and each is tried on a short piece of text at a time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput
from kit.safety import pattern as patterns
from kit.safety.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_KIND = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_WINDOW = 512  # characters: no secret of a project's own is longer than half of it
_NEAR = 128  # characters left and right of a keyword that are looked at


class _Rule(NamedTuple):
    kind: str
    pattern: re.Pattern[str]
    keyword: str


class Own(NamedTuple):
    """The rules of a project and the texts it allows."""

    rules: tuple[_Rule, ...] = ()
    allow: tuple[str, ...] = ()

    def find(self, text: str) -> Iterator[Secret]:
        """Yields what the project's rules find; a group `secret` of a pattern, else all of it, is the secret."""
        for rule in self.rules:
            for begin, end in _windows(text, rule.keyword):
                for found in rule.pattern.finditer(text[begin:end]):
                    group = "secret" if "secret" in found.re.groupindex else 0
                    if found[group]:
                        yield Secret(rule.kind, begin + found.start(group), begin + found.end(group))

    def allows(self, text: str, secret: Secret) -> bool:
        """Says whether what was found is, or is a part of, a text that the project allows."""
        value = text[secret.start : secret.end]
        for each in self.allow:
            at = text.find(each, max(0, secret.end - len(each)), secret.start + len(each))
            if value == each or 0 <= at <= secret.start:
                return True
        return False


def read(rules: Iterable[Mapping[str, str]], allow: Iterable[str]) -> Own:
    """Returns the rules in the tables of kit.toml. Raises InvalidInput for the first that cannot be used."""
    made = []
    for number, rule in enumerate(rules, 1):
        if why := trouble(rule):
            raise InvalidInput(
                f"rule {number} of redaction.rules: {why}",
                hint="docs/redaction.md shows how to write one", code="invalid_rule", rule=number,
            )  # fmt: skip
        made.append(_Rule(rule["kind"], re.compile(rule["pattern"]), rule.get("keyword", "")))
    return Own(tuple(made), tuple(filter(None, allow)))


def trouble(rule: Mapping[str, str]) -> str:
    """Returns why a rule cannot be used, "" when it can."""
    if not _KIND.fullmatch(rule["kind"]):
        return f"kind {rule['kind'][:60]!r} is not of a-z, 0-9 and '-', 40 characters at most"
    if why := patterns.trouble(rule["pattern"]) or patterns.too_open(rule["pattern"]):
        return f"pattern {rule['pattern'][:60]!r} {why}"
    return ""


def _windows(text: str, keyword: str) -> Iterator[tuple[int, int]]:
    """Yields the pieces of a text to look at, each half over the one before."""
    if not keyword:
        yield from ((at, at + _WINDOW) for at in range(0, max(1, len(text) - _WINDOW // 2), _WINDOW // 2))
        return
    at = text.find(keyword)
    while at >= 0:
        yield max(0, at - _NEAR), at + len(keyword) + _NEAR
        at = text.find(keyword, at + _NEAR)
