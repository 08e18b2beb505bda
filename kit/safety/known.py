"""Finds values that are known to be secrets wherever they occur, also as JSON, URLs and base64 write them.

Known are the values of telling variables of the environment and of `.env` files, and what was found once: `token=...`
in one place gives away the same value in prose. Short and weak values are not sought: `password=test` must not blank
every test.
"""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kit.safety.assignment import named
from kit.safety.secrets import Secret, is_long_word
from kit.safety.value import is_password, is_placeholder, is_wordy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST = 5000  # values; a log with more of them is beyond what this is for, and the rules still hold
_SHORTEST = 8  # characters of a value
_SHORTEST_ENCODED = 16
_LONGEST = 4096
_FRESH = 4  # new texts that are sought one by one at least
_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]{0,99})[ \t]*=[ \t]*(.*)")
_URL = re.compile(r"://[^\s:/?#@]{0,128}:([^\s/?#]{1,256})@")
_END = ""
_HEAD = 6  # characters of a text that stand in the tree one by one
_URL_SAFE = str.maketrans("+/", "-_")


class _Forms:
    """Texts to seek, with the kind of each: the newest one by one, the others by one pattern."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self._fresh: list[str] = []
        self._pattern: re.Pattern[str] | None = None

    def add(self, forms: Iterable[str], kind: str) -> None:
        for form in forms:
            if form not in self.kinds:
                self.kinds[form] = kind
                self._fresh.append(form)

    def find(self, text: str) -> Iterator[tuple[str, int]]:
        # The pattern is made anew only when there is half as much again to seek: it takes some ms.
        if len(self._fresh) > max(_FRESH, len(self.kinds) // 3):
            self._pattern = re.compile(_tree(self.kinds))
            self._fresh.clear()
        for form in self._fresh:
            at = text.find(form)
            while at >= 0:
                yield form, at
                at = text.find(form, at + len(form))
        if self._pattern is not None:
            for found in self._pattern.finditer(text):
                yield found[0], found.start()


class Known:
    """A set of known values, each with the kind its marker gets."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._plain = _Forms()
        self._worded = _Forms()
        self._newest: list[str] = []

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: str, kind: str) -> None:
        """Adds a value if it is strong enough to be sought; beyond `MOST` values no more are taken."""
        if value in self._values or len(self._values) >= MOST or not is_strong(value):
            return
        self._values.add(value)
        forms = set(_forms(value))
        self._newest += forms
        if len(value) >= _SHORTEST_ENCODED:
            forms |= set(_encoded(value))
        # Nine tenths of most texts are no long words: what could only be in one is sought there alone.
        self._plain.add((form for form in forms if not is_long_word(form)), kind)
        self._worded.add((form for form in forms if is_long_word(form)), kind)

    def is_new_beside(self, text: str, found: Iterable[Secret]) -> bool:
        """Says whether a value that was added since the last call stands in a text where nothing was found."""
        newest, self._newest = self._newest, []
        spans = [(one.start, one.end) for one in found]
        for form in newest:
            at = text.find(form)
            while at >= 0:
                place = bisect_right(spans, (at, len(text)))
                if not place or at + len(form) > spans[place - 1][1]:
                    return True
                at = text.find(form, at + len(form))
        return False

    def find(self, text: str, words: str) -> Iterator[Secret]:
        """Yields every place of a known value in a text; `words` are its long words."""
        for form, at in self._plain.find(text):
            yield Secret(self._plain.kinds[form], at, at + len(form))
        for form in {form for form, _ in self._worded.find(words)}:
            at = text.find(form)
            while at >= 0:
                yield Secret(self._worded.kinds[form], at, at + len(form))
                at = text.find(form, at + len(form))


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


def _forms(value: str) -> Iterator[str]:
    """Yields a value as it may be written: plain, in JSON, in JSON in JSON, in a URL."""
    inner = json.dumps(value)[1:-1]
    yield from (value, inner, json.dumps(inner)[1:-1], quote(value, safe=""), quote(value, safe="").lower())


def _encoded(value: str) -> Iterator[str]:
    """Yields a value in base64, wherever it begins there: only the characters that it alone decides."""
    data = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        first, bits = -(-before * 8 // 6), (before + len(data)) * 8
        text = base64.b64encode(b"\0" * before + data).decode()[first : bits // 6]
        yield text
        yield text.translate(_URL_SAFE)


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


def _branches(node: dict[str, Any]) -> str:
    below = sorted((each for each in node if each), key=len, reverse=True)
    found = [re.escape(each) + _branches(node[each]) for each in below]
    inner = found[0] if len(found) == 1 else f"(?:{'|'.join(found)})" if found else ""
    return f"(?:{inner})?" if inner and _END in node else inner
