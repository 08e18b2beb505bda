"""Finds values that are known to be secrets wherever they occur, also as JSON, URLs and base64 write them.

Known are the values of telling variables of the environment and of `.env` files, and what was found once: `token=...`
in one place gives away the same value in prose. Short and weak values are not sought: `password=test` must not blank
every test.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kit.safety.assignment import named
from kit.safety.secrets import Secret
from kit.safety.value import is_password, is_placeholder, is_wordy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST = 5000  # values; a log with more of them is beyond what this is for, and the rules still hold
_SHORTEST = 8  # characters of a value
_SHORTEST_ENCODED = 12
_LONGEST = 4096
_FRESH = 8  # new values that are sought one by one before the pattern for all is made anew
_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]{0,99})[ \t]*=[ \t]*(.*)")
_URL = re.compile(r"://[^\s:/?#@]{0,128}:([^\s/?#]{1,256})@")
_END = ""


class Known:
    """A set of known values, each with the kind its marker gets."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._forms: dict[str, str] = {}
        self._fresh: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def __len__(self) -> int:
        return len(self._kinds)

    def add(self, value: str, kind: str) -> None:
        """Adds a value if it is strong enough to be sought; beyond `MOST` values no more are taken."""
        if value in self._kinds or len(self._kinds) >= MOST or not is_strong(value):
            return
        self._kinds[value] = kind
        for form in _forms(value):
            if form not in self._forms:
                self._forms[form] = self._fresh[form] = kind

    def find(self, text: str) -> Iterator[Secret]:
        """Yields every place of a known value in a text."""
        if len(self._fresh) > _FRESH * 6 or (self._fresh and self._pattern is None and len(text) > 1 << 16):
            self._pattern = re.compile(_tree(self._forms))
            self._fresh.clear()
        for form, kind in self._fresh.items():
            at = text.find(form)
            while at >= 0:
                yield Secret(kind, at, at + len(form))
                at = text.find(form, at + len(form))
        if self._pattern is not None:
            for found in self._pattern.finditer(text):
                yield Secret(self._forms[found[0]], *found.span())


def is_strong(value: str) -> bool:
    """Says whether a value is worth seeking everywhere: eight characters or more that are no word, path or place."""
    if not _SHORTEST <= len(value) <= _LONGEST or is_placeholder(value) or len(set(value)) < 5:
        return False
    return value.isprintable() and is_password(value) and not is_wordy(value) and not value.isdigit()


def of_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yields the secret values of an environment with the kind of each."""
    for name, value in environment.items():
        rule = named(name)
        if rule is not None:
            yield value, rule.kind
        for found in _URL.finditer(value[:_LONGEST]):
            yield found[1], "url-credentials"


def of_env_file(data: bytes) -> dict[str, str]:
    """Returns the variables of a `.env` file; lines that are none are passed over."""
    variables: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        if found := _LINE.match(line):
            value = found[2].strip()
            quoted = len(value) > 1 and value[0] in "\"'" and value.rfind(value[0]) > 0
            variables[found[1]] = value[1 : value.rfind(value[0])] if quoted else value.split(" #")[0].rstrip()
    return variables


def _forms(value: str) -> Iterable[str]:
    """Returns a value as it may be written: plain, in JSON, in a URL, in base64 wherever it begins there."""
    inner = json.dumps(value)[1:-1]
    forms = {value, inner, json.dumps(inner)[1:-1], quote(value, safe=""), quote(value, safe="").lower()}
    if len(value) >= _SHORTEST_ENCODED:
        data = value.encode("utf-8", "surrogatepass")
        for before in range(3):
            # Only the characters that this value alone decides: its neighbours share the first and the last.
            first, bits = -(-before * 8 // 6), (before + len(data)) * 8
            text = base64.b64encode(b"\0" * before + data).decode()[first : bits // 6]
            forms |= {text, text.translate(str.maketrans("+/", "-_"))}
    return forms


def _tree(texts: Iterable[str]) -> str:
    """Returns a pattern for any of the texts, the longest that is there, as a tree: its cost is that of few."""
    tree: dict[str, Any] = {}
    for text in texts:
        node = tree
        for at in range(len(text)):
            if at == _HEAD:
                node.setdefault(text[at:], {})[_END] = {}
                break
            node = node.setdefault(text[at], {})
        else:
            node[_END] = {}
    return _branches(tree)


_HEAD = 6


def _branches(node: dict[str, Any]) -> str:
    below = sorted((each for each in node if each), key=len, reverse=True)
    found = [re.escape(each) + _branches(node[each]) for each in below]
    inner = found[0] if len(found) == 1 else f"(?:{'|'.join(found)})" if found else ""
    return f"(?:{inner})?" if inner and _END in node else inner
